"""Rows of a tree in; the same with bars on one time axis of the whole trace out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracing.queries.screens import Node, TreeRow

UNITS = 1_000
LEAST_WIDTH = 12
"""What a moment is drawn as, so that it can be seen."""


@dataclass(frozen=True, slots=True)
class DrawnRow:
    node: Node
    depth: int
    duration: timedelta | None
    bar_start: int
    bar_width: int


def on_axis(rows: Sequence[TreeRow], *, begin: datetime | None, end: datetime | None) -> list[DrawnRow]:
    """Place each row between the begin and the end of the trace, in thousandths."""
    if begin is None:
        return [DrawnRow(row.node, row.depth, row.duration, 0, 0) for row in rows]
    starts = max((row.node.start_time for row in rows), default=begin)
    whole = (max(end or starts, starts) - begin).total_seconds() or 1.0
    return [_drawn(row, begin, whole) for row in rows]


def _drawn(row: TreeRow, begin: datetime, whole: float) -> DrawnRow:
    offset = (row.node.start_time - begin).total_seconds() / whole
    share = row.duration.total_seconds() / whole if row.duration else 0.0
    start = min(max(round(offset * UNITS), 0), UNITS - LEAST_WIDTH)
    width = min(max(round(share * UNITS), LEAST_WIDTH), UNITS - start)
    return DrawnRow(row.node, row.depth, row.duration, start, width)
