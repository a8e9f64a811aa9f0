"""Hours and days that are not merged: noted when their parts change, merged when they are over and quiet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from analytics.rollups.levels import Level

NOTE_SQL = """
    insert into rollup_pending (project_id, level, start, since, touched_at)
    select %(project_id)s, %(level)s, start, %(now)s, %(now)s from unnest(%(starts)s::timestamptz[]) as touched (start)
    order by start
    on conflict (project_id, level, start) do update set touched_at = excluded.touched_at
"""
# A day waits for its hours.
DUE_SQL = """
    select start from rollup_pending p
    where project_id = %(project_id)s and level = %(level)s and start + %(width)s::interval <= %(now)s
        and (touched_at <= %(quiet_before)s or since <= %(since_before)s)
        and not exists (
            select from rollup_pending part
            where part.project_id = p.project_id and part.level = %(parts)s and part.level > 0
                and part.start >= p.start and part.start < p.start + %(width)s::interval
        )
    order by start limit %(limit)s
"""
CLEAR_SQL = """
    delete from rollup_pending
    where project_id = %(project_id)s and level = %(level)s and start = any(%(starts)s)
"""


def note_pending(project_id: str, level: Level, starts: Sequence[datetime], *, now: datetime) -> None:
    """Note that these hours or days no longer agree with their parts."""
    values: dict[str, Any] = {
        "project_id": project_id,
        "level": int(level),
        "starts": list(starts),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(NOTE_SQL, values)


def due_for_merge(
    project_id: str,
    level: Level,
    *,
    now: datetime,
    quiet_before: datetime,
    since_before: datetime,
    limit: int,
) -> list[datetime]:
    """Return hours or days that are over, and quiet or waiting for long; the oldest first."""
    values: dict[str, Any] = {
        "project_id": project_id,
        "level": int(level),
        "parts": level - 1,
        "width": level.width,
        "now": now,
        "quiet_before": quiet_before,
        "since_before": since_before,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(DUE_SQL, values)
        return [start for (start,) in cursor.fetchall()]


def clear_pending(project_id: str, level: Level, starts: Sequence[datetime]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(CLEAR_SQL, {"project_id": project_id, "level": int(level), "starts": list(starts)})
