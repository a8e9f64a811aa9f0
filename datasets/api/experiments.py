"""`/experiments` and `/experiment-items`: what ran as experiments, by cursor, with the scores on each."""

from django.http import HttpResponse, QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.fields import groups_from_query
from accounts.api.pagination import limit_from_query
from accounts.api.views import ProjectView
from datasets.api.documents import (
    EXPERIMENT_GROUPS,
    ITEM_GROUPS,
    ExperimentItemsSerializer,
    ExperimentsSerializer,
    parameters,
)
from datasets.api.filters import ExperimentFilters, ItemFilters
from datasets.queries import (
    ExperimentPlace,
    ItemPlace,
    experiments_of,
    items_of,
    list_experiments,
    list_items,
)
from datasets.shapes import experiment_shape, item_shape
from langfuse_site.lib.cursors import Place, from_cursor, to_cursor
from scoring.embedded import scores_of_items, scores_of_runs
from tracing.api.responses import json_response
from tracing.queries.pages import bounded

MAX_LIMIT = 100
DEFAULT_LIMIT = MAX_SCORES = 50


class ExperimentListView(ProjectView):
    """Experiments, the latest activity first."""

    filterset_class = ExperimentFilters

    @extend_schema(parameters=parameters(EXPERIMENT_GROUPS, "core"), responses=ExperimentsSerializer)
    def get(self, request: Request) -> HttpResponse:
        query, project_id = request.query_params, self.project_id
        narrowed = self.filterset_class(query, queryset=experiments_of(project_id)).narrowed()
        limit, most_scores = _limits(query)
        groups = groups_from_query(query, EXPERIMENT_GROUPS, default=["core"])
        after = from_cursor(query.get("cursor"), ExperimentPlace)
        with bounded():
            page = list_experiments(narrowed, after=after, limit=limit, metadata="metadata" in groups)
            keys = [row.experiment_id for row in page.rows] if "scores" in groups else []
            scores = scores_of_runs(project_id, keys, limit=most_scores) if keys else {}
        data = [experiment_shape(row, groups, scores.get(row.experiment_id, [])) for row in page.rows]
        return json_response({"data": data, "meta": _meta(page.end)})


class ExperimentItemListView(ProjectView):
    """Items of experiments, the latest start first."""

    filterset_class = ItemFilters

    @extend_schema(
        parameters=parameters(ITEM_GROUPS, "core and dataset"), responses=ExperimentItemsSerializer
    )
    def get(self, request: Request) -> HttpResponse:
        query, project_id = request.query_params, self.project_id
        narrowed = self.filterset_class(query, queryset=items_of(project_id)).narrowed()
        limit, most_scores = _limits(query)
        groups = groups_from_query(query, ITEM_GROUPS, default=["core", "dataset"])
        after = from_cursor(query.get("cursor"), ItemPlace)
        with bounded():
            page = list_items(narrowed, after=after, limit=limit, groups=groups)
            items = [(row.trace_id, row.id) for row in page.rows] if "scores" in groups else []
            scores = scores_of_items(project_id, items, limit=most_scores) if items else {}
        data = [item_shape(row, groups, scores.get((row.trace_id, row.id), [])) for row in page.rows]
        return json_response({"data": data, "meta": _meta(page.end)})


def _limits(query: QueryDict) -> tuple[int, int]:
    """Return how many rows a page may have, and how many scores each of them."""
    return (
        limit_from_query(query, default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT),
        limit_from_query(query, default=MAX_SCORES, least=1, most=MAX_SCORES, name="scoreLimit"),
    )


def _meta(end: Place | None) -> dict[str, str]:
    return {"cursor": to_cursor(end)} if end else {}
