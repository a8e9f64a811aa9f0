"""Rows of observations in and out of the database, many at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from tracing.store.bulk import COMMON, BulkTable

COLUMNS = (
    *COMMON,
    *("trace_id", "parent_observation_id", "type", "name", "start_time", "end_time", "completion_start_time"),
    *("environment", "level", "status_message", "version", "input", "output", "input_form", "output_form"),
    *("metadata", "model", "model_parameters", "provided_usage", "provided_cost"),
    *(
        "usage_details",
        "cost_details",
        "prices",
        "usage_estimated",
        "model_id",
        "pricing_tier_id",
        "pricing_tier_name",
    ),
    *("input_tokens", "output_tokens", "total_tokens", "input_cost", "output_cost", "total_cost"),
    *("prompt_name", "prompt_version", "is_app_root", "tool_names", "tool_call_names", "experiment", "otel"),
    *("prompt_id", "experiment_id"),
)
TABLE = BulkTable("observations", COLUMNS)

JSON_COLUMNS = {"long_ids", "metadata", "model_parameters", "provided_usage", "provided_cost", "experiment"}
FOLDED_COLUMNS = (
    COLUMNS[: COLUMNS.index("usage_details")]
    + COLUMNS[COLUMNS.index("prompt_name") : COLUMNS.index("prompt_id")]
)
"""What merging needs of a stored row; the rest is computed from it."""

LOCK_SQL = f"""
    select {", ".join(f"{c}::text" if c in JSON_COLUMNS else c for c in FOLDED_COLUMNS)}
    from observations where project_id = %s and id = any(%s) order by id for update
"""  # noqa: S608 - constants only
TRACES_OF_SQL = "select id, trace_id from observations where project_id = %s and id = any(%s)"

STRAYS_SQL = """
    select id, start_time from observations
    join unnest(%s::text[], %s::timestamptz[]) as orphans (key, deleted_at) on key = id
    where project_id = %s and id = any(%s) and trace_id = id and created_at <= deleted_at
    order by id
"""
STARTS_SQL = """
    select distinct date_bin('1 minute', start_time, '0001-01-01 00:00:00+00')
    from observations where project_id = %s and trace_id = any(%s)
"""
DELETE_SQL = "delete from observations where project_id = %s and id = any(%s)"


def lock_observations(project_id: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Lock and return those of the observations that exist: `FOLDED_COLUMNS`, jsonb as text."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SQL, (project_id, list(ids)))
        return [dict(zip(FOLDED_COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def traces_of(project_id: str, ids: Sequence[str]) -> dict[str, str]:
    """Return the trace that each of the observations is stored under (keys)."""
    with connection.cursor() as cursor:
        cursor.execute(TRACES_OF_SQL, (project_id, list(ids)))
        return dict(cursor.fetchall())


def starts_of(project_id: str, trace_ids: Sequence[str]) -> list[datetime]:
    """Return the minutes in which observations of these traces (keys) start."""
    with connection.cursor() as cursor:
        cursor.execute(STARTS_SQL, (project_id, list(trace_ids)))
        return [start for (start,) in cursor.fetchall()]


def strays_of(project_id: str, deleted: Mapping[str, datetime]) -> dict[str, datetime]:
    """Return the starts of those observations that came before their time of deletion and whose trace is implied."""
    keys = sorted(deleted)
    with connection.cursor() as cursor:
        cursor.execute(STRAYS_SQL, (keys, [deleted[key] for key in keys], project_id, keys))
        return dict(cursor.fetchall())


def delete_observations(project_id: str, ids: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(DELETE_SQL, (project_id, list(ids)))
