"""Old slices in, room out: what was merged into hours is not kept beside them for ever."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from analytics.models import RollupRun
from analytics.rollups.levels import oldest_slice
from analytics.rollups.refresh import lock_project
from analytics.rollups.tables import TABLES
from analytics.rollups.write import drop_slices

HOURS_AT_ONCE = 24
RUNS_KEPT = timedelta(days=2)

_OLD = " union ".join(
    f"""select date_bin('1 hour', start, '0001-01-01 00:00:00+00') as hour from {table.name} r
        where r.project_id = p.id and r.level = 0 and r.start < %(before)s"""  # noqa: S608
    for table in TABLES
)
# An hour that is not merged is read from its slices.
DUE_SQL = f"""
    select p.id, array(
        select hour from ({_OLD}) old
        where not exists (
            select from rollup_pending w where w.project_id = p.id and w.level = 1 and w.start = old.hour
        )
        order by hour limit %(limit)s
    ) as hours
    from projects p where p.deleted_at is null
"""  # noqa: S608 - constants only


def drop_old(now: datetime) -> int:
    """Drop the slices of merged hours that ended long ago, and old lines of the book; return how many hours."""
    RollupRun.objects.filter(started_at__lt=now - RUNS_KEPT).delete()
    dropped, done = 0, -1
    while done:
        done = _drop_portion(now)
        dropped += done
    return dropped


def _drop_portion(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(DUE_SQL, {"before": oldest_slice(now), "limit": HOURS_AT_ONCE})
        due = [(project_id, hours) for project_id, hours in cursor.fetchall() if hours]
    return sum(_drop(project_id, hours) for project_id, hours in due)


def _drop(project_id: str, hours: list[datetime]) -> int:
    with transaction.atomic():
        if not lock_project(project_id):
            return 0
        drop_slices(project_id, hours)
        return len(hours)
