"""`GET /v3/scores`: scores of anything by cursor, each with one value, and the groups of fields asked for."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.fields import groups_from_query
from accounts.api.pagination import limit_from_query
from accounts.api.views import ProjectView
from langfuse_site.lib.cursors import from_cursor, to_cursor
from scoring.api.documents import V3_PARAMETERS, ScoresV3Serializer
from scoring.api.filters_v3 import ScoreV3Filters
from scoring.queries import ScorePlace, list_scores_after, scores_of
from scoring.shapes import V3_GROUPS, score_v3_shape
from tracing.api.responses import json_response
from tracing.queries.pages import bounded

DEFAULT_LIMIT = 50
MAX_LIMIT = 100


class ScoreV3ListView(ProjectView):
    """Scores of traces, observations, sessions and experiments, the newest first."""

    filterset_class = ScoreV3Filters

    @extend_schema(parameters=V3_PARAMETERS, responses=ScoresV3Serializer)
    def get(self, request: Request) -> HttpResponse:
        query = request.query_params
        narrowed = self.filterset_class(query, queryset=scores_of(self.project_id)).narrowed()
        limit = limit_from_query(query, default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT)
        groups = groups_from_query(query, V3_GROUPS, default=["core"])
        after = from_cursor(query.get("cursor"), ScorePlace)
        with bounded():
            page = list_scores_after(narrowed, after=after, limit=limit)
        data = [score_v3_shape(self.project_id, row, groups) for row in page.rows]
        meta = {"limit": limit, **({"cursor": to_cursor(page.end)} if page.end else {})}
        return json_response({"data": data, "meta": meta})
