"""`GET /v2/observations`: observations by cursor, with the groups of fields that were asked for."""

from django.http import HttpResponse, QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts.api.pagination import limit_from_query
from accounts.api.views import ProjectView
from langfuse_site.lib.errors import InvalidData, issue
from tracing.api.cursors import from_cursor, to_cursor
from tracing.api.documents_v2 import ObservationsV2Serializer
from tracing.api.filters import ObservationV2Filters
from tracing.api.responses import json_response
from tracing.api.shapes_v2 import selected_shapes
from tracing.queries.observations import observations_of
from tracing.queries.observations_v2 import (
    ALL_GROUPS,
    DEFAULT_GROUPS,
    list_selected,
    traces_of_rows,
)
from tracing.queries.pages import bounded

DEFAULT_LIMIT = 50
MAX_LIMIT = 1_000
PARAMETERS = [
    OpenApiParameter("page", exclude=True),
    OpenApiParameter("limit", OpenApiTypes.INT, description="Items on a page, 0 to 1000; 50 by default."),
    OpenApiParameter("cursor", OpenApiTypes.STR, description="`meta.cursor` of the page before."),
    OpenApiParameter(
        "fields",
        OpenApiTypes.STR,
        description=f"Groups of fields, with commas between: {', '.join(ALL_GROUPS)}. Core is always there;"
        " core and basic by default.",
    ),
    OpenApiParameter(
        "expandMetadata",
        OpenApiTypes.STR,
        description="Metadata keys, with commas between, whose values come whole; others end after 200 characters.",
    ),
    OpenApiParameter(
        "parseIoAsJson",
        OpenApiTypes.BOOL,
        deprecated=True,
        description="Input and output always come as the text that is stored: `true` is an error.",
    ),
]


class ObservationV2ListView(ProjectView):
    filterset_class = ObservationV2Filters

    @extend_schema(parameters=PARAMETERS, responses=ObservationsV2Serializer)
    def get(self, request: Request) -> HttpResponse:
        query = request.query_params
        _refuse_parsed_payloads(query)
        limit = limit_from_query(query, default=DEFAULT_LIMIT, least=0, most=MAX_LIMIT)
        after = from_cursor(query.get("cursor"))
        groups = _known(_words(query, "fields")) or DEFAULT_GROUPS
        rows = self.filterset_class(query, queryset=observations_of(self.project_id)).narrowed()
        with bounded():
            page = list_selected(rows, groups=groups, after=after, limit=limit)
            traces = traces_of_rows(self.project_id, page.rows, groups=groups)
            expanded = _words(query, "expandMetadata")
            data = selected_shapes(self.project_id, page.rows, traces, groups=groups, expanded=expanded)
        meta = {"cursor": to_cursor(page.end)} if page.end else {}
        return json_response({"data": data, "meta": meta})


def _refuse_parsed_payloads(query: QueryDict) -> None:
    if query.get("parseIoAsJson") not in {None, "", "false"}:
        message = (
            "parseIoAsJson is gone: input and output always come as text. Leave it out or set it to false."
        )
        raise InvalidData([issue(["parseIoAsJson"], message, code="invalid_value")])


def _words(query: QueryDict, name: str) -> list[str]:
    return [word for text in query.getlist(name) for part in text.split(",") if (word := part.strip())]


def _known(words: list[str]) -> list[str]:
    return [word for word in words if word in ALL_GROUPS]
