"""`/traces`: pages of traces, one trace whole, deletion of one and of many."""

from typing import Any

import msgspec
from django.http import HttpResponse, QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.pagination import PageNumber
from accounts.api.views import ProjectView
from accounts.audit import by_key
from langfuse_site.lib.errors import InvalidData, NotFound, issue
from langfuse_site.lib.ids import key_of
from tracing.api.documents import (
    FIELDS,
    ORDER_BY,
    DeleteTracesSerializer,
    MessageSerializer,
    TraceWithDetailsSerializer,
    TraceWithFullDetailsSerializer,
    page_of,
)
from tracing.api.filters import TraceFilters
from tracing.api.responses import json_response
from tracing.api.shapes import detailed_trace_shape, latency_of_trace, observation_shapes
from tracing.api.single import CreateOne
from tracing.companions import companions
from tracing.queries.observations import list_observations_of_trace
from tracing.queries.pages import Page, bounded
from tracing.queries.traces import (
    ORDER_COLUMNS,
    TraceRow,
    get_trace,
    list_observation_ids,
    list_traces,
    traces_of,
)
from tracing.store.deletion import delete_traces

GROUPS = frozenset({"core", "io", "scores", "observations", "metrics"})
DEFAULT_ORDER = ("timestamp", "desc")
MAX_DELETED = 1000


class TraceListView(CreateOne):
    filterset_class = TraceFilters
    create_type = "trace-create"

    @extend_schema(parameters=[FIELDS, ORDER_BY], responses=page_of(TraceWithDetailsSerializer))
    def get(self, request: Request) -> HttpResponse:
        query = request.query_params
        number, groups, order = PageNumber.from_query(query), groups_of(query), order_of(query)
        rows = self.filterset_class(query, queryset=traces_of(self.project_id)).narrowed()
        with bounded():
            page = list_traces(
                rows, order=order, offset=number.offset, limit=number.limit, payloads="io" in groups
            )
            data = trace_shapes(self.project_id, page, groups)
        return json_response({"data": data, "meta": number.meta(page.total)})

    @extend_schema(request=DeleteTracesSerializer, responses=MessageSerializer)
    def delete(self, request: Request) -> HttpResponse:
        ids = trace_ids_of(request.data)
        delete_traces(self.project_id, ids, author=by_key(self.access))
        return json_response({"message": "Traces deleted successfully"})


class TraceView(ProjectView):
    @extend_schema(parameters=[FIELDS], responses=TraceWithFullDetailsSerializer)
    def get(self, request: Request, trace_id: str) -> HttpResponse:
        groups = groups_of(request.query_params)
        with bounded():
            row = get_trace(self.project_id, key_of(trace_id), payloads="io" in groups)
            if row is None:
                raise NotFound(f"Trace {trace_id} not found within authorized project")
            return json_response(whole_trace_shape(self.project_id, row, groups))

    @extend_schema(responses=MessageSerializer)
    def delete(self, request: Request, trace_id: str) -> HttpResponse:
        delete_traces(self.project_id, [trace_id], author=by_key(self.access))
        return json_response({"message": "Trace deleted successfully"})


def groups_of(query: QueryDict) -> frozenset[str]:
    """Return the groups of fields that are asked for; unknown names count for nothing, none means all."""
    named = {name.strip() for name in query.get("fields", "").split(",")}
    return GROUPS & named or GROUPS


def order_of(query: QueryDict) -> tuple[str, str]:
    """Return the column and direction of `orderBy`."""
    text = query.get("orderBy")
    if not text:
        return DEFAULT_ORDER
    column, _, direction = text.partition(".")
    if column not in ORDER_COLUMNS or direction.lower() not in {"asc", "desc"}:
        columns = ", ".join(ORDER_COLUMNS)
        raise InvalidData([issue(["orderBy"], f"Expected <column>.<asc|desc>, with a column of {columns}")])
    return column, direction.lower()


def trace_shapes(project_id: str, page: Page[TraceRow], groups: frozenset[str]) -> list[dict[str, Any]]:
    """Return the traces of a page with the ids of what belongs to them: one query for each kind of ids."""
    keys = [row.id for row in page.rows]
    observations = list_observation_ids(project_id, keys) if keys and "observations" in groups else {}
    scores = _score_ids(project_id, keys) if keys and "scores" in groups else {}
    return [
        detailed_trace_shape(
            project_id,
            row,
            latency=row.latency if "metrics" in groups else None,
            observations=observations.get(row.id, []),
            scores=scores.get(row.id, []),
        )
        for row in page.rows
    ]


def _score_ids(project_id: str, keys: list[str]) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for companion in companions():
        for key, more in companion.ids_for_traces(project_id, keys).items():
            ids.setdefault(key, []).extend(more)
    return ids


def whole_trace_shape(project_id: str, row: TraceRow, groups: frozenset[str]) -> dict[str, Any]:
    """Return a trace with its observations and scores."""
    observations = list_observations_of_trace(project_id, row.id) if "observations" in groups else []
    riding = companions() if "scores" in groups else ()
    return detailed_trace_shape(
        project_id,
        row,
        latency=latency_of_trace(row) if "metrics" in groups else None,
        observations=observation_shapes(project_id, observations, no_price=0),
        scores=[shape for companion in riding for shape in companion.for_trace(project_id, row.id)],
    )


class DeleteTraces(msgspec.Struct, forbid_unknown_fields=True):
    traceIds: list[str]


def trace_ids_of(body: Any) -> list[str]:
    """Return the ids that the body of a deletion names: 1 to 1000, and nothing else beside them."""
    try:
        ids = msgspec.convert(body, DeleteTraces).traceIds
    except msgspec.ValidationError as error:
        raise InvalidData([issue(["traceIds"], str(error), code="invalid_type")]) from error
    if not 1 <= len(ids) <= MAX_DELETED:
        raise InvalidData([issue(["traceIds"], f"Expected 1 to {MAX_DELETED} ids, received {len(ids)}")])
    return ids
