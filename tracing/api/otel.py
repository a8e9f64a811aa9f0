"""POST /api/public/otel/v1/…: OTLP over HTTP in, its durable copy and an empty acknowledgement out."""

import re

import orjson
from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts.api.bodies import drain_body, read_body
from accounts.api.views import ProjectView
from tracing.api.ingestion import sender_of
from tracing.ingest.accept import accept_export
from tracing.models.pipeline import BatchKind
from tracing.wire.otel.errors import RefusedExport

PROTOBUF, JSON = "application/x-protobuf", "application/json"
KINDS = {PROTOBUF: BatchKind.OTLP_PROTOBUF, JSON: BatchKind.OTLP_JSON}

MAX_INGESTION_VERSION = 4
NUMBER = re.compile(r"\s*([+-]?\d{1,9})(?!\d)")

EXPORT_SCHEMA = {
    "request": {PROTOBUF: OpenApiTypes.BINARY, JSON: OpenApiTypes.OBJECT},
    "responses": {(200, JSON): OpenApiTypes.OBJECT, (200, PROTOBUF): OpenApiTypes.BINARY},
}
INGESTION_VERSION = OpenApiParameter(
    "x-langfuse-ingestion-version", OpenApiTypes.INT, OpenApiParameter.HEADER, description="At most 4."
)


class TraceExportView(ProjectView):
    """Errors are JSON whatever the request is: exporters look at the status alone."""

    @extend_schema(
        operation_id="opentelemetry_export_traces", parameters=[INGESTION_VERSION], **EXPORT_SCHEMA
    )
    def post(self, request: Request) -> HttpResponse:
        media_type = _media_type(request)
        if media_type is None:
            raise RefusedExport("Invalid content type")
        _check_version(request.META.get("HTTP_X_LANGFUSE_INGESTION_VERSION"))
        cap = settings.MAX_OTLP_BODY_BYTES
        accept_export(
            self.access,
            KINDS[media_type],
            read_body(request, cap),
            encoding=_encoding(request),
            cap=cap,
            sender=sender_of(request),
        )
        return _acknowledgement(media_type, {})


class MetricExportView(ProjectView):
    """Takes what exporters of metrics send, so that they rest, and keeps nothing of it."""

    @extend_schema(operation_id="opentelemetry_export_metrics", **EXPORT_SCHEMA)
    def post(self, request: Request) -> HttpResponse:
        drain_body(request)
        return _acknowledgement(_media_type(request) or JSON, {"message": "OK"})


def _media_type(request: Request) -> str | None:
    said = request.META.get("CONTENT_TYPE", "").lower()
    return next((media_type for media_type in KINDS if media_type in said), None)


def _encoding(request: Request) -> str:
    said: str = request.META.get("HTTP_CONTENT_ENCODING", "").lower()
    return "gzip" if "gzip" in said else said


def _check_version(said: str | None) -> None:
    number = NUMBER.match(said) if said else None
    if said and (number is None or int(number[1]) > MAX_INGESTION_VERSION):
        raise RefusedExport(
            f'Unsupported x-langfuse-ingestion-version: "{said[:100]}".'
            f' Maximum supported: "{MAX_INGESTION_VERSION}".'
        )


def _acknowledgement(media_type: str, body: dict[str, str]) -> HttpResponse:
    """Return a success in the encoding of its request, as OTLP asks: an empty message is no bytes at all."""
    content = b"" if media_type == PROTOBUF else orjson.dumps(body)
    return HttpResponse(content, content_type=media_type)
