"""`/observations`: pages of observations, and one alone."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.pagination import PageNumber
from accounts.api.views import ProjectView
from langfuse_site.lib.errors import NotFound
from langfuse_site.lib.ids import key_of
from tracing.api.documents import ObservationSerializer, page_of
from tracing.api.filters import ObservationFilters
from tracing.api.responses import json_response
from tracing.api.shapes import observation_shapes
from tracing.queries.observations import get_observation, list_observations, observations_of
from tracing.queries.pages import bounded


class ObservationListView(ProjectView):
    filterset_class = ObservationFilters

    @extend_schema(responses=page_of(ObservationSerializer))
    def get(self, request: Request) -> HttpResponse:
        number = PageNumber.from_query(request.query_params)
        rows = self.filterset_class(
            request.query_params, queryset=observations_of(self.project_id)
        ).narrowed()
        with bounded():
            page = list_observations(rows, offset=number.offset, limit=number.limit)
            data = observation_shapes(self.project_id, page.rows)
        return json_response({"data": data, "meta": number.meta(page.total)})


class ObservationView(ProjectView):
    @extend_schema(responses=ObservationSerializer)
    def get(self, request: Request, observation_id: str) -> HttpResponse:
        row = get_observation(self.project_id, key_of(observation_id))
        if row is None:
            raise NotFound("Observation not found within authorized project")
        return json_response(observation_shapes(self.project_id, [row])[0])
