"""What tests of the write path do over and over: accept a batch, digest, read rows as the oracle names them."""

import json
from typing import Any

from accounts.access import Access
from tests.cast import Side
from tests.tracing.ingest.oracle import Event
from tracing.ingest.accept import Accepted, Sender, accept_ingestion
from tracing.ingest.drain import drain_spool
from tracing.models import Observation, Trace

SENDER = Sender("python", "2.60.10", None)
CAP = 4_500_000


def access_of(side: Side, *, level: Any = "project") -> Access:
    return Access(level, side.project_id, side.organization.id, side.api_key.id, side.public_key)


def accept(side: Side, events: list[Event] | bytes, *, level: Any = "project") -> Accepted:
    """Make a batch durable, as the view does."""
    body = events if isinstance(events, bytes) else json.dumps({"batch": events}).encode()
    return accept_ingestion(access_of(side, level=level), body, encoding="", cap=CAP, sender=SENDER)


def ingest(side: Side, *batches: list[Event] | bytes) -> None:
    """Accept batches and digest each on its own, in this order."""
    for batch in batches:
        accept(side, batch)
        drain_spool()


def event(
    type_: str, body: dict[str, Any], *, at: str = "2026-01-01T00:00:00.000Z", id_: str = "event"
) -> Event:
    return {"id": id_, "type": type_, "timestamp": at, "body": body}


def trace_rows(project_id: str) -> dict[str, dict[str, Any]]:
    """Return the traces that some event wrote, by id, with the oracle's names."""
    rows = Trace.objects.filter(project_id=project_id, clocks__isnull=False)
    return {row.id: _trace(row) for row in rows}


def observation_rows(project_id: str) -> dict[str, dict[str, Any]]:
    return {row.id: _observation(row) for row in Observation.objects.filter(project_id=project_id)}


def _trace(row: Trace) -> dict[str, Any]:
    return {
        "timestamp": row.timestamp.timestamp(),
        "environment": row.environment,
        "tags": row.tags,
        "public": row.public,
        "name": row.name,
        "userId": row.user_id,
        "sessionId": row.session_id,
        "release": row.release,
        "version": row.version,
        **_payloads(row),
    }


def _observation(row: Observation) -> dict[str, Any]:
    return {
        "type": row.type,
        "traceId": row.trace_id,
        "startTime": row.start_time.timestamp(),
        "endTime": row.end_time.timestamp() if row.end_time else None,
        "environment": row.environment,
        "name": row.name,
        "level": row.level,
        "model": row.model,
        "statusMessage": row.status_message,
        "parentObservationId": row.parent_observation_id,
        "version": row.version,
        **_payloads(row),
    }


def _payloads(row: Trace | Observation) -> dict[str, Any]:
    return {"metadata": row.metadata, "input": _shown(row.input), "output": _shown(row.output)}


def _shown(text: str | None) -> Any:
    """Return the payload; tests send strings that are no JSON, so that both can be told apart."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
