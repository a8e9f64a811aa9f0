"""Moments in, marks on the slices of a project's time whose aggregates no longer agree with the rows."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import connection

SLICE_SECONDS = 300

MARK_SQL = """
    insert into dirty_slices (project_id, slice_start, marked_at)
    select %s, slice_start, now() from unnest(%s::timestamptz[]) as marks (slice_start) order by slice_start
    on conflict (project_id, slice_start) do update set marked_at = excluded.marked_at
"""


def mark_dirty(project_id: str, moments: Iterable[datetime]) -> None:
    """Mark the slice of each moment; call it in the transaction that changed the rows."""
    slices = {int(moment.timestamp()) // SLICE_SECONDS for moment in moments}
    if not slices:
        return
    starts = [datetime.fromtimestamp(number * SLICE_SECONDS, UTC) for number in sorted(slices)]
    with connection.cursor() as cursor:
        cursor.execute(MARK_SQL, (project_id, starts))
