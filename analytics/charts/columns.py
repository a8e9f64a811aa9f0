"""Named values in, the geometry of columns side by side out."""

from collections.abc import Sequence

from analytics.charts.bars import Item
from analytics.charts.histogram import Histogram
from analytics.charts.plane import HEIGHT, WIDTH, Mark, Scale, Spot, label_width
from analytics.charts.ticks import value_ticks
from analytics.charts.units import Unit, axis_labels, exact

MOST = 40
NAMED = 10
"""Up to so many columns have their names below; of more, some do."""
FEW = 4
NAME_LENGTH = 16


def draw_columns(items: Sequence[Item], unit: Unit) -> Histogram:
    shown = [(item, float(item.value or 0)) for item in items[:MOST]]
    ticks = value_ticks(
        min((value for _, value in shown), default=0.0), max((value for _, value in shown), default=0.0), unit
    )
    scale = Scale(ticks[0], ticks[-1], len(shown))
    labels = axis_labels(ticks, unit)
    every = -(-len(shown) // NAMED) or 1
    return Histogram(
        width=WIDTH,
        height=HEIGHT,
        fill="".join(_column(scale, index, value) for index, (_, value) in enumerate(shown) if value),
        spots=[
            Spot(scale.x(index), scale.x(1), f"{item.name}\n{exact(item.value, unit)}", item.href)
            for index, (item, _) in enumerate(shown)
        ],
        values=[Mark(scale.y(tick), label) for tick, label in zip(ticks, labels, strict=True)],
        edges=[
            Mark(
                round(100 * (index + 0.5) / len(shown), 2), _cut(item.name), is_spare=index // every % 2 == 1
            )
            for index, (item, _) in enumerate(shown)
            if index % every == 0
        ],
        label_width=label_width(labels),
        summary="; ".join(f"{item.name}: {exact(item.value, unit)}" for item, _ in shown) or "No values",
        is_empty=not any(value for _, value in shown),
    )


def _column(scale: Scale, index: int, value: float) -> str:
    left, width = scale.x(index + 0.18), scale.x(0.64)
    return f"M{left} {scale.y(0)}V{scale.y(value)}h{width}V{scale.y(0)}Z"


def _cut(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…"
