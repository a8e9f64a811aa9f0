"""`/sessions` and `/users`: pages of both, and a session with its traces."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.pagination import PageNumber
from accounts.api.views import ProjectView
from langfuse_site.lib.errors import NotFound
from langfuse_site.lib.ids import key_of
from tracing.api.documents import SessionSerializer, SessionWithTracesSerializer, UserSerializer, page_of
from tracing.api.filters import SessionFilters, UserFilters
from tracing.api.responses import json_response
from tracing.api.shapes import session_shape, trace_shape, user_shape
from tracing.queries.pages import bounded
from tracing.queries.sessions import get_session, list_sessions, list_users, sessions_of
from tracing.queries.traces import list_traces_of_session, traces_of


class SessionListView(ProjectView):
    filterset_class = SessionFilters

    @extend_schema(responses=page_of(SessionSerializer))
    def get(self, request: Request) -> HttpResponse:
        number = PageNumber.from_query(request.query_params)
        rows = self.filterset_class(request.query_params, queryset=sessions_of(self.project_id)).narrowed()
        with bounded():
            page = list_sessions(rows, offset=number.offset, limit=number.limit)
        data = [session_shape(self.project_id, row) for row in page.rows]
        return json_response({"data": data, "meta": number.meta(page.total)})


class SessionView(ProjectView):
    @extend_schema(responses=SessionWithTracesSerializer)
    def get(self, request: Request, session_id: str) -> HttpResponse:
        with bounded():
            row = get_session(self.project_id, key_of(session_id))
            if row is None:
                raise NotFound("Session not found within authorized project")
            traces = list_traces_of_session(self.project_id, row.id)
        shape = session_shape(self.project_id, row)
        return json_response({**shape, "traces": [trace_shape(self.project_id, one) for one in traces]})


class UserListView(ProjectView):
    filterset_class = UserFilters

    @extend_schema(responses=page_of(UserSerializer))
    def get(self, request: Request) -> HttpResponse:
        number = PageNumber.from_query(request.query_params)
        traces = self.filterset_class(request.query_params, queryset=traces_of(self.project_id)).narrowed()
        with bounded():
            page = list_users(traces, offset=number.offset, limit=number.limit)
        data = [user_shape(row) for row in page.rows]
        return json_response({"data": data, "meta": number.meta(page.total)})
