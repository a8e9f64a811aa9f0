"""A request's body and its key in; a spooled batch, counted rejects and what to answer out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.access import Access, IngestionSuspended
from accounts.api.bodies import unpack
from tracing.ingest.intake import companion_bodies, is_allowed
from tracing.ingest.spool import append, refuse_backlog
from tracing.store.rejects import Refused, count_rejects
from tracing.store.spool import NewBatch
from tracing.wire.decode import Rejection, WireEvent, decode_batch, denied, in_batch_order


@dataclass(frozen=True, slots=True)
class Sender:
    """What the headers of a request say of the SDK that sent it."""

    sdk_name: str | None = None
    sdk_version: str | None = None
    ingestion_version: str | None = None


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
    if access.project_id is None:
        raise TypeError("Ingestion takes keys of a project")
    if access.ingestion_suspended:
        raise IngestionSuspended
    unpacked = unpack(body, encoding, cap)
    refuse_backlog()
    decoded = decode_batch(unpacked, bodies=companion_bodies())
    events = [event for event in decoded.events if is_allowed(event, access.level)]
    rejections = decoded.rejections + [denied(e) for e in decoded.events if not is_allowed(e, access.level)]
    if events:
        append(
            access.project_id, _batch(access, body, encoding, len(unpacked), len(events), rejections, sender)
        )
    if rejections:
        _count(access, rejections, sender)
    return Accepted(in_batch_order(events), rejections)


def _batch(
    access: Access,
    body: bytes,
    encoding: str,
    size: int,
    events: int,
    rejections: Sequence[Rejection],
    sender: Sender,
) -> NewBatch:
    return NewBatch(
        kind="ingestion",
        encoding=encoding,
        body=body,
        body_bytes=size,
        event_count=events,
        rejected=[rejection.index for rejection in rejections],
        api_key_id=access.api_key_id,
        access_level=access.level,
        sdk_name=sender.sdk_name,
        sdk_version=sender.sdk_version,
        ingestion_version=sender.ingestion_version,
    )


def _count(access: Access, rejections: Sequence[Rejection], sender: Sender) -> None:
    refused = [Refused(one.reason, one.id, one.error) for one in rejections]
    count_rejects(
        access.project_id or "",
        refused,
        api_key_id=access.api_key_id,
        sdk_name=sender.sdk_name,
        sdk_version=sender.sdk_version,
    )
