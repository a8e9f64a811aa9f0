"""A request's body and its key in; a spooled batch, counted rejects and what to answer out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from accounts.access import Access, IngestionSuspended
from accounts.api.bodies import unpack
from langfuse_site.lib.errors import InvalidRequest
from tracing.ingest.intake import companion_bodies, is_allowed
from tracing.ingest.spool import append, refuse_backlog
from tracing.models.pipeline import BatchKind
from tracing.store.rejects import Refused, count_rejects
from tracing.store.spool import NewBatch
from tracing.wire.decode import Rejection, WireEvent, decode_batch, denied, in_batch_order
from tracing.wire.otel.errors import RefusedExport
from tracing.wire.otel.export import decode_export
from tracing.wire.otel.spans import Span

LANGFUSE_SCOPE = "langfuse-sdk"
MAX_SDK = 200


@dataclass(frozen=True, slots=True)
class Sender:
    """What the headers of a request say of the SDK that sent it."""

    sdk_name: str | None = None
    sdk_version: str | None = None
    ingestion_version: str | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was taken: as it came, its content encoding, its size unpacked, how much will be digested."""

    packed: bytes
    encoding: str
    size: int
    events: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The events that will be digested, in the order of an answer, and those that were refused."""

    events: Sequence[WireEvent]
    rejections: Sequence[Rejection]

    def answer(self) -> dict[str, Any]:
        """Return the body of a 207."""
        return {
            "successes": [{"id": event.id, "status": 201} for event in self.events],
            "errors": [rejection.item() for rejection in self.rejections],
        }


def accept_ingestion(access: Access, body: bytes, *, encoding: str, cap: int, sender: Sender) -> Accepted:
    """Validate a batch and make what is valid durable.

    Raises IngestionSuspended, PayloadTooLarge, InvalidRequest or InvalidBatch where the body as a whole
    can't be taken, and TooManyRequests while too much waits; nothing is stored then.
    """
    project_id = _writable_project(access)
    unpacked = unpack(body, encoding, cap)
    refuse_backlog()
    decoded = decode_batch(unpacked, bodies=companion_bodies())
    events = [event for event in decoded.events if is_allowed(event, access.level)]
    rejections = decoded.rejections + [denied(e) for e in decoded.events if not is_allowed(e, access.level)]
    if events:
        batch = _batch(access, "ingestion", sender, Body(body, encoding, len(unpacked), len(events)))
        append(project_id, replace(batch, rejected=[rejection.index for rejection in rejections]))
    if rejections:
        _count(access, [Refused(one.reason, one.id, one.error) for one in rejections], sender)
    return Accepted(in_batch_order(events), rejections)


def accept_export(
    access: Access, kind: BatchKind, body: bytes, *, encoding: str, cap: int, sender: Sender
) -> int:
    """Validate an OTLP export, make it durable whole, and return how many spans it has.

    Raises IngestionSuspended, PayloadTooLarge, RefusedExport, and TooManyRequests while too much waits;
    nothing is stored then, but a refused export is counted.
    """
    project_id = _writable_project(access)
    try:
        unpacked = _unpacked_export(body, encoding, cap)
        refuse_backlog()
        spans = decode_export(kind, unpacked)
    except RefusedExport as error:
        _count(access, [Refused("invalid-export", "", error.message)], sender)
        raise
    if spans:
        sent = Body(body, encoding, len(unpacked), len(spans))
        append(project_id, _batch(access, kind, _named(sender, spans), sent))
    return len(spans)


def _writable_project(access: Access) -> str:
    if access.project_id is None:
        raise TypeError("Ingestion takes keys of a project")
    if access.ingestion_suspended:
        raise IngestionSuspended
    return access.project_id


def _unpacked_export(body: bytes, encoding: str, cap: int) -> bytes:
    try:
        return unpack(body, encoding, cap)
    except InvalidRequest as error:
        raise RefusedExport("Failed to decompress request body") from error


def _named(sender: Sender, spans: Sequence[Span]) -> Sender:
    """Return who sent an export, where its headers say nothing by what its spans say of their SDK."""
    if sender.sdk_name is not None:
        return sender
    for span in spans:
        if span.scope.name == LANGFUSE_SCOPE:
            return replace(sender, sdk_name=LANGFUSE_SCOPE, sdk_version=_short(span.scope.version))
    resource = spans[0].resource
    name, version = resource.get("telemetry.sdk.name"), resource.get("telemetry.sdk.version")
    return replace(sender, sdk_name=_short(name), sdk_version=_short(version))


def _short(value: Any) -> str | None:
    return str(value)[:MAX_SDK] if value else None


def _batch(access: Access, kind: str, sender: Sender, body: Body) -> NewBatch:
    return NewBatch(
        kind=kind,
        encoding=body.encoding,
        body=body.packed,
        body_bytes=body.size,
        event_count=body.events,
        rejected=(),
        api_key_id=access.api_key_id,
        access_level=access.level,
        sdk_name=sender.sdk_name,
        sdk_version=sender.sdk_version,
        ingestion_version=sender.ingestion_version,
    )


def _count(access: Access, refused: Sequence[Refused], sender: Sender) -> None:
    count_rejects(
        access.project_id or "",
        refused,
        api_key_id=access.api_key_id,
        sdk_name=sender.sdk_name,
        sdk_version=sender.sdk_version,
    )
