"""Moments in, marks on the slices of a project's time whose aggregates no longer agree with the rows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import IntFlag

from django.db import connection

from langfuse_site.lib.times import EPOCH

SLICE_SECONDS = 60
SLICE = timedelta(seconds=SLICE_SECONDS)


class Kind(IntFlag):
    """Whose aggregates of a slice are meant."""

    OBSERVATIONS = 1
    TRACES = 2
    SCORES = 4


ALL = Kind.OBSERVATIONS | Kind.TRACES | Kind.SCORES

# `marks` tells whether a slice was marked again while it was recomputed: no clock is fine enough.
MARK_SQL = """
    insert into dirty_slices (project_id, slice_start, kinds, marks, dirty_since, marked_at)
    select %s, slice_start, kinds, 1, clock_timestamp(), clock_timestamp()
    from unnest(%s::timestamptz[], %s::smallint[]) as marks (slice_start, kinds) order by slice_start
    on conflict (project_id, slice_start) do update set
        kinds = dirty_slices.kinds | excluded.kinds, marks = dirty_slices.marks + 1, marked_at = excluded.marked_at
"""


def mark_dirty(
    project_id: str,
    moments: Iterable[datetime] = (),
    *,
    observations: Iterable[datetime] = (),
    traces: Iterable[datetime] = (),
    scores: Iterable[datetime] = (),
) -> None:
    """Mark the slices of moments, for all aggregates or those of one kind of row.

    Call it in the transaction that changed the rows.
    """
    marks: dict[int, int] = {}
    of_kinds = (
        (ALL, moments),
        (Kind.OBSERVATIONS, observations),
        (Kind.TRACES, traces),
        (Kind.SCORES, scores),
    )
    for kind, times in of_kinds:
        for number in {(moment - EPOCH) // SLICE for moment in times}:
            marks[number] = marks.get(number, 0) | kind
    if not marks:
        return
    numbers = sorted(marks)
    starts = [EPOCH + number * SLICE for number in numbers]
    with connection.cursor() as cursor:
        cursor.execute(MARK_SQL, (project_id, starts, [marks[number] for number in numbers]))
