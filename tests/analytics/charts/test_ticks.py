"""The ends of an axis in, the places on it that people would choose out."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.charts.ticks import time_ticks, value_ticks
from analytics.charts.units import Unit

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")
NIGHT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("low", "high", "unit", "ticks"),
    [
        (0, 0, Unit.MONEY, [0, 0.5, 1]),
        (0, 0, Unit.COUNT, [0, 1]),
        (0, 3, Unit.COUNT, [0, 1, 2, 3]),
        (0, 7, Unit.COUNT, [0, 2, 4, 6, 8]),
        (0, 1_020, Unit.COUNT, [0, 500, 1000, 1500]),
        (0, 0.00037, Unit.MONEY, [0, 0.0001, 0.0002, 0.0003, 0.0004]),
        (0, 43, Unit.DURATION, [0, 15, 30, 45]),
        (0, 220, Unit.DURATION, [0, 60, 120, 180, 240]),
        (0, 0.37, Unit.DURATION, [0, 0.1, 0.2, 0.3, 0.4]),
        (0, 30_000, Unit.DURATION, [0, 10_800, 21_600, 32_400]),
        (-0.9, 0.6, Unit.NUMBER, [-1, -0.5, 0, 0.5, 1]),
        (3, 5, Unit.NUMBER, [0, 2, 4, 6]),
        (0, 1e-9, Unit.COUNT, [0, 1]),
        (-4, -2, Unit.NUMBER, [-4, -3, -2, -1, 0]),
    ],
)
def test_values(low: float, high: float, unit: Unit, ticks: list[float]) -> None:
    assert value_ticks(low, high, unit) == ticks


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12), st.sampled_from(list(Unit)))
def test_ticks_reach_from_end_to_end_and_are_few(one: float, other: float, unit: Unit) -> None:
    low, high = min(one, other), max(one, other)
    if 0 < max(abs(low), abs(high)) < 1e-12:
        return
    ticks = value_ticks(low, high, unit)
    slack = 1e-6 * max(abs(low), abs(high))
    assert ticks[0] <= low + slack and ticks[-1] >= high - slack
    assert 2 <= len(ticks) <= 7
    assert 0 in ticks


def every(step: timedelta, count: int, *, start: datetime = NIGHT) -> list[datetime]:
    return [start + index * step for index in range(count)]


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("starts", "zone", "labels"),
    [
        ([], ZoneInfo("UTC"), []),
        (
            every(timedelta(minutes=1), 60),
            ZoneInfo("UTC"),
            ["00:00", "00:10", "00:20", "00:30", "00:40", "00:50"],
        ),
        (
            every(HOUR, 24, start=NIGHT + 10 * HOUR),
            ZoneInfo("UTC"),
            ["12:00", "15:00", "18:00", "21:00", "Nov 22", "03:00", "06:00", "09:00"],
        ),
        (every(6 * HOUR, 28), ZoneInfo("UTC"), [f"Nov {day}" for day in range(21, 28)]),
        (every(DAY, 30), ZoneInfo("UTC"), ["Nov 23", "Nov 30", "Dec 7", "Dec 14"]),
        (
            every(7 * DAY, 53, start=datetime(2025, 12, 1, tzinfo=UTC)),
            ZoneInfo("UTC"),
            ["Jan 2026", "Apr", "Jul", "Oct"],
        ),
        (every(HOUR, 6, start=NIGHT - HOUR), BERLIN, ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"]),
        (
            every(DAY, 3, start=datetime(2026, 11, 20, 18, 30, tzinfo=UTC)),
            KOLKATA,
            ["Nov 21", "Nov 22", "Nov 23"],
        ),
    ],
)
def test_times(starts: list[datetime], zone: ZoneInfo, labels: list[str]) -> None:
    assert [tick.label for tick in time_ticks(starts, zone)] == labels


def test_the_hour_that_a_clock_shows_twice() -> None:
    starts = every(HOUR, 5, start=datetime(2026, 10, 24, 23, tzinfo=UTC))
    labels = [tick.label for tick in time_ticks(starts, BERLIN)]
    assert labels == ["01:00", "02:00", "03:00", "04:00"]
