"""Rows of traces in and out of the database, many at a time; their summaries are computed from observations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from tracing.store.bulk import COMMON, BulkTable, Row, stage_rows

COLUMNS = (
    *COMMON,
    *("timestamp", "name", "user_id", "session_id", "release", "version", "environment", "public", "tags"),
    *("metadata", "input", "output", "input_form", "output_form"),
)
TABLE = BulkTable("traces", COLUMNS)
JSON_COLUMNS = {"long_ids", "metadata"}
MAX_BIGINT = 2**63 - 1

INSERT_MISSING_SQL = """
    insert into traces (project_id, id, long_ids, timestamp, created_at, updated_at,
        environment, public, bookmarked, tags, metadata, input_form, output_form,
        observation_count, debug_count, default_count, warning_count, error_count, latency,
        input_tokens, output_tokens, total_tokens, input_cost, output_cost, total_cost)
    select %s, id, long_ids::jsonb, timestamp, timestamp, now(), 'default', false, false, '{}', '{}', 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    from unnest(%s::text[], %s::text[], %s::timestamptz[]) as missing (id, long_ids, timestamp)
    order by id
    on conflict (project_id, id) do nothing
"""

LOCKED = (*COLUMNS, "observation_count")
LOCK_SQL = f"""
    select {", ".join(f"{c}::text" if c in JSON_COLUMNS else c for c in LOCKED)}
    from traces where project_id = %s and id = any(%s) order by id for update
"""  # noqa: S608 - constants only

SUMS = {
    "observation_count": "count(*)",
    "debug_count": "count(*) filter (where level = 'DEBUG')",
    "default_count": "count(*) filter (where level = 'DEFAULT')",
    "warning_count": "count(*) filter (where level = 'WARNING')",
    "error_count": "count(*) filter (where level = 'ERROR')",
    "first_start": "min(start_time)",
    "last_start": "max(start_time)",
    "last_end": "max(end_time)",
    "latency": "coalesce(extract(epoch from greatest(max(end_time), max(start_time)) - min(start_time)), 0)",
    **{
        name: f"least(coalesce(sum({name}), 0), {MAX_BIGINT})"
        for name in ("input_tokens", "output_tokens", "total_tokens")
    },
    **{name: f"coalesce(sum({name}), 0)" for name in ("input_cost", "output_cost", "total_cost")},
}
"""The summary of a trace: what is computed of its observations."""

# The join is lateral, and the conflict finds the row, so that no plan compares each row with each.
WRITE_SQL = f"""
    insert into traces ({", ".join(COLUMNS)}, bookmarked, {", ".join(SUMS)})
    select {", ".join(f"s.{c}" for c in COLUMNS)}, false, o.*
    from {TABLE.stage} s cross join lateral (
        select {", ".join(SUMS.values())}
        from observations where project_id = %(project_id)s and trace_id = s.id
    ) o
    on conflict (project_id, id) do update set
        {", ".join(f"{c} = excluded.{c}" for c in (*COLUMNS, *SUMS) if c not in {"project_id", "id"})}
"""  # noqa: S608 - constants only

# A trace that no event describes takes its time and place from its observations. They are ordered by an
# expression, so that no plan walks through the index by time to have them in order.
SUMMARIZE_SQL = f"""
    update traces t set ({", ".join(SUMS)}, timestamp, environment, created_at) = (
        select {", ".join(SUMS.values())},
            case when t.clocks is null then coalesce(min(start_time), t.timestamp) else t.timestamp end,
            case when t.clocks is null
                then coalesce((array_agg(environment order by extract(epoch from start_time), id))[1], t.environment)
                else t.environment end,
            case when t.clocks is null then coalesce(min(created_at), t.created_at) else t.created_at end
        from observations where project_id = %(project_id)s and trace_id = t.id
    )
    where project_id = %(project_id)s and id = any(%(ids)s)
    returning id, timestamp
"""  # noqa: S608 - constants only

DELETE_EMPTY_SQL = """
    delete from traces
    where project_id = %(project_id)s and id = any(%(ids)s) and clocks is null and observation_count = 0
"""


def insert_missing_traces(project_id: str, traces: Mapping[str, tuple[str | None, datetime]]) -> None:
    """Insert a bare row for each trace (key → long id and time) that does not exist, in key order."""
    ids = sorted(traces)
    values: list[Any] = [ids, [traces[id_][0] for id_ in ids], [traces[id_][1] for id_ in ids]]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_MISSING_SQL, (project_id, *values))


def lock_traces(project_id: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Lock, in key order, and return those of the traces that exist: `LOCKED`, jsonb as text."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SQL, (project_id, list(ids)))
        return [dict(zip(LOCKED, row, strict=True)) for row in cursor.fetchall()]


def write_traces(project_id: str, rows: Sequence[Row]) -> None:
    """Overwrite traces that exist (rows of `COLUMNS`), and their summaries with them."""
    if not rows:
        return
    stage_rows(TABLE, rows)
    with connection.cursor() as cursor:
        cursor.execute(WRITE_SQL, {"project_id": project_id})


def summarize_traces(project_id: str, ids: Sequence[str]) -> dict[str, datetime]:
    """Recompute the summaries of these traces from their observations; drop those that nothing implies any more.

    Returns their times by key.
    """
    if not ids:
        return {}
    named: dict[str, Any] = {"project_id": project_id, "ids": list(ids)}
    with connection.cursor() as cursor:
        cursor.execute(SUMMARIZE_SQL, named)
        timestamps = dict(cursor.fetchall())
        cursor.execute(DELETE_EMPTY_SQL, named)
    return timestamps
