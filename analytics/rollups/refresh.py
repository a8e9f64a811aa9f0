"""A project's marks in, its rollups as the rows are out, in one bounded transaction.

Nothing is added to: slices are made anew from the rows, hours from slices, days from hours. So whoever dies on the
way, or does it twice, changes nothing. One refresher works on a project at a time; a digest never waits for one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from analytics.rollups.levels import DAY, HOUR, Level, floor, oldest_slice
from analytics.rollups.marks import Mark, clear_marks, marks_of_hours, read_marks
from analytics.rollups.pending import clear_pending, due_for_merge, note_pending
from analytics.rollups.write import drop_slices, expect_pieces, write_from_rows, write_merged
from tracing.store.dirty import ALL

LOCK_SQL = "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
LIVING_SQL = "select 1 from projects where id = %s and deleted_at is null"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long marks and merges may wait for more of the same."""

    dirty: timedelta
    """A slice that is marked again and again is recomputed this often."""
    quiet: timedelta
    """A slice that is left alone for so long is recomputed."""
    merge_quiet: timedelta
    """An hour or day that is over is merged when its parts were left alone for so long,"""
    merge: timedelta
    """or when it has waited for so long."""


def patience_of(period: float) -> Patience:
    """Return the patience that goes with the seconds between two turns (docs/decisions/007)."""
    seconds = timedelta(seconds=period)
    return Patience(dirty=2 * seconds, quiet=seconds / 3, merge_quiet=8 * seconds, merge=60 * seconds)


FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Done:
    """What one refresh has recomputed and merged."""

    slices: int = 0
    hours: int = 0
    days: int = 0

    def __add__(self, other: "Done") -> "Done":
        return Done(self.slices + other.slices, self.hours + other.hours, self.days + other.days)

    def __bool__(self) -> bool:
        return bool(self.slices or self.hours or self.days)


def refresh_project(project_id: str, *, now: datetime, limit: int, patience: Patience | None) -> Done:
    """Recompute up to `limit` of the project's stale slices, newest first, and merge what is due.

    Without patience nothing waits for more of the same. Nothing is done where another refresher is at it, and
    for a project that is deleted.
    """
    with transaction.atomic():
        if not lock_project(project_id):
            return Done()
        expect_pieces()
        slices = _refresh_slices(project_id, now=now, limit=limit, patience=patience)
        hours = _merge(project_id, Level.HOUR, now=now, limit=limit, patience=patience)
        days = _merge(project_id, Level.DAY, now=now, limit=limit, patience=patience)
        return Done(slices, hours, days)


def lock_project(project_id: str) -> bool:
    """Become the one who works on a living project until the transaction ends; False where that cannot be."""
    with connection.cursor() as cursor:
        cursor.execute(LIVING_SQL, (project_id,))
        if cursor.fetchone() is None:
            return False
        cursor.execute(LOCK_SQL, (f"rollups of {project_id}",))
        return bool(cursor.fetchone()[0])


def _refresh_slices(project_id: str, *, now: datetime, limit: int, patience: Patience | None) -> int:
    marks = read_marks(
        project_id,
        dirty_before=now - patience.dirty if patience else FOREVER,
        quiet_before=now - patience.quiet if patience else FOREVER,
        limit=limit,
    )
    if not marks:
        return 0
    oldest = oldest_slice(now)
    recent = [mark for mark in marks if mark.start >= oldest]
    old = marks_of_hours(project_id, [mark for mark in marks if mark.start < oldest])
    _write_slices(project_id, recent, now=now)
    _write_hours(project_id, old)
    days = sorted({floor(mark.start, DAY) for mark in (*recent, *old)})
    note_pending(project_id, Level.DAY, days, now=now)
    clear_marks(project_id, [*recent, *old])
    return len(recent) + len(old)


def _write_slices(project_id: str, marks: Sequence[Mark], *, now: datetime) -> None:
    if not marks:
        return
    write_from_rows(project_id, Level.SLICE, {mark.start: mark.kinds for mark in marks})
    note_pending(project_id, Level.HOUR, sorted({floor(mark.start, HOUR) for mark in marks}), now=now)


def _write_hours(project_id: str, marks: Sequence[Mark]) -> None:
    """Make the hours of these marks, whose slices are not kept any more, anew from the rows."""
    if not marks:
        return
    hours = sorted({floor(mark.start, HOUR) for mark in marks})
    write_from_rows(project_id, Level.HOUR, dict.fromkeys(hours, ALL))
    drop_slices(project_id, hours)
    clear_pending(project_id, Level.HOUR, hours)


def _merge(project_id: str, level: Level, *, now: datetime, limit: int, patience: Patience | None) -> int:
    starts = due_for_merge(
        project_id,
        level,
        now=now,
        quiet_before=now - patience.merge_quiet if patience else FOREVER,
        since_before=now - patience.merge if patience else FOREVER,
        limit=limit,
    )
    if starts:
        write_merged(project_id, level, starts)
        clear_pending(project_id, level, starts)
    return len(starts)
