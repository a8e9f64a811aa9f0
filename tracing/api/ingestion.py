"""POST /api/public/ingestion: a batch in, its durable copy and an answer for each event out."""

import msgspec
import orjson
from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.access import Access, Unauthorized
from accounts.api.bodies import read_body
from accounts.api.permissions import ProjectOrPublicKey
from accounts.api.views import ProjectView
from tracing.ingest.accept import Sender, accept_ingestion

MAX_HEADER = 200


class Told(msgspec.Struct, frozen=True):
    """What a batch says of its sender: SDK 2 has it in headers too, under names that servers drop."""

    sdk_name: str | None = None
    sdk_version: str | None = None


class TellingBatch(msgspec.Struct, frozen=True):
    metadata: Told | None = None


TELLING_BATCH = msgspec.json.Decoder(TellingBatch)


def sender_of(request: Request, body: bytes = b"") -> Sender:
    """Return who sent a request, by its headers or else by the metadata of an unpacked batch."""
    meta = request.META
    name, version = meta.get("HTTP_X_LANGFUSE_SDK_NAME"), meta.get("HTTP_X_LANGFUSE_SDK_VERSION")
    if name is None and body:
        told = _told(body)
        name, version = told.sdk_name, told.sdk_version
    return Sender(_short(name), _short(version), _short(meta.get("HTTP_X_LANGFUSE_INGESTION_VERSION")))


def _told(body: bytes) -> Told:
    try:
        return TELLING_BATCH.decode(body).metadata or Told()
    except (msgspec.MsgspecError, RecursionError):
        return Told()


def _short(value: str | None) -> str | None:
    return value.replace("\x00", "")[:MAX_HEADER] if value else None


class KeyOfSomeProject(ProjectOrPublicKey):
    """To this route a key without a project is as good as none."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if isinstance(request.auth, Access) and request.auth.project_id is None:
            raise Unauthorized("Missing projectId in scope. Are you using an organization key?")
        return super().has_permission(request, view)


class IngestionView(ProjectView):
    permission_classes = [KeyOfSomeProject]
    error_style = "named"

    @extend_schema(
        operation_id="ingestion_batch", request=OpenApiTypes.OBJECT, responses={207: OpenApiTypes.OBJECT}
    )
    def post(self, request: Request) -> HttpResponse:
        cap = settings.MAX_INGESTION_BODY_BYTES
        body = read_body(request, cap)
        encoding = request.META.get("HTTP_CONTENT_ENCODING", "")
        sender = sender_of(request, body if not encoding else b"")
        accepted = accept_ingestion(self.access, body, encoding=encoding, cap=cap, sender=sender)
        return HttpResponse(orjson.dumps(accepted.answer()), content_type="application/json", status=207)
