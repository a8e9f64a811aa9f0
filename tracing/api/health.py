"""GET /health and /ready: whether the server is up, and whether accepted work moves."""

from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import ApiView
from tracing.queries.health import has_recent_events, ping
from tracing.store.spool import oldest_waiting_seconds

STANDSTILL_SECONDS = 60.0
"""Accepted work older than this stands still: a healthy worker takes a batch within a second."""


class OpenView(ApiView):
    """A route without a key."""

    authentication_classes: list[Any] = []
    permission_classes: list[type[BasePermission]] = []


class HealthView(OpenView):
    @extend_schema(operation_id="health_health", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        asked = request.query_params
        try:
            if asked.get("failIfDatabaseUnavailable") == "true":
                ping()
            if asked.get("failIfNoRecentEvents") == "true" and not has_recent_events():
                return _answer("No events within the last 3 minutes", status=503)
        except (OperationalError, InterfaceError):
            return _answer("Database not available", status=503)
        return _answer("OK")


class ReadyView(OpenView):
    @extend_schema(operation_id="health_ready", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        try:
            age = oldest_waiting_seconds()
        except (OperationalError, InterfaceError):
            return _answer("Database not available", status=503)
        if age > STANDSTILL_SECONDS:
            return _answer(f"Accepted work stands still: the oldest batch waits for {age:.0f} s", status=503)
        return _answer("OK")


def _answer(text: str, *, status: int = 200) -> Response:
    return Response({"status": text, "version": settings.LANGFUSE_VERSION}, status=status)
