"""Numbers in, what people read out."""

from decimal import Decimal

import pytest

from analytics.charts.units import Number, Unit, axis_labels, exact, exact_column, short, short_pair


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, Unit.MONEY, "no data"),
        (Decimal("0.000184"), Unit.MONEY, "$0.000184"),
        (12.4, Unit.MONEY, "$12.40"),
        (Decimal("1234567.891"), Unit.MONEY, "$1,234,567.89"),
        (0, Unit.MONEY, "$0"),
        (0.084, Unit.DURATION, "84 ms"),
        (200, Unit.DURATION, "3 min 20 s"),
        (259_200, Unit.DURATION, "3.0 d"),
        (1_234_567, Unit.COUNT, "1,234,567"),
        (2.5, Unit.COUNT, "2.50"),
        (0.0312, Unit.SHARE, "3.12 %"),
        (0.5, Unit.NUMBER, "0.5"),
        (0.00012345, Unit.NUMBER, "0.0001234"),
        (12345.6, Unit.NUMBER, "12,346"),
        (81.25, Unit.RATE, "81.25 tok/s"),
        (1_500_000, Unit.BYTES, "1.5 MB"),
    ],
)
def test_exact(value: Number | None, unit: Unit, shown: str) -> None:
    assert exact(value, unit) == shown


def test_money_below_each_other_and_on_a_card_aligns() -> None:
    assert exact_column([Decimal("0.53"), None, 0.637], Unit.MONEY) == ["$0.530", "no data", "$0.637"]
    assert exact_column([1, 2.5], Unit.COUNT) == ["1", "2.50"]
    assert short_pair(Decimal("0.53"), Decimal("0.637"), Unit.MONEY) == ("$0.530", "$0.637")
    assert short_pair(Decimal("48120"), Decimal("0.5"), Unit.MONEY) == ("$48.1k", "$0.50")
    assert short_pair(Decimal("0.5"), Decimal(0), Unit.MONEY) == ("$0.50", "$0")


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, Unit.COUNT, "–"),
        (9_999, Unit.COUNT, "9,999"),
        (12_345, Unit.COUNT, "12.3k"),
        (999_960, Unit.COUNT, "1.00M"),
        (1_240_000, Unit.COUNT, "1.24M"),
        (7_204_000_000, Unit.COUNT, "7.20B"),
        (9_812.4, Unit.MONEY, "$9,812.40"),
        (48_120, Unit.MONEY, "$48.1k"),
        (-48_120, Unit.MONEY, "-$48.1k"),
        (1.24, Unit.DURATION, "1.24 s"),
    ],
)
def test_short(value: Number | None, unit: Unit, shown: str) -> None:
    assert short(value, unit) == shown


@pytest.mark.parametrize(
    ("ticks", "unit", "labels"),
    [
        ([], Unit.COUNT, []),
        ([0, 1, 2, 3], Unit.COUNT, ["0", "1", "2", "3"]),
        ([0, 2000, 4000], Unit.COUNT, ["0", "2,000", "4,000"]),
        ([0, 5000, 10000, 15000], Unit.COUNT, ["0", "5k", "10k", "15k"]),
        ([0, 500_000, 1_000_000], Unit.COUNT, ["0", "0.5M", "1.0M"]),
        ([0, 0.0001, 0.0002], Unit.MONEY, ["$0", "$0.0001", "$0.0002"]),
        ([0, 0.5, 1], Unit.MONEY, ["$0", "$0.50", "$1.00"]),
        ([0, 20, 40], Unit.MONEY, ["$0", "$20", "$40"]),
        ([0, 0.2, 0.4], Unit.DURATION, ["0", "200 ms", "400 ms"]),
        ([0, 0.5, 1, 1.5], Unit.DURATION, ["0", "0.5 s", "1.0 s", "1.5 s"]),
        ([0, 15, 30, 45], Unit.DURATION, ["0", "15 s", "30 s", "45 s"]),
        ([0, 60, 120], Unit.DURATION, ["0", "1 min", "2 min"]),
        ([0, 30, 60, 90], Unit.DURATION, ["0", "30 s", "60 s", "90 s"]),
        ([0, 0.05, 0.1], Unit.SHARE, ["0", "5 %", "10 %"]),
        ([-1, 0, 1], Unit.NUMBER, ["-1", "0", "1"]),
    ],
)
def test_axis_labels_agree_with_each_other(ticks: list[float], unit: Unit, labels: list[str]) -> None:
    assert axis_labels(ticks, unit) == labels
