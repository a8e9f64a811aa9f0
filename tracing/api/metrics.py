"""GET /metrics: the backlog for Prometheus, for whoever knows METRICS_TOKEN; without that setting there is no route."""

from collections.abc import Iterable
from secrets import compare_digest

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tracing.queries.backlog import read_backlog

GAUGES = (
    ("spool_batches", "batches", "Accepted batches that wait for their digest"),
    ("spool_events", "events", "Accepted events that wait for their digest"),
    ("spool_oldest_seconds", "oldest_seconds", "Age of the oldest waiting batch"),
    ("spool_dead_letters", "dead_letters", "Batches whose digest failed for good"),
    ("rejected_events_24h", "rejected_events_of_a_day", "Events refused within the last day"),
)


class BacklogCollector(Collector):
    """Asks the database at each scrape, so that every web process tells the same."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        backlog = read_backlog()
        for name, field, meaning in GAUGES:
            yield GaugeMetricFamily(f"langfuse_{name}", meaning, value=getattr(backlog, field))


REGISTRY = CollectorRegistry()
REGISTRY.register(BacklogCollector())


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    token = settings.METRICS_TOKEN
    if not token:
        raise Http404
    given = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
    if not compare_digest(given.encode(), token.encode()):
        return HttpResponse("Give METRICS_TOKEN as a bearer token\n", status=401, content_type="text/plain")
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
