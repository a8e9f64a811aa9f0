"""Named values in, rows with bars out: the largest is the full width, None has no bar."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.charts.units import Number, Unit, exact_column

WIDTH = 1000
LEAST = 4
"""Units that are still seen where a value is small but not nothing."""


@dataclass(frozen=True, slots=True)
class Item:
    """A name with its value; `note` stands beside it, `tone` names its colour."""

    name: str
    value: Number | None
    href: str = ""
    note: str = ""
    tone: str = "s1"


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    width: int
    value: str
    share: str
    href: str
    note: str
    tone: str


@dataclass(frozen=True, slots=True)
class BarChart:
    bars: list[Bar]
    width: int = WIDTH

    @property
    def is_empty(self) -> bool:
        return not self.bars


def draw_bars(items: Sequence[Item], unit: Unit, *, whole: Number | None = None) -> BarChart:
    """Draw bars in the order given; with `whole` each tells its share of it."""
    high = max((abs(float(item.value)) for item in items if item.value is not None), default=0.0)
    shown = exact_column([item.value for item in items], unit)
    return BarChart([_bar(item, text, high, whole) for item, text in zip(items, shown, strict=True)])


def _bar(item: Item, text: str, high: float, whole: Number | None) -> Bar:
    value = abs(float(item.value)) if item.value is not None else 0.0
    width = max(round(WIDTH * value / high), LEAST) if value and high else 0
    share = f"{_per_cent(float(item.value) / float(whole))} %" if whole and item.value is not None else ""
    return Bar(item.name, width, text, share, item.href, item.note, item.tone)


def _per_cent(share: float) -> str:
    if 0 < share < 0.01:
        return "< 1"
    if 0.99 < share < 1:
        return "> 99"
    return f"{share * 100:.0f}"
