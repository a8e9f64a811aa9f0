"""Numbers in, what people read out: exact on hover, short on a card, of one form along an axis."""

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum

from accounts.templatetags.pages import cost, cost_decimals, seconds

Number = int | float | Decimal

_MAGNITUDES = ((1e15, "P"), (1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_LENGTHS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"), (0.001, "ms"))


class Unit(Enum):
    COUNT = "count"
    MONEY = "money"
    DURATION = "duration"
    """Seconds."""
    SHARE = "share"
    """A part of one, shown in per cent."""
    NUMBER = "number"
    """Anything else: the value of a score."""
    RATE = "rate"
    """Tokens a second."""
    BYTES = "bytes"


def exact(value: Number | None, unit: Unit) -> str:
    """Return a value as it is shown on hover and in tables."""
    if value is None:
        return "no data"
    if unit is Unit.MONEY:
        return cost(Decimal(str(value)))
    if unit is Unit.DURATION:
        return seconds(float(value)) if value < 86_400 else f"{float(value) / 86_400:.1f} d"
    if unit is Unit.SHARE:
        return f"{_digits(float(value) * 100, 3)} %"
    if unit is Unit.COUNT:
        return f"{int(value):,}" if float(value).is_integer() else f"{float(value):,.2f}"
    if unit is Unit.BYTES:
        return short(value, unit)
    return f"{_digits(float(value), 4)} tok/s" if unit is Unit.RATE else _digits(float(value), 4)


def exact_column(values: Sequence[Number | None], unit: Unit) -> list[str]:
    """Return values that stand below each other as `exact` has them; the points of money align."""
    if unit is not Unit.MONEY:
        return [exact(value, unit) for value in values]
    amounts = [None if value is None else Decimal(str(value)) for value in values]
    decimals = cost_decimals(amounts)
    return ["no data" if amount is None else cost(amount, decimals) for amount in amounts]


def short(value: Number | None, unit: Unit) -> str:
    """Return a value for a card: three digits and a magnitude."""
    if value is None:
        return "–"
    if unit is Unit.BYTES:
        return _bytes(float(value))
    size = abs(float(value))
    if unit is Unit.COUNT and size >= 10_000:
        return _magnitude(float(value))
    if unit is Unit.MONEY and size >= 10_000:
        return f"{'-' if value < 0 else ''}${_magnitude(size)}"
    return exact(value, unit)


def short_pair(now: Number | None, before: Number | None, unit: Unit) -> tuple[str, str]:
    """Return a value and the one before it for a card: of small money, with the same decimals."""
    if unit is Unit.MONEY and now and before and max(abs(float(now)), abs(float(before))) < 10_000:
        value, value_before = exact_column([now, before], unit)
        return value, value_before
    return short(now, unit), short(before, unit)


def axis_labels(ticks: Sequence[float], unit: Unit) -> list[str]:
    """Return the labels of ticks: the same magnitude and decimals for all of them."""
    if not ticks:
        return []
    high = max(abs(tick) for tick in ticks)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else high
    if unit is Unit.DURATION:
        length, name = _length_of(step if step >= 0.001 else high, high)
        return [_aligned(tick / length, step / length, f" {name}") for tick in ticks]
    if unit is Unit.SHARE:
        return [_aligned(tick * 100, step * 100, " %") for tick in ticks]
    if unit is Unit.BYTES:
        return [_bytes(tick) if tick else "0" for tick in ticks]
    factor, name = _magnitude_of(high)
    sign = "$" if unit is Unit.MONEY else ""
    return [_aligned(tick / factor, step / factor, name, sign) for tick in ticks]


def _magnitude_of(high: float) -> tuple[float, str]:
    """Return the magnitude that labels up to `high` stand in; thousands are written out below ten of them."""
    for factor, name in _MAGNITUDES:
        if high >= factor and high >= 10_000:
            return factor, name
    return 1.0, ""


def _length_of(step: float, high: float) -> tuple[float, str]:
    for length, name in _LENGTHS:
        if high >= length and (step >= length or length == 1.0 or high >= 4 * length):
            return length, name
    return _LENGTHS[-1]


def _aligned(value: float, step: float, suffix: str, sign: str = "") -> str:
    if value == 0:
        return f"{sign}0"
    decimals = 0
    while (
        decimals < 12 and abs(step * 10**decimals - round(step * 10**decimals)) > 1e-6 * 10**decimals * step
    ):
        decimals += 1
    if sign and 0 < decimals < 2:
        decimals = 2
    minus = "-" if value < 0 else ""
    return f"{minus}{sign}{abs(value):,.{decimals}f}{suffix}"


def _digits(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    text = f"{value:.{digits}g}"
    return f"{float(text):.12f}".rstrip("0").rstrip(".") if "e" in text else text


def _magnitude(value: float) -> str:
    factor, name = _magnitude_of(abs(value) * 1.0005)
    scaled = value / factor
    decimals = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
    return f"{scaled:.{decimals if name else 0}f}{name}"


def _bytes(size: float) -> str:
    for factor, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= factor:
            return f"{_digits(size / factor, 3)} {name}"
    return f"{size:.0f} B"
