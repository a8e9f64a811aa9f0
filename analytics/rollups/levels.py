"""The grains of time that rollups are kept in; plain Python."""

from datetime import datetime, timedelta
from enum import IntEnum

from langfuse_site.lib.times import EPOCH

SLICE = timedelta(minutes=1)
"""As `tracing.store.dirty` marks them."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

SLICES_KEPT = timedelta(days=3)
"""Slices of an hour that ended longer ago are dropped; what is late for it makes the hour anew from the rows."""


class Level(IntEnum):
    SLICE = 0
    HOUR = 1
    DAY = 2

    @property
    def width(self) -> timedelta:
        return WIDTHS[self]


WIDTHS = {Level.SLICE: SLICE, Level.HOUR: HOUR, Level.DAY: DAY}


def floor(moment: datetime, width: timedelta) -> datetime:
    """Return the start of the slice, hour or day (UTC) that a moment lies in."""
    return moment - (moment - EPOCH) % width


def ceiling(moment: datetime, width: timedelta) -> datetime:
    """Return the first start of a slice, hour or day that is not before the moment."""
    return moment + (EPOCH - moment) % width


def oldest_slice(now: datetime) -> datetime:
    """Return the start of the first hour whose slices are kept."""
    return ceiling(now - SLICES_KEPT, HOUR)
