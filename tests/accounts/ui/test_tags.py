"""What the template tags make of moments, money and durations, by tables of cases."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.templatetags import pages


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        (None, ""),
        ("0", "$0"),
        ("12.4", "$12.40"),
        ("1234567.891", "$1,234,567.89"),
        ("0.5", "$0.50"),
        ("0.12345", "$0.123"),
        ("0.00018432", "$0.000184"),
        ("0.0002595", "$0.00026"),
        ("0.9999", "$1.00"),
    ],
)
def test_cost(usd: str | None, shown: str) -> None:
    assert pages.cost(None if usd is None else Decimal(usd)) == shown


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        (["0.53", "0.637"], ["$0.530", "$0.637"]),
        (["48.2", "0.53", "0.637", None, "0"], ["$48.200", "$0.530", "$0.637", "", "$0.000"]),
        (["1234.5", "0.000184"], ["$1,234.5000", "$0.0002"]),
        (["1234.5", "0.00000184"], ["$1,234.5000", "<$0.0001"]),
        (["0.0123", "0.000184"], ["$0.012300", "$0.000184"]),
        (["12", "-3.456"], ["$12.00", "-$3.46"]),
        (["0", None], ["$0.00", ""]),
        ([], []),
    ],
)
def test_costs_below_each_other_align_and_none_is_hidden(column: list[str | None], shown: list[str]) -> None:
    amounts = [None if usd is None else Decimal(usd) for usd in column]
    decimals = pages.cost_decimals(amounts)
    assert [pages.cost(amount, decimals) for amount in amounts] == shown


def test_prices_below_each_other_align_with_every_digit() -> None:
    rows = [{"price": Decimal(price)} for price in ("0.0000025", "0.00000007525", "0.001")]
    decimals = pages.price_decimals([*rows, {"price": None}], "price")
    shown = [pages.per_million(row["price"], decimals) for row in rows]
    assert shown == ["$2.50000", "$0.07525", "$1,000.00000"]
    assert pages.per_million(Decimal("0.0000025"), pages.price_decimals([], "price")) == "$2.50"


@pytest.mark.parametrize(("usd", "shown"), [("0.0001875", "$0.0001875"), ("0.6", "$0.60"), ("15", "$15.00")])
def test_exact_cost(usd: str, shown: str) -> None:
    assert pages.exact_cost(Decimal(usd)) == shown


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (0, "0 ms"),
        (0.0844, "84 ms"),
        (0.9996, "1.00 s"),
        (1.239, "1.24 s"),
        (59.996, "60.00 s"),
        (200, "3 min 20 s"),
    ],
)
def test_seconds(length: float, shown: str) -> None:
    assert pages.seconds(length) == shown
    assert pages.seconds(timedelta(hours=26, minutes=3)) == "26 h 3 min"


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(seconds=1), "just now"),
        (timedelta(seconds=42), "42 s ago"),
        (timedelta(minutes=3, seconds=1), "3 min ago"),
        (timedelta(days=2, minutes=1), "2 d ago"),
        (timedelta(days=-6, minutes=-1), "in 6 d"),
    ],
)
def test_when(ago: timedelta, shown: str) -> None:
    html = pages.when(timezone.now() - ago)
    assert f">{shown}</time>" in html
    assert pages.when(None) == "never"


def test_icons_are_drawn_in_place() -> None:
    svg = pages.icon("key-round", 14)
    assert svg.startswith("<svg")
    assert 'aria-hidden="true"' in svg
