"""A project and what is asked of its traces in, rows of traces out: one SQL for a page or for one trace."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import connection
from django.db.models import F, QuerySet, TextField, Value
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.functions import Cast

from tracing.models import Trace
from tracing.models.traces import PayloadForm
from tracing.queries.pages import Page, read_page

ORDER_COLUMNS = {
    "id": "id",
    "timestamp": "timestamp",
    "name": "name",
    "userId": "user_id",
    "release": "release",
    "version": "version",
    "public": "public",
    "bookmarked": "bookmarked",
    "sessionId": "session_id",
}
NEVER_NULL = {"id", "timestamp"}

# jsonb is read as text: a response splices it in, and no number passes through a double.
PAYLOADS: tuple[str | Combinable, ...] = (
    Cast("metadata", TextField()),
    *("input", "output", "input_form", "output_form"),
)
NO_PAYLOADS: tuple[Combinable, ...] = (
    Value("{}"),
    *(Value(None, TextField()), Value(None, TextField()), Value(PayloadForm.TEXT), Value(PayloadForm.TEXT)),
)
SCALARS = (
    *("id", "long_ids", "timestamp", "name", "user_id", "session_id", "release", "version", "environment"),
    *("public", "bookmarked", "tags", "created_at", "updated_at", "latency", "total_cost"),
    *("first_start", "last_start", "last_end"),
)

OBSERVATION_IDS_SQL = """
    select trace_id, array_agg(coalesce(long_ids ->> 'id', id) order by start_time, id)
    from observations where project_id = %s and trace_id = any(%s) group by trace_id
"""


class TraceRow(msgspec.Struct, frozen=True, gc=False):
    """A trace as it is read: its columns, with metadata as JSON text."""

    id: str
    long_ids: dict[str, str] | None
    timestamp: datetime
    name: str | None
    user_id: str | None
    session_id: str | None
    release: str | None
    version: str | None
    environment: str
    public: bool
    bookmarked: bool
    tags: list[str]
    created_at: datetime
    updated_at: datetime
    latency: float
    total_cost: Decimal
    first_start: datetime | None
    last_start: datetime | None
    last_end: datetime | None
    metadata: str
    input: str | None
    output: str | None
    input_form: int
    output_form: int


def traces_of(project_id: str) -> QuerySet[Trace]:
    """Return all traces of the project, to be narrowed by filters."""
    return Trace.objects.filter(project_id=project_id)


def list_traces(
    rows: QuerySet[Trace], *, order: tuple[str, str], offset: int, limit: int, payloads: bool
) -> Page[TraceRow]:
    """Return a page of `rows`, ordered by a column of the API (see `ORDER_COLUMNS`), `asc` or `desc`."""
    columns = (*SCALARS, *(PAYLOADS if payloads else NO_PAYLOADS))
    ordered = rows.order_by(*_ordering(*order))
    return read_page(ordered, columns, into=TraceRow, offset=offset, limit=limit)


def _ordering(name: str, direction: str) -> list[OrderBy]:
    column = ORDER_COLUMNS[name]
    # Nulls last either way; not said of columns without nulls, whose index would then not serve.
    nulls_last = None if column in NEVER_NULL else True
    ordering = [_directed(column, direction, nulls_last=nulls_last)]
    if column != "id":
        ordering.append(_directed("id", direction, nulls_last=None))
    return ordering


def _directed(column: str, direction: str, *, nulls_last: bool | None) -> OrderBy:
    if direction == "asc":
        return F(column).asc(nulls_last=nulls_last)
    return F(column).desc(nulls_last=nulls_last)


def get_trace(project_id: str, trace_id: str, *, payloads: bool) -> TraceRow | None:
    """Return the trace with this key."""
    columns = (*SCALARS, *(PAYLOADS if payloads else NO_PAYLOADS))
    row: Any = traces_of(project_id).filter(id=trace_id).values_list(*columns).first()
    return TraceRow(*row) if row else None


def list_traces_of_session(project_id: str, session_id: str) -> list[TraceRow]:
    """Return the traces of a session (key), the oldest first."""
    rows = traces_of(project_id).filter(session_id=session_id).order_by("timestamp", "id")
    return [TraceRow(*row) for row in rows.values_list(*SCALARS, *PAYLOADS)]


def list_observation_ids(project_id: str, trace_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the ids of the observations of each trace (keys), in order of their start."""
    with connection.cursor() as cursor:
        cursor.execute(OBSERVATION_IDS_SQL, (project_id, list(trace_ids)))
        return dict(cursor.fetchall())
