"""Slices, hours or days of a project in; their rollups replaced, one statement a table for many of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from analytics.rollups.facets import FACETS
from analytics.rollups.levels import Level
from analytics.rollups.merge_sql import FACETS_SQL, MERGE_SQL
from analytics.rollups.rows_sql import FROM_ROWS_SQL
from analytics.rollups.tables import TABLES
from tracing.store.dirty import Kind

# Nothing has statistics here: what is joined by equality is hashed, what is lateral is read by its index.
PLAN_SQL = """
    set local application_name = 'rollups';
    set local jit = off; set local enable_nestloop = off; set local enable_mergejoin = off;
    set local enable_seqscan = off; set local work_mem = '64MB'
"""
DELETE_SQL = (
    "delete from {} where project_id = %(project_id)s and level = %(level)s and start = any(%(starts)s)"
)
DELETE_FACETS_SQL = """
    delete from {} where project_id = %(project_id)s and level = %(level)s and facet = any(%(facets)s)
        and start = any(%(starts)s)
"""
DELETE_SLICES_SQL = """
    delete from {} r using unnest(%(hours)s::timestamptz[]) as hour (start)
    where r.project_id = %(project_id)s and r.level = 0
        and r.start >= hour.start and r.start < hour.start + interval '1 hour'
"""


def expect_pieces() -> None:
    """Tell the planner what this transaction does; call it first."""
    with connection.cursor() as cursor:
        cursor.execute(PLAN_SQL)


def write_from_rows(project_id: str, level: Level, kinds: Mapping[datetime, Kind]) -> None:
    """Make slices, or hours, anew from the rows: of each the tables of its kinds."""
    with connection.cursor() as cursor:
        for table in TABLES:
            starts = [start for start, stale in kinds.items() if stale & table.kind]
            if starts:
                values = _values(project_id, level, starts)
                cursor.execute(DELETE_SQL.format(table.name), values)
                cursor.execute(FROM_ROWS_SQL[table], values)
    if level is not Level.SLICE:
        _write_facets(_values(project_id, level, list(kinds)))


def write_merged(project_id: str, level: Level, starts: Sequence[datetime]) -> None:
    """Make these hours anew from their slices, or days from their hours."""
    values = _values(project_id, level, starts) | {"parts": level - 1}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(DELETE_SQL.format(table.name), values)
            cursor.execute(MERGE_SQL[table], values)
    _write_facets(values)


def drop_slices(project_id: str, hours: Sequence[datetime]) -> None:
    """Delete the slices of these hours."""
    if not hours:
        return
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                DELETE_SLICES_SQL.format(table.name), {"project_id": project_id, "hours": list(hours)}
            )


def _write_facets(values: Mapping[str, Any]) -> None:
    """Make the facets of hours or days anew from their other rollups."""
    with connection.cursor() as cursor:
        for table, facets in FACETS.items():
            named = {**values, "facets": [facet.name for facet in facets]}
            cursor.execute(DELETE_FACETS_SQL.format(table.name), named)
            for sql in FACETS_SQL[table]:
                cursor.execute(sql, named)


def _values(project_id: str, level: Level, starts: Sequence[datetime]) -> dict[str, Any]:
    return {"project_id": project_id, "level": int(level), "starts": list(starts), "width": level.width}
