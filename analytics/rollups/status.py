"""Nothing in; how far rollups are behind the rows, what runs when, and where there are gaps, out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from analytics.models import RollupRun, RollupState

GAPS_SHOWN = 50

LAG_SQL = """
    select count(*), count(distinct project_id), min(dirty_since) from dirty_slices
    where (%(projects)s::text[] is null or project_id = any(%(projects)s))
"""
PROGRESS_SQL = """
    select (select min(dirty_since) from dirty_slices where project_id = any(%s)), coalesce(
        (select started_at from rollup_runs order by id desc limit 1), (select min(dirty_since) from dirty_slices)
    )
"""
OVERDUE_SQL = """
    select count(*) filter (where level = 1), count(*) filter (where level = 2) from rollup_pending
    where since <= %(before)s
        and start + case level when 1 then interval '1 hour' else interval '1 day' end <= %(before)s
"""
GAPS_SQL = """
    select project_id, min(slice_start), max(slice_start) + interval '1 minute', count(*), min(dirty_since)
    from (
        select project_id, slice_start, dirty_since,
            slice_start - interval '1 minute' * row_number() over (partition by project_id order by slice_start)
                as island
        from dirty_slices where dirty_since <= %(before)s
    ) slices
    group by project_id, island order by min(dirty_since), project_id, min(slice_start) limit %(limit)s
"""
OVERDUE = timedelta(minutes=20)
"""Hours and days that have been over, and waited to be merged, for longer are gaps of a kind."""
PERIODS_MISSED = 12
"""Runs that have not come before people are told: deploying takes some, and loses nothing."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a project's time whose rollups have not agreed with the rows for a while."""

    project_id: str
    start: datetime
    end: datetime
    slices: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """The state of aggregation in the whole installation."""

    now: datetime
    stale_slices: int
    stale_projects: int
    lag: timedelta
    """The age of the oldest mark; zero where nothing is stale."""
    last_run: RollupRun | None
    """The last one that has ended."""
    running_since: datetime | None
    next_run_at: datetime | None
    overdue_hours: int
    overdue_days: int
    failing: Sequence[RollupState]

    @property
    def is_late(self) -> bool:
        """Say whether beat or workers seem to be down: the next run is long due."""
        return self.next_run_at is None or self.next_run_at < self.now - timedelta(
            seconds=4 * settings.ROLLUP_SECONDS
        )


def read_status() -> Status:
    """Return how aggregation is doing."""
    now = timezone.now()
    stale, projects, oldest = _marks(None)
    with connection.cursor() as cursor:
        cursor.execute(OVERDUE_SQL, {"before": now - OVERDUE})
        hours, days = cursor.fetchone()
    latest = RollupRun.objects.order_by("-id").first()
    last = RollupRun.objects.filter(finished_at__isnull=False).order_by("-id").first()
    return Status(
        now=now,
        stale_slices=stale,
        stale_projects=projects,
        lag=now - oldest if oldest else timedelta(0),
        last_run=last,
        running_since=latest.started_at if latest and latest.finished_at is None else None,
        next_run_at=latest.started_at + timedelta(seconds=settings.ROLLUP_SECONDS) if latest else None,
        overdue_hours=hours,
        overdue_days=days,
        failing=list(RollupState.objects.exclude(error="").select_related("project").order_by("project_id")),
    )


def as_of(project_ids: Sequence[str], *, now: datetime) -> datetime:
    """Return the moment whose state the rollups of these projects show: what was stored later may be missing."""
    return _marks(project_ids)[2] or now


def stands_still_since(*, now: datetime) -> datetime | None:
    """Return when the last run began, or what waits for the first came, if no run has followed for long."""
    return as_of_and_standstill([], now=now)[1]


def as_of_and_standstill(project_ids: Sequence[str], *, now: datetime) -> tuple[datetime, datetime | None]:
    """Return what `as_of` and `stands_still_since` do, by one statement."""
    with connection.cursor() as cursor:
        cursor.execute(PROGRESS_SQL, (list(project_ids),))
        oldest, since = cursor.fetchone()
    is_long = since is not None and now - since > timedelta(seconds=PERIODS_MISSED * settings.ROLLUP_SECONDS)
    return oldest or now, since if is_long else None


def read_gaps(*, older_than: timedelta) -> list[Gap]:
    """Return the stretches of time that have been stale for so long, the oldest first, `GAPS_SHOWN` at most."""
    with connection.cursor() as cursor:
        cursor.execute(GAPS_SQL, {"before": timezone.now() - older_than, "limit": GAPS_SHOWN})
        return [Gap(*row) for row in cursor.fetchall()]


def _marks(project_ids: Sequence[str] | None) -> tuple[int, int, datetime | None]:
    with connection.cursor() as cursor:
        cursor.execute(LAG_SQL, {"projects": None if project_ids is None else list(project_ids)})
        count, projects, oldest = cursor.fetchone()
        return count, projects, oldest
