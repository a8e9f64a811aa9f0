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
