"""A job on stdin: a project whose rows nobody has counted; rollups made of them, and how long queries take, on stdout.

Runs in the environment of an installation: through its code and its database, without its web server.
"""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import django
import msgspec
from django.conf import settings
from django.core.management import call_command

django.setup()

from django.test import Client  # noqa: E402 - Django must know its models first

from accounts.audit import SYSTEM  # noqa: E402
from accounts.models import Organization, Role, User  # noqa: E402
from accounts.services.members import add_member  # noqa: E402
from analytics.metrics.parse import parse_query  # noqa: E402
from analytics.metrics.query import Query  # noqa: E402
from analytics.metrics.run import run_query  # noqa: E402
from benchmarks.many_rows import vacuum  # noqa: E402

SECONDS = 120.0
"""After which a statement is cut off: longer than the API lets it run, to tell how long it would take."""
ENOUGH_SECONDS = 4.0
LEAST = 3
WARM_UP = 1

DAILY = {"granularity": "day"}
PRODUCTION = {"column": "environment", "operator": "=", "value": "production", "type": "string"}
GENERATIONS = {"column": "type", "operator": "=", "value": "GENERATION", "type": "string"}


class QuestionsJob(msgspec.Struct, frozen=True, kw_only=True):
    organization_id: str
    project_id: str
    database_url: str
    since: datetime
    until: datetime
    requests: int


class Times(msgspec.Struct, kw_only=True):
    """Seconds of one query, from rollups and from rows."""

    name: str
    rollups: list[float]
    rows: list[float]


class Answered(msgspec.Struct, kw_only=True):
    """What became of a job; `cookie` is a session of somebody who sees all pages."""

    cookie: str
    rebuild_seconds: float
    queries: list[Times]


def queries(since: datetime, until: datetime) -> dict[str, Query]:
    """Return ten queries of every view that both ways answer, by version and name."""

    def ask(version: Any, view: str, *metrics: str, by: Sequence[str] = (), **more: Any) -> Query:
        named = [metric.split("_") for metric in metrics]
        body = {
            "view": view,
            "metrics": [{"aggregation": aggregation, "measure": measure} for aggregation, measure in named],
            "dimensions": [{"field": field} for field in by],
            "fromTimestamp": since.isoformat(),
            "toTimestamp": until.isoformat(),
            **more,
        }
        return parse_query(body, version=version)

    return {
        "v1 traces by day": ask("v1", "traces", "count_count", "sum_totalCost", timeDimension=DAILY),
        "v1 traces by name": ask("v1", "traces", "count_count", "p95_latency", by=["name"]),
        "v1 traces by tag": ask("v1", "traces", "count_count", "sum_totalCost", by=["tags"]),
        "v1 cost by model and day": ask(
            "v1", "observations", "sum_totalCost", by=["providedModelName"], timeDimension=DAILY
        ),
        "v1 scores by name": ask("v1", "scores-numeric", "count_count", "avg_value", by=["name"]),
        "v2 tokens by model": ask(
            *("v2", "observations", "sum_inputTokens", "sum_outputTokens", "count_count"),
            by=["providedModelName"],
            filters=[PRODUCTION],
        ),
        "v2 latency of generations": ask(
            *("v2", "observations", "p50_latency", "p95_latency", "p99_latency"),
            filters=[GENERATIONS],
            timeDimension=DAILY,
        ),
        "v2 cost by type": ask("v2", "observations", "sum_costByType", by=["costType"]),
        "v2 prompts": ask(
            "v2", "observations", "count_count", "sum_totalCost", by=["promptName", "promptVersion"]
        ),
        "v2 tones": ask("v2", "scores-categorical", "count_count", by=["stringValue"], timeDimension=DAILY),
    }


def rebuild(project_id: str) -> float:
    """Mark and recompute as an operator would, beside the installation's worker; return the seconds."""
    started = time.monotonic()
    call_command("recompute_rollups", project=project_id, stdout=sys.stderr)
    return time.monotonic() - started


def sign_in(organization_id: str) -> str:
    """Return the cookie of a session of an admin who owns the organization."""
    user = User.objects.create_superuser(email="benchmark@example.com", password=None)
    add_member(Organization.objects.get(pk=organization_id), user, Role.OWNER, author=SYSTEM)
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


def time_queries(job: QuestionsJob) -> list[Times]:
    found = []
    for name, query in queries(job.since, job.until).items():
        print(f"query: {name}", file=sys.stderr)
        times = {}
        for source in ("rollups", "rows"):

            def ask(source: Any = source, query: Query = query) -> object:
                return run_query(job.project_id, query, now=datetime.now(UTC), source=source, seconds=SECONDS)

            times[source] = _times(ask, job.requests)
        found.append(Times(name=name, rollups=times["rollups"], rows=times["rows"]))
    return found


def _times(ask: Callable[[], object], requests: int) -> list[float]:
    """Ask so often, or until it has taken long enough; at least three times after a first one."""
    for _ in range(WARM_UP):
        ask()
    times: list[float] = []
    while len(times) < requests and (len(times) < LEAST or sum(times) < ENOUGH_SECONDS):
        started = time.monotonic()
        ask()
        times.append(time.monotonic() - started)
    return times


def main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=QuestionsJob)
    cookie = sign_in(job.organization_id)
    seconds = rebuild(job.project_id)
    vacuum(job.database_url)
    answered = Answered(cookie=cookie, rebuild_seconds=seconds, queries=time_queries(job))
    sys.stdout.buffer.write(msgspec.json.encode(answered))


if __name__ == "__main__":
    main()
