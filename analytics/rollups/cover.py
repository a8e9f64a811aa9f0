"""A stretch of time in, the days, hours and slices that make it up out, and what has to be read from the rows.

Plain Python over what `analytics.rollups.read` has found: an hour or day that is not merged is taken in parts.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from analytics.rollups.levels import DAY, HOUR, Level, ceiling, floor


@dataclass(frozen=True, slots=True)
class Piece:
    """Rollups of one level, or rows where there is no level, from `start` to before `end`."""

    level: Level | None
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Gaps:
    """What of a project's rollups can't be read, each in order."""

    days: Sequence[datetime] = ()
    hours: Sequence[datetime] = ()
    """Days and hours that are not merged."""
    stale: Sequence[datetime] = ()
    """Slices that are to be read from the rows, though they may have been recomputed once."""
    oldest_slice: datetime = field(default=datetime.max)
    """Hours before this one have no slices any more, but those that are not merged."""


def cover(
    start: datetime, end: datetime, gaps: Gaps, *, edges: Iterable[datetime] = (), grain: Level = Level.DAY
) -> list[Piece]:
    """Return pieces, in order, of the largest levels up to `grain` that lie between two edges."""
    cuts = [start, *sorted({edge for edge in edges if start < edge < end}), end]
    chooser = _Chooser(gaps)
    found: list[Piece] = []
    for since, until in zip(cuts, cuts[1:], strict=False):
        for piece in chooser.pieces(since, until, grain) if grain else chooser.slices(since, until):
            last = found[-1] if found else None
            if last is not None and (last.level, last.end) == (piece.level, piece.start):
                found[-1] = Piece(piece.level, last.start, piece.end)
            else:
                found.append(piece)
    return found


class _Chooser:
    def __init__(self, gaps: Gaps) -> None:
        stale_hours = {floor(moment, HOUR) for moment in gaps.stale}
        stale_days = {floor(moment, DAY) for moment in gaps.stale}
        self._unusable = {
            Level.DAY: sorted(stale_days | set(gaps.days)),
            Level.HOUR: sorted(stale_hours | set(gaps.hours)),
            Level.SLICE: sorted(gaps.stale),
        }
        self._unmerged = set(gaps.hours)
        self._oldest_slice = gaps.oldest_slice

    def pieces(self, start: datetime, end: datetime, level: Level) -> Iterator[Piece]:
        """Yield pieces of this level and, where it can't be read or has no place, of the lower ones."""
        width = level.width
        first, last = ceiling(start, width), floor(end, width)
        if first >= last:
            yield from self._parts(start, end, level)
            return
        yield from self._parts(start, first, level)
        for since, until in self._runs(first, last, level):
            if since < until:
                yield Piece(level, since, until)
            if until < last:
                yield from self._parts(until, until + width, level)
        yield from self._parts(last, end, level)

    def slices(self, start: datetime, end: datetime) -> Iterator[Piece]:
        """Yield slices where they are kept, whole hours or not."""
        while start < end:
            until = min(floor(start, HOUR) + HOUR, end)
            yield from self._parts(start, until, Level.HOUR)
            start = until

    def _runs(self, first: datetime, last: datetime, level: Level) -> Iterator[tuple[datetime, datetime]]:
        """Yield what lies between the units that can't be read, even where that is nothing."""
        unusable = self._unusable[level]
        within = unusable[bisect_left(unusable, first) : bisect_left(unusable, last)]
        starts = [first, *(unit + level.width for unit in within)]
        yield from zip(starts, [*within, last], strict=True)

    def _parts(self, start: datetime, end: datetime, level: Level) -> Iterator[Piece]:
        if start >= end:
            return
        if level is Level.SLICE or not self._has_slices(start, level):
            yield Piece(None, start, end)
            return
        yield from self.pieces(start, end, Level(level - 1))

    def _has_slices(self, start: datetime, level: Level) -> bool:
        """Say whether the slices are kept of an hour that is to be taken in parts; larger parts always are."""
        if level is not Level.HOUR:
            return True
        return start >= self._oldest_slice or floor(start, HOUR) in self._unmerged
