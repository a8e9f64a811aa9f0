"""What tests of rollups do over and over: refresh until nothing is left, compare with the rows."""

from datetime import datetime, timedelta

from analytics.models import RollupPending
from analytics.rollups.levels import Level, oldest_slice
from analytics.rollups.refresh import refresh_project
from tests.analytics.rollups.oracle import Rollups, expected, stored
from tests.tracing.factories import NOON
from tracing.models import DirtySlice

LATER = NOON + timedelta(hours=20)
"""The day of NOON is over, its slices are kept."""
LIMIT = 7
"""Fewer than most tests have marks, so that a refresh takes several portions."""


def refresh(project_id: str, *, now: datetime = LATER, limit: int = LIMIT) -> None:
    """Refresh and merge all there is."""
    while refresh_project(project_id, now=now, limit=limit, patience=None):
        pass


def difference(project_id: str, *, now: datetime = LATER) -> dict[str, dict[str, Rollups]]:
    """Return what differs from an aggregate of the rows, by level and table; nothing may be dirty or pending."""
    assert not DirtySlice.objects.filter(project_id=project_id).exists()
    pending = RollupPending.objects.filter(project_id=project_id)
    assert all(row.start + Level(row.level).width > now for row in pending)
    found = {}
    for level in Level:
        due, have = _complete(expected(project_id, level), level, now), stored(project_id, level)
        tables = {
            f"{name} {which}": {g: m for g, m in one[name].items() if other[name].get(g) != m}
            for name in due
            for which, one, other in (("expected", due, have), ("stored", have, due))
        }
        found[level.name] = {name: rows for name, rows in tables.items() if rows}
    return {level: tables for level, tables in found.items() if tables}


def _complete(rollups: dict[str, Rollups], level: Level, now: datetime) -> dict[str, Rollups]:
    """Leave out slices that are dropped, hours and days that are not over."""

    def is_kept(start: datetime) -> bool:
        return start >= oldest_slice(now) if level is Level.SLICE else start + level.width <= now

    return {name: {g: m for g, m in rows.items() if is_kept(g[0])} for name, rows in rollups.items()}
