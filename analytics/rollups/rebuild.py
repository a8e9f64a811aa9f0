"""A project and a range in, its slices marked, so that refreshes make them anew from the rows; progress out."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Project
from analytics.models import RollupRebuild
from analytics.rollups.levels import SLICE, ceiling, floor
from analytics.rollups.tables import TABLES

EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))

# What has rollups but no rows any more is marked too. Marks that look an hour old don't wait for more of the same.
_KEPT = "".join(
    f"""
        union select start from {table.name}
            where project_id = %(project_id)s and level in (0, 1, 2) and start >= %(since)s and start < %(until)s"""  # noqa: S608
    for table in TABLES
)
MARK_SQL = f"""
    insert into dirty_slices (project_id, slice_start, kinds, marks, dirty_since, marked_at)
    select %(project_id)s, slice_start, 7, 1, %(now)s, %(now)s::timestamptz - interval '1 hour' from (
        select date_bin('1 minute', timestamp, '0001-01-01 00:00:00+00') as slice_start from traces
            where project_id = %(project_id)s and timestamp >= %(since)s and timestamp < %(until)s
        union select date_bin('1 minute', start_time, '0001-01-01 00:00:00+00') from observations
            where project_id = %(project_id)s and start_time >= %(since)s and start_time < %(until)s
        union select date_bin('1 minute', timestamp, '0001-01-01 00:00:00+00') from scores
            where project_id = %(project_id)s and timestamp >= %(since)s and timestamp < %(until)s{_KEPT}
    ) slices
    order by slice_start
    on conflict (project_id, slice_start) do update
        set kinds = 7, marks = dirty_slices.marks + 1, marked_at = excluded.marked_at
"""  # noqa: S608 - constants only
LEFT_SQL = """
    select count(*) from dirty_slices
    where (project_id = %(project_id)s or %(project_id)s is null)
        and slice_start >= %(since)s and slice_start < %(until)s and dirty_since <= %(marked_at)s
"""


def request_rebuild(
    project_id: str | None, *, since: datetime | None, until: datetime | None, author: str
) -> RollupRebuild:
    """Ask for the rollups of a range (all there is, where it has no ends) of one project, or all, to be made anew."""
    return RollupRebuild.objects.create(
        project_id=project_id,
        since=floor(since, SLICE) if since else None,
        until=ceiling(until, SLICE) if until else None,
        requested_at=timezone.now(),
        requested_by=author,
    )


def mark_requested() -> None:
    """Mark the slices of the rebuilds that wait for it."""
    for rebuild in RollupRebuild.objects.filter(marked_at__isnull=True).order_by("id"):
        mark_rebuild(rebuild)


def mark_rebuild(rebuild: RollupRebuild) -> None:
    """Mark the slices of a rebuild; once more does no harm."""
    living = Project.objects.living().order_by("id").values_list("id", flat=True)
    projects = [rebuild.project_id] if rebuild.project_id else list(living)
    now = timezone.now()
    with connection.cursor() as cursor:
        rebuild.slices = 0
        for project_id in projects:
            cursor.execute(MARK_SQL, {**_range(rebuild), "project_id": project_id, "now": now})
            rebuild.slices += cursor.rowcount
    rebuild.marked_at = now
    rebuild.save()


def slices_left(rebuild: RollupRebuild) -> int | None:
    """Return how many of a rebuild's slices are still to be recomputed; None: not even marked yet."""
    if rebuild.marked_at is None:
        return None
    values = {**_range(rebuild), "project_id": rebuild.project_id, "marked_at": rebuild.marked_at}
    with connection.cursor() as cursor:
        cursor.execute(LEFT_SQL, values)
        return int(cursor.fetchone()[0])


def _range(rebuild: RollupRebuild) -> dict[str, Any]:
    return {"since": rebuild.since or EVER[0], "until": rebuild.until or EVER[1]}
