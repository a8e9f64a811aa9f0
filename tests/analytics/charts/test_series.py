"""Values over time in, lines with gaps, stacks and places to point at out."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics.charts.bars import Item, draw_bars
from analytics.charts.cards import Better, compare, draw_card, draw_spark
from analytics.charts.donut import draw_donut
from analytics.charts.histogram import Bin, draw_histogram
from analytics.charts.series import Form, Series, SeriesChart, TimeAxis, draw_series, span_label
from analytics.charts.units import Unit

UTC_ZONE = ZoneInfo("UTC")
NIGHT = datetime(2026, 11, 21, tzinfo=UTC)


def axis(count: int, step: timedelta = timedelta(hours=1)) -> TimeAxis:
    return TimeAxis([NIGHT + step * i for i in range(count)], NIGHT + step * count, UTC_ZONE)


def draw(*rows: list[float | None], form: Form = Form.LINE) -> SeriesChart:
    series = [Series(f"n{i}", values, f"s{i}") for i, values in enumerate(rows)]
    return draw_series(axis(len(rows[0])), series, Unit.COUNT, form=form)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([0, 4], "M250.0 168.0L750.0 6.0"),
        ([None, 4], "M750.0 6.0m-2 0h4"),
        ([4, None, 0, 4], "M125.0 6.0m-2 0h4M625.0 168.0L875.0 6.0"),
        ([None, None], ""),
    ],
)
def test_lines_break_at_gaps(values: list[float | None], line: str) -> None:
    assert draw(values).strokes[0].line == line


def test_bars_stand_upon_each_other_and_nothing_is_no_bar() -> None:
    chart = draw([2, 0], [2, 4], form=Form.BARS)
    below, above = (stroke.fill for stroke in chart.strokes)
    assert below == "M55.0 168.0V87.0h390.0V168.0Z"
    assert above == "M55.0 87.0V6.0h390.0V87.0ZM555.0 168.0V6.0h390.0V168.0Z"
    assert [key.total for key in chart.keys] == ["2", "6"]


def test_areas_are_closed_and_have_gaps_where_nothing_is_known() -> None:
    chart = draw([1, None, 1], [3, None, None], form=Form.AREA)
    assert [stroke.fill.count("Z") for stroke in chart.strokes] == [2, 2]
    assert chart.strokes[1].line.startswith("M166.67 6.0")


def test_spots_cover_the_plot_and_say_what_is_there() -> None:
    chart = draw([1, None], [2_500, None])
    assert [(spot.x, spot.width) for spot in chart.spots] == [(0.0, 500.0), (500.0, 500.0)]
    assert chart.spots[0].title.split("\n") == ["Nov 21, 00:00 – 01:00", "n0: 1", "n1: 2,500"]
    assert chart.spots[1].title.endswith("nothing")


def test_a_chart_tells_its_text() -> None:
    assert draw([1, 3, 2]).summary == "Nov 21, 00:00 – 03:00; n0: at most 3, Nov 21, 01:00 – 02:00"
    assert draw([None]).summary.endswith("no data")


@pytest.mark.parametrize(
    ("rows", "form", "is_empty"),
    [
        ([[0, 0]], Form.BARS, True),
        ([[0, 0]], Form.LINE, False),
        ([[None]], Form.LINE, True),
        ([[0, 1]], Form.BARS, False),
    ],
)
def test_what_is_empty(rows: list[list[float | None]], form: Form, is_empty: bool) -> None:
    assert draw(*rows, form=form).is_empty is is_empty


@pytest.mark.parametrize(
    ("start", "length", "zone", "label"),
    [
        (NIGHT, timedelta(days=1), "UTC", "Sat, Nov 21, 2026"),
        (NIGHT, timedelta(days=7), "UTC", "Nov 21 – Nov 27, 2026"),
        (NIGHT, timedelta(hours=6), "UTC", "Nov 21, 00:00 – 06:00"),
        (NIGHT + timedelta(hours=18), timedelta(hours=6), "UTC", "Nov 21, 18:00 – 00:00"),
        (NIGHT + timedelta(hours=18), timedelta(hours=9), "UTC", "Nov 21, 18:00 – Nov 22, 03:00"),
        (NIGHT, timedelta(minutes=1), "Asia/Kolkata", "Nov 21, 05:30 – 05:31"),
        (datetime(2026, 3, 28, 23, tzinfo=UTC), timedelta(hours=23), "Europe/Berlin", "Sun, Mar 29, 2026"),
    ],
)
def test_spans(start: datetime, length: timedelta, zone: str, label: str) -> None:
    assert span_label(start, start + length, ZoneInfo(zone)) == label


@pytest.mark.parametrize(
    ("value", "high", "width"),
    [(50, 100, 500), (0, 100, 0), (0.001, 100, 4), (None, 100, 0), (100, 100, 1000)],
)
def test_bars_are_as_wide_as_their_share_of_the_largest(value: float | None, high: float, width: int) -> None:
    chart = draw_bars([Item("a", value), Item("b", high)], Unit.COUNT, whole=200)
    assert chart.bars[0].width == width
    assert chart.bars[1].share == "50 %"


@pytest.mark.parametrize(
    ("now", "before", "better", "text", "tone"),
    [
        (110, 100, Better.NEITHER, "10 %", ""),
        (103, 100, Better.LOWER, "3.0 %", "bad"),
        (80, 100, Better.LOWER, "20 %", "good"),
        (80, 100, Better.HIGHER, "20 %", "bad"),
        (5, 0, Better.LOWER, "new", "bad"),
        (1_300, 100, Better.NEITHER, "13×", ""),
        (100, 100, Better.LOWER, "no change", ""),
    ],
)
def test_changes(now: float, before: float, better: Better, text: str, tone: str) -> None:
    change = compare(now, before, better)
    assert change and (change.text, change.tone) == (text, tone)


@pytest.mark.parametrize(("now", "before"), [(None, 1), (1, None), (0, 0), (None, None)])
def test_nothing_to_compare(now: float | None, before: float | None) -> None:
    assert compare(now, before, Better.NEITHER) is None


def test_a_card_and_its_spark() -> None:
    card = draw_card("Cost", 12.4, 10, Unit.MONEY, trend=[1, None, 2, 2])
    assert (card.value, card.before) == ("$12.40", "$10.00")
    assert card.spark and card.spark.line == "M0.0 14.0m-1 0h2M80.0 2.0L120.0 2.0"
    assert draw_card("Cost", 0, 0, Unit.MONEY, trend=[0, 0]).spark is None
    assert draw_spark([]).line == ""


def test_a_histogram() -> None:
    chart = draw_histogram([Bin(0, 0.5, 3), Bin(0.5, 1, 0), Bin(1, 1.5, 1)], Unit.NUMBER)
    assert chart.fill.count("Z") == 2
    assert [mark.label for mark in chart.edges] == ["0", "0.5", "1", "1.5"]
    assert chart.spots[0].title == "0 – 0.5\n3"
    assert draw_histogram([], Unit.NUMBER).is_empty


def test_a_donut_of_one_and_of_two() -> None:
    one = draw_donut([Item("a", 3), Item("none", 0), Item("lost", None)], Unit.COUNT)
    assert len(one.slices) == 1 and one.whole == "3"
    two = draw_donut([Item("a", 3), Item("b", 1)], Unit.COUNT)
    assert [part.title for part in two.slices] == ["a\n3 (75.0 %)", "b\n1 (25.0 %)"]
