"""Marks of slices in and out: what of a project is stale, what of that was recomputed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from analytics.rollups.levels import HOUR, floor
from tracing.store.dirty import Kind

# The newest first: pages of today are fresh soon, whatever there is to catch up with.
READ_SQL = """
    select slice_start, kinds, marks from dirty_slices
    where project_id = %(project_id)s and (dirty_since <= %(dirty_before)s or marked_at <= %(quiet_before)s)
    order by slice_start desc limit %(limit)s
"""
OF_HOURS_SQL = """
    select slice_start, kinds, marks from dirty_slices
    join unnest(%(hours)s::timestamptz[]) as hour (start)
        on slice_start >= hour.start and slice_start < hour.start + interval '1 hour'
    where project_id = %(project_id)s
"""
# Locked in the order in which digests mark them; one that is marking right now is about to commit. What was marked
# again meanwhile has been recomputed all the same: it is as stale as this transaction is old.
CLEAR_SQL = """
    with read as (
        select slice_start, marks = read.count as is_fresh from dirty_slices
        join unnest(%(starts)s::timestamptz[], %(marks)s::bigint[]) as read (start, count) on slice_start = read.start
        where project_id = %(project_id)s
        order by slice_start for update of dirty_slices
    ), younger as (
        update dirty_slices set dirty_since = now()
        where project_id = %(project_id)s
            and slice_start = any(array(select slice_start from read where not is_fresh))
    )
    delete from dirty_slices
    where project_id = %(project_id)s and slice_start = any(array(select slice_start from read where is_fresh))
"""


@dataclass(frozen=True, slots=True)
class Mark:
    start: datetime
    kinds: Kind
    marks: int
    """How often it had been marked when it was read."""


def read_marks(project_id: str, *, dirty_before: datetime, quiet_before: datetime, limit: int) -> list[Mark]:
    """Return marks that are older than `dirty_before`, or were last set before `quiet_before`; newest slices first."""
    values: dict[str, Any] = {
        "project_id": project_id,
        "dirty_before": dirty_before,
        "quiet_before": quiet_before,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(READ_SQL, values)
        return [Mark(start, Kind(kinds), marks) for start, kinds, marks in cursor.fetchall()]


def marks_of_hours(project_id: str, marks: Sequence[Mark]) -> list[Mark]:
    """Return all marks of the hours that these lie in."""
    if not marks:
        return []
    hours = sorted({floor(mark.start, HOUR) for mark in marks})
    with connection.cursor() as cursor:
        cursor.execute(OF_HOURS_SQL, {"project_id": project_id, "hours": hours})
        return [Mark(start, Kind(kinds), count) for start, kinds, count in cursor.fetchall()]


def clear_marks(project_id: str, marks: Sequence[Mark]) -> None:
    """Remove those of the marks that nobody has set again since they were read, and make the others younger."""
    values: dict[str, Any] = {
        "project_id": project_id,
        "starts": [mark.start for mark in marks],
        "marks": [mark.marks for mark in marks],
    }
    with connection.cursor() as cursor:
        cursor.execute(CLEAR_SQL, values)
