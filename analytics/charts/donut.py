"""Named values in, the slices of a ring out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analytics.charts.bars import Item
from analytics.charts.series import Key
from analytics.charts.units import Unit, exact, exact_column

OUTER, INNER, CENTRE = 78.0, 50.0, 80.0


@dataclass(frozen=True, slots=True)
class Slice:
    path: str
    tone: str
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Donut:
    slices: list[Slice]
    keys: list[Key]
    whole: str
    size: int = int(2 * CENTRE)

    @property
    def is_empty(self) -> bool:
        return not self.slices


def draw_donut(items: Sequence[Item], unit: Unit) -> Donut:
    """Draw positive values as parts of their sum."""
    shown = [(item, float(item.value)) for item in items if item.value is not None and item.value > 0]
    whole = sum(value for _, value in shown)
    slices, turned = [], 0.0
    for item, value in shown:
        share = value / whole
        title = f"{item.name}\n{exact(item.value, unit)} ({share * 100:.1f} %)"
        slices.append(Slice(_arc(turned, min(share, 0.99999)), item.tone, title, item.href))
        turned += share
    totals = exact_column([item.value for item, _ in shown], unit)
    keys = [Key(item.name, item.tone, total) for (item, _), total in zip(shown, totals, strict=True)]
    return Donut(slices, keys, exact(whole, unit))


def _arc(start: float, share: float) -> str:
    first, last = start, start + share
    large = 1 if share > 0.5 else 0
    a, b = _point(first, OUTER), _point(last, OUTER)
    c, d = _point(last, INNER), _point(first, INNER)
    return f"M{a}A{OUTER} {OUTER} 0 {large} 1 {b}L{c}A{INNER} {INNER} 0 {large} 0 {d}Z"


def _point(turn: float, radius: float) -> str:
    angle = 2 * math.pi * turn
    return f"{CENTRE + radius * math.sin(angle):.2f} {CENTRE - radius * math.cos(angle):.2f}"
