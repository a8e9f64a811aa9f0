"""Bins in, the geometry of a histogram out: columns on one axis of values."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.charts.plane import HEIGHT, WIDTH, Mark, Scale, Spot, label_width
from analytics.charts.ticks import value_ticks
from analytics.charts.units import Unit, axis_labels, exact

EDGE_LABELS = 6


@dataclass(frozen=True, slots=True)
class Bin:
    lower: float
    upper: float
    count: float
    href: str = ""


@dataclass(frozen=True, slots=True)
class Histogram:
    width: int
    height: int
    fill: str
    spots: list[Spot]
    values: list[Mark]
    edges: list[Mark]
    label_width: int
    summary: str
    is_empty: bool


def draw_histogram(bins: Sequence[Bin], unit: Unit) -> Histogram:
    """Draw bins of one width side by side, with the edges of some of them named in `unit`."""
    ticks = value_ticks(0.0, max((one.count for one in bins), default=0.0), Unit.COUNT)
    scale = Scale(ticks[0], ticks[-1], len(bins))
    labels = axis_labels(ticks, Unit.COUNT)
    total = sum(one.count for one in bins)
    return Histogram(
        width=WIDTH,
        height=HEIGHT,
        fill="".join(_column(scale, i, one.count) for i, one in enumerate(bins) if one.count),
        spots=[
            Spot(scale.x(i), scale.x(1), f"{_span(one, unit)}\n{exact(one.count, Unit.COUNT)}", one.href)
            for i, one in enumerate(bins)
        ],
        values=[Mark(scale.y(tick), label) for tick, label in zip(ticks, labels, strict=True)],
        edges=_edges(bins, unit),
        label_width=label_width(labels),
        summary=f"{exact(total, Unit.COUNT)} values in {len(bins)} bins" if total else "No values",
        is_empty=not total,
    )


def _column(scale: Scale, index: int, count: float) -> str:
    left, width = scale.x(index + 0.04), scale.x(0.92)
    return f"M{left} {scale.y(0)}V{scale.y(count)}h{width}V{scale.y(0)}Z"


def _span(one: Bin, unit: Unit) -> str:
    if one.lower == one.upper:
        return exact(one.lower, unit)
    return f"{exact(one.lower, unit)} – {exact(one.upper, unit)}"


def _edges(bins: Sequence[Bin], unit: Unit) -> list[Mark]:
    if not bins:
        return []
    every = -(-len(bins) // EDGE_LABELS)
    edges = [*(one.lower for one in bins), bins[-1].upper]
    return [
        Mark(round(100 * i / len(bins), 2), exact(edges[i], unit), is_spare=i // every % 2 == 1)
        for i in range(0, len(edges), every)
    ]
