"""Plain functions that insert one row each, with what a test doesn't care for filled in."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.test.utils import CaptureQueriesContext

from langfuse_site.lib.ids import key_of
from tracing.models import Observation, Session, Trace

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
_numbers = count(1)


def make_trace(project_id: str, **values: Any) -> Trace:
    """Insert a trace of noon, as a digest would have left it."""
    defaults = {
        "id": f"trace-{next(_numbers)}",
        "timestamp": NOON,
        "created_at": NOON,
        "updated_at": NOON,
        "clocks": b"\x01",
    }
    return Trace.objects.create(project_id=project_id, **(defaults | values))


def make_observation(project_id: str, **values: Any) -> Observation:
    """Insert a span of noon."""
    defaults = {
        "id": f"observation-{next(_numbers)}",
        "trace_id": "trace",
        "type": "SPAN",
        "start_time": NOON,
        "created_at": NOON,
        "updated_at": NOON,
        "clocks": b"\x01",
    }
    return Observation.objects.create(project_id=project_id, **(defaults | values))


def make_session(project_id: str, **values: Any) -> Session:
    """Insert a session."""
    defaults = {"id": f"session-{next(_numbers)}", "first_event": NOON, "created_at": NOON}
    return Session.objects.create(project_id=project_id, **(defaults | values))


def long(column: str, wire_id: str) -> dict[str, Any]:
    """Return the values of a column that holds a client's long id."""
    return {column: key_of(wire_id), "long_ids": {column: wire_id}}


def reads_of(captured: CaptureQueriesContext) -> list[str]:
    """Return the statements that were sent, but for the look-up of the key, which is remembered for a second."""
    return [query["sql"] for query in captured if "api_keys" not in query["sql"]]
