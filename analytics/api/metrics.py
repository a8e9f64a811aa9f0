"""`/metrics`, `/v2/metrics`: a query in, the rows that answer it out; `/metrics/daily`: days of traces."""

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.pagination import PageNumber
from accounts.api.views import ProjectView
from analytics.api.documents import DailySerializer, MetricsSerializer, query_parameter
from analytics.api.shapes import day_shape, row_shape
from analytics.metrics.daily import read_days
from analytics.metrics.parse import parse_text
from analytics.metrics.query import Version
from analytics.metrics.run import run_query
from langfuse_site.lib.errors import InvalidData, issue
from tracing.api.documents import page_of
from tracing.api.params import (
    AllOfFilter,
    AnyOfFilter,
    ApiFilterSet,
    MomentFilter,
    PrefixedTextFilter,
    TextFilter,
)
from tracing.api.responses import json_response
from tracing.queries.pages import bounded
from tracing.queries.traces import traces_of


class MetricsView(ProjectView):
    @extend_schema(parameters=[query_parameter("v1")], responses=MetricsSerializer)
    def get(self, request: Request) -> HttpResponse:
        return answer(self.project_id, request, version="v1")


class MetricsV2View(ProjectView):
    @extend_schema(parameters=[query_parameter("v2")], responses=MetricsSerializer)
    def get(self, request: Request) -> HttpResponse:
        return answer(self.project_id, request, version="v2")


def answer(project_id: str, request: Request, *, version: Version) -> HttpResponse:
    """Return the rows that the parameter `query` asks for."""
    text = request.query_params.get("query")
    if not text:
        raise InvalidData([issue(["query"], "Required: a JSON object", code="invalid_type")])
    rows = run_query(project_id, parse_text(text, version=version), now=timezone.now())
    return json_response({"data": [row_shape(row) for row in rows]})


class DailyFilters(ApiFilterSet):
    traceName = TextFilter("name", column="traceName")
    userId = PrefixedTextFilter("user_id", column="userId")
    tags = AllOfFilter("tags", column="tags")
    environment = AnyOfFilter("environment", column="environment")
    fromTimestamp = MomentFilter("timestamp", column="timestamp", lookup_expr="gte")
    toTimestamp = MomentFilter("timestamp", column="timestamp", lookup_expr="lt")


class DailyView(ProjectView):
    filterset_class = DailyFilters

    @extend_schema(responses=page_of(DailySerializer))
    def get(self, request: Request) -> HttpResponse:
        number = PageNumber.from_query(request.query_params)
        filters = self.filterset_class(request.query_params, queryset=traces_of(self.project_id))
        traces = filters.narrowed()
        environments = filters.form.cleaned_data["environment"]
        with bounded():
            days = read_days(
                self.project_id, traces, environments=environments, offset=number.offset, limit=number.limit
            )
        return json_response({"data": [day_shape(day) for day in days.rows], "meta": number.meta(days.total)})
