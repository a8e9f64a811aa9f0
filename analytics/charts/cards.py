"""A number and the one before it in, a card out: the value, the change, whether that is good, and a sparkline."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from analytics.charts.units import Number, Unit, exact, short_pair

SPARK_WIDTH, SPARK_HEIGHT = 120, 28


class Better(Enum):
    """Which way a number should go, where it should."""

    LOWER = -1
    NEITHER = 0
    HIGHER = 1


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a number: `tone` is good, bad or empty."""

    text: str
    direction: str
    tone: str


@dataclass(frozen=True, slots=True)
class Spark:
    width: int
    height: int
    line: str
    fill: str


@dataclass(frozen=True, slots=True)
class Card:
    title: str
    value: str
    exact: str
    before: str
    change: Change | None
    spark: Spark | None
    href: str
    tone: str


def draw_card(
    title: str,
    now: Number | None,
    before: Number | None,
    unit: Unit,
    *,
    better: Better = Better.NEITHER,
    trend: Sequence[Number | None] = (),
    href: str = "",
    tone: str = "s1",
) -> Card:
    value, value_before = short_pair(now, before, unit)
    return Card(
        title=title,
        value=value,
        exact=exact(now, unit),
        before=value_before,
        change=compare(now, before, better),
        spark=draw_spark(trend) if any(trend) else None,
        href=href,
        tone=tone,
    )


def compare(now: Number | None, before: Number | None, better: Better) -> Change | None:
    """Return by how much a number changed; None where there is nothing to compare."""
    if now is None or before is None or (not now and not before):
        return None
    difference = float(now) - float(before)
    if not before:
        return Change("new", "up", _tone(difference, better))
    share = difference / abs(float(before))
    if abs(share) < 0.0005:
        return Change("no change", "", "")
    text = (
        f"{abs(share) * 100:.{1 if abs(share) < 0.1 else 0}f} %" if abs(share) < 10 else f"{share + 1:,.0f}×"
    )
    return Change(text, "up" if difference > 0 else "down", _tone(difference, better))


def _tone(difference: float, better: Better) -> str:
    if better is Better.NEITHER:
        return ""
    return "good" if (difference > 0) == (better is Better.HIGHER) else "bad"


def draw_spark(values: Sequence[Number | None]) -> Spark:
    """Draw a line without axes, from 0 to its highest value; gaps stay gaps."""
    numbers = [None if value is None else float(value) for value in values]
    high = max((abs(number) for number in numbers if number is not None), default=0.0) or 1.0
    step = SPARK_WIDTH / max(len(numbers) - 1, 1)
    line, fill = [], []
    for is_known, run in groupby(enumerate(numbers), key=lambda pair: pair[1] is not None):
        if not is_known:
            continue
        points = [(round(i * step, 1), _height(number or 0.0, high)) for i, number in run]
        path = "L".join(f"{x} {y}" for x, y in points)
        line.append(f"M{path}" if len(points) > 1 else f"M{path}m-1 0h2")
        fill.append(f"M{points[0][0]} {SPARK_HEIGHT}L{path}V{SPARK_HEIGHT}Z")
    return Spark(SPARK_WIDTH, SPARK_HEIGHT, "".join(line), "".join(fill))


def _height(number: float, high: float) -> float:
    return round(2 + (SPARK_HEIGHT - 4) * (1 - max(number, 0.0) / high), 1)
