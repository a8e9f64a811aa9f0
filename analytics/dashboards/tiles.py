"""Sums and percentiles in; the cards and tiles of a dashboard out, each point with the address behind it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from analytics.charts.bars import BarChart, Item, draw_bars
from analytics.charts.cards import Card
from analytics.charts.donut import Donut
from analytics.charts.histogram import Histogram
from analytics.charts.series import Form, Series, SeriesChart, draw_series
from analytics.charts.units import Unit, exact, short
from analytics.dashboards.figures import Groups, Key, Ranking, Sums
from analytics.dashboards.percentiles import Quantiles
from analytics.dashboards.ranges import Range

TONES = ("s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8")
MOST_SERIES = 6
NOTHING = "Nothing in this range."
SHOWN_QUANTILES = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))


class Links(Protocol):
    """Where the rows behind numbers are."""

    def bucket(self, index: int, **filters: str) -> str:
        """Return the address of what is behind one bucket; filters are those of the list of traces."""

    def whole(self, **filters: str) -> str:
        """Return the address of what is behind the whole range."""

    def between(self, start: datetime, end: datetime) -> str:
        """Return the address of what is behind any stretch of time."""


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    href: str = ""
    is_number: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    heads: list[str]
    rows: list[list[Cell]]

    @property
    def columns(self) -> list[Cell]:
        """Return the heads, each on the side of what stands below it."""
        first = self.rows[0] if self.rows else []
        return [Cell(head, is_number=cell.is_number) for head, cell in zip(self.heads, first, strict=False)]

    @property
    def is_empty(self) -> bool:
        return not self.rows


@dataclass(frozen=True, slots=True)
class BigNumber:
    value: str
    exact: str
    is_empty: bool = False


Chart = SeriesChart | BarChart | Histogram | Donut | Table | BigNumber

TEMPLATES: dict[type, str] = {
    SeriesChart: "analytics/_series.html",
    BarChart: "analytics/_bars.html",
    Histogram: "analytics/_histogram.html",
    Donut: "analytics/_donut.html",
    Table: "analytics/_table.html",
    BigNumber: "analytics/_number.html",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """A chart with its title; `size` is half, third, two-thirds or whole, `nothing` what an empty one says."""

    title: str
    chart: Chart
    size: str = "half"
    figure: str = ""
    nothing: str = NOTHING
    anchor: str = ""

    @property
    def template(self) -> str:
        return TEMPLATES[type(self.chart)]


@dataclass(frozen=True, slots=True)
class Board:
    cards: list[Card] = field(default_factory=list)
    tiles: list[Tile] = field(default_factory=list)
    is_empty: bool = False
    """Neither this range nor the one before has anything."""


def bucket_links(links: Links, shown: Range, **filters: str) -> list[str]:
    return [links.bucket(index, **filters) for index in range(len(shown.starts))]


def stacked_tile(
    title: str,
    groups: Groups,
    measure: str,
    unit: Unit,
    shown: Range,
    *,
    links: Links,
    name: Callable[[Key], str],
    size: str = "half",
    nothing: str = NOTHING,
) -> Tile:
    """Draw the largest groups of a measure upon each other, the others as one."""
    found = {key: sums[measure] for key, sums in groups.by_key.items() if sums[measure].whole}
    keys = sorted(found, key=lambda key: (-found[key].whole, name(key)))
    series = [
        Series(name(key), found[key].buckets, tone)
        for key, tone in zip(keys[:MOST_SERIES], TONES, strict=False)
    ]
    if rest := keys[MOST_SERIES:]:
        others = groups.add_up(found[key] for key in rest)
        series.append(Series(f"{len(rest)} others", others.buckets, "rest"))
    whole = sum((one.whole for one in found.values()), Decimal(0))
    series = series or [Series("none", [Decimal(0)] * len(shown.starts), "s1")]
    chart = draw_series(shown.axis, series, unit, form=Form.BARS, links=bucket_links(links, shown))
    return Tile(title, chart, size, figure=short(whole, unit), nothing=nothing)


def quantile_tile(
    title: str,
    found: Quantiles | None,
    shown: Range,
    *,
    links: Links,
    size: str = "half",
    nothing: str = NOTHING,
) -> Tile:
    """Draw p50, p95 and p99 over time: a bucket without values is a gap."""
    gaps: list[float | None] = [None] * len(shown.starts)
    series = [
        Series(name, found.series(fraction) if found else gaps, name) for fraction, name in SHOWN_QUANTILES
    ]
    totals = [exact(found.now(fraction), Unit.DURATION) if found else "" for fraction, _ in SHOWN_QUANTILES]
    chart = draw_series(
        shown.axis, series, Unit.DURATION, form=Form.LINE, links=bucket_links(links, shown), totals=totals
    )
    return Tile(title, chart, size, nothing=nothing)


def ranking_tile(
    title: str,
    ranking: Ranking,
    measure: str,
    unit: Unit,
    *,
    whole: Decimal | None,
    name: Callable[[Key], str],
    href: Callable[[Key], str],
    note: Callable[[dict[str, Decimal]], str] = lambda now: "",
    size: str = "third",
    nothing: str = NOTHING,
    tone: str = "s1",
) -> Tile:
    """Draw a ranking as bars; `note` says something of each from its measures."""
    items = [
        Item(name(one.key), one.now[measure], href(one.key), note(one.now), tone) for one in ranking.rows
    ]
    figure = f"{ranking.count:,}" if ranking.count > len(ranking.rows) else ""
    chart = draw_bars(items, unit, whole=whole)
    return Tile(title, chart, size, figure=figure, nothing=nothing)


def quantile_bars(
    title: str,
    found: dict[Key, Quantiles],
    fraction: float,
    *,
    name: Callable[[Key], str],
    href: Callable[[Key], str],
    most: int = 8,
    size: str = "third",
    nothing: str = NOTHING,
) -> Tile:
    """Draw one percentile of the slowest groups as bars."""
    known = [(key, one.now(fraction), one.count) for key, one in found.items()]
    ordered = sorted(
        (one for one in known if one[1] is not None), key=lambda one: (-(one[1] or 0), name(one[0]))
    )
    items = [Item(name(key), value, href(key), f"{count:,} ×") for key, value, count in ordered[:most]]
    return Tile(title, draw_bars(items, Unit.DURATION), size, nothing=nothing)


def ratio(above: Sums, below: Sums) -> tuple[Decimal | None, Decimal | None, list[Decimal | None]]:
    """Return a quotient of sums: of the range, of the range before, and of each bucket; None by nothing."""
    parts = [a / b if b else None for a, b in zip(above.buckets, below.buckets, strict=True)]
    now = above.whole / below.whole if below.whole else None
    return now, above.before / below.before if below.before else None, parts
