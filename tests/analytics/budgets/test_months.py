"""Months in time zones, and straight lines through them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from analytics.budgets.months import month_of, zone_names


@pytest.mark.parametrize(
    ("zone", "moment", "first", "hours"),
    [
        ("UTC", datetime(2026, 2, 28, 23, 59, tzinfo=UTC), date(2026, 2, 1), 28 * 24),
        ("Asia/Kolkata", datetime(2026, 2, 28, 18, 29, tzinfo=UTC), date(2026, 2, 1), 28 * 24),
        ("Asia/Kolkata", datetime(2026, 2, 28, 18, 30, tzinfo=UTC), date(2026, 3, 1), 31 * 24),
        ("Europe/Berlin", datetime(2026, 3, 15, tzinfo=UTC), date(2026, 3, 1), 31 * 24 - 1),
        ("Europe/Berlin", datetime(2026, 10, 31, 23, tzinfo=UTC), date(2026, 11, 1), 30 * 24),
        ("Europe/Berlin", datetime(2026, 10, 15, tzinfo=UTC), date(2026, 10, 1), 31 * 24 + 1),
        ("America/Los_Angeles", datetime(2026, 1, 1, 7, 59, tzinfo=UTC), date(2025, 12, 1), 31 * 24),
    ],
)
def test_months(zone: str, moment: datetime, first: date, hours: int) -> None:
    month = month_of(moment, zone)
    assert (month.first_day, month.end - month.start) == (first, timedelta(hours=hours))
    assert month.start <= moment < month.end


def test_a_forecast_is_a_straight_line() -> None:
    month = month_of(datetime(2026, 4, 1, tzinfo=UTC), "UTC")
    assert month.forecast(Decimal(10), month.start + timedelta(days=10)) == 30
    assert month.forecast(Decimal(0), month.start + timedelta(days=10)) == 0
    assert month.forecast(Decimal(10), month.start + timedelta(hours=5)) is None


def test_zones_can_be_chosen() -> None:
    assert zone_names()[0] == "UTC"
    assert {"Europe/Berlin", "Asia/Kolkata", "America/Sao_Paulo"} <= set(zone_names())
