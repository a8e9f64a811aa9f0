"""Values over time in, the geometry of lines, areas or stacked bars out.

Labels stand beside the plot, where they are not stretched. A value of None is a gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import groupby
from zoneinfo import ZoneInfo

from analytics.charts.plane import HEIGHT, WIDTH, Mark, Scale, Spot, label_width
from analytics.charts.ticks import time_ticks, value_ticks
from analytics.charts.units import Number, Unit, axis_labels, exact, short

BAR_SHARE = 0.78


class Form(Enum):
    LINE = "line"
    AREA = "area"
    BARS = "bars"


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Buckets of time: where each starts, where the last ends, and the zone that people read them in."""

    starts: Sequence[datetime]
    end: datetime
    zone: ZoneInfo

    def ends(self) -> list[datetime]:
        return [*self.starts[1:], self.end]


@dataclass(frozen=True, slots=True)
class Series:
    """A value for each bucket; `tone` names its colour."""

    name: str
    values: Sequence[Number | None]
    tone: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """One series as it is drawn: a path to fill, and one to stroke (its dots are points between gaps)."""

    name: str
    tone: str
    fill: str
    line: str


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of the legend."""

    name: str
    tone: str
    total: str


@dataclass(frozen=True, slots=True)
class SeriesChart:
    form: str
    width: int
    height: int
    strokes: list[Stroke]
    spots: list[Spot]
    values: list[Mark]
    times: list[Mark]
    keys: list[Key]
    label_width: int
    summary: str
    is_empty: bool


def draw_series(
    axis: TimeAxis,
    series: Sequence[Series],
    unit: Unit,
    *,
    form: Form,
    links: Sequence[str] = (),
    totals: Sequence[str] = (),
) -> SeriesChart:
    """Draw series: lines as they are, areas and bars upon each other; `links` has an address for each bucket.

    `totals` stand in the legend; without them the sums do, where values can be added up.
    """
    is_stacked = form is not Form.LINE
    numbers = [[None if v is None else float(v) for v in one.values] for one in series]
    tops = _stacked(numbers) if is_stacked else numbers
    known = [value for row in tops for value in row if value is not None]
    ticks = value_ticks(min(known, default=0.0), max(known, default=0.0), unit)
    scale = Scale(ticks[0], ticks[-1], len(axis.starts))
    draw = _bars if form is Form.BARS else _lines
    strokes = [
        Stroke(one.name, one.tone, *draw(scale, tops, index, form)) for index, one in enumerate(series)
    ]
    labels = axis_labels(ticks, unit)
    return SeriesChart(
        form=form.value,
        width=WIDTH,
        height=HEIGHT,
        strokes=strokes,
        spots=_spots(axis, series, unit, links),
        values=[Mark(scale.y(tick), label) for tick, label in zip(ticks, labels, strict=True)],
        times=_times(axis),
        keys=_keys(series, unit, totals, is_stacked=is_stacked),
        label_width=label_width(labels),
        summary=_summary(axis, series, unit),
        is_empty=not any(known) if is_stacked else not known,
    )


def _stacked(numbers: Sequence[Sequence[float | None]]) -> list[list[float | None]]:
    """Return the upper edge of each series upon those before it; a gap is where none has a value."""
    if not numbers:
        return []
    sums = [0.0] * len(numbers[0])
    gaps = [all(row[i] is None for row in numbers) for i in range(len(sums))]
    tops: list[list[float | None]] = []
    for row in numbers:
        sums = [below + (value or 0.0) for below, value in zip(sums, row, strict=True)]
        tops.append([None if gap else top for gap, top in zip(gaps, sums, strict=True)])
    return tops


def _lines(scale: Scale, tops: Sequence[Sequence[float | None]], index: int, form: Form) -> tuple[str, str]:
    fill, line = [], []
    below = tops[index - 1] if index else [0.0] * len(tops[index])
    for run in _runs(tops[index]):
        points = [f"{scale.x(i + 0.5)} {scale.y(tops[index][i] or 0.0)}" for i in run]
        line.append(f"M{'L'.join(points)}" if len(points) > 1 else f"M{points[0]}m-2 0h4")
        if form is Form.AREA:
            back = [f"{scale.x(i + 0.5)} {scale.y(below[i] or 0.0)}" for i in reversed(run)]
            fill.append(f"M{'L'.join(points + back)}Z")
    return "".join(fill), "".join(line)


def _bars(scale: Scale, tops: Sequence[Sequence[float | None]], index: int, form: Form) -> tuple[str, str]:
    below = tops[index - 1] if index else [0.0] * len(tops[index])
    width = round(scale.x(1) * BAR_SHARE, 2)
    path = []
    for i, top in enumerate(tops[index]):
        bottom = below[i] or 0.0
        if top is None or top == bottom:
            continue
        left = round(scale.x(i + 0.5) - width / 2, 2)
        path.append(f"M{left} {scale.y(bottom)}V{scale.y(top)}h{width}V{scale.y(bottom)}Z")
    return "".join(path), ""


def _runs(values: Sequence[float | None]) -> list[list[int]]:
    """Return the indexes of values, each run between two gaps by itself."""
    grouped = groupby(range(len(values)), key=lambda i: values[i] is not None)
    return [list(indexes) for is_known, indexes in grouped if is_known]


def _spots(axis: TimeAxis, series: Sequence[Series], unit: Unit, links: Sequence[str]) -> list[Spot]:
    scale = Scale(0.0, 1.0, len(axis.starts))
    width = scale.x(1)
    ends = axis.ends()
    spots = []
    for i, start in enumerate(axis.starts):
        values = [(one.name, one.values[i]) for one in series if one.values[i] is not None]
        shown = [f"{name}: {exact(value, unit)}" for name, value in values if value or len(series) == 1]
        title = "\n".join([span_label(start, ends[i], axis.zone), *(shown or ["nothing"])])
        spots.append(Spot(scale.x(i), width, title, links[i] if links else ""))
    return spots


def _times(axis: TimeAxis) -> list[Mark]:
    count = max(len(axis.starts), 1)
    ticks = time_ticks(axis.starts, axis.zone)
    return [
        Mark(round(100 * (tick.index + 0.5) / count, 2), tick.label, is_spare=number % 2 == 1)
        for number, tick in enumerate(ticks)
    ]


def _keys(series: Sequence[Series], unit: Unit, totals: Sequence[str], *, is_stacked: bool) -> list[Key]:
    if totals:
        return [Key(one.name, one.tone, total) for one, total in zip(series, totals, strict=True)]
    sums = [
        short(sum(value for value in one.values if value is not None), unit) if is_stacked else ""
        for one in series
    ]
    return [Key(one.name, one.tone, total) for one, total in zip(series, sums, strict=True)]


def _summary(axis: TimeAxis, series: Sequence[Series], unit: Unit) -> str:
    if not axis.starts:
        return "Nothing to show"
    parts = [span_label(axis.starts[0], axis.end, axis.zone)]
    for one in series:
        known = [(value, i) for i, value in enumerate(one.values) if value is not None]
        if not known:
            continue
        highest, index = max(known)
        at = span_label(axis.starts[index], axis.ends()[index], axis.zone)
        parts.append(f"{one.name}: at most {exact(highest, unit)}, {at}")
    return "; ".join(parts) if len(parts) > 1 else f"{parts[0]}: no data"


def span_label(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Return a stretch of time as people say it: a day by its date, shorter ones by their hours."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if first.time() == last.time() == datetime.min.time():
        final = last - timedelta(days=1)
        if final.date() <= first.date():
            return f"{first:%a}, {first:%b} {first.day}, {first:%Y}"
        return f"{first:%b} {first.day} – {final:%b} {final.day}, {final:%Y}"
    until = f"{last:%H:%M}"
    if last.date() != first.date() and not (
        last.hour == last.minute == 0 and end - start <= timedelta(days=1)
    ):
        until = f"{last:%b} {last.day}, {last:%H:%M}"
    return f"{first:%b} {first.day}, {first:%H:%M} – {until}"
