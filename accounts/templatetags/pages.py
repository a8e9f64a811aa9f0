"""Icons, moments, money and durations in; what people read out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

register = template.Library()

MILLION = 1_000_000
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, size: int = 16) -> SafeString:
    """Return a lucide icon as inline SVG: decoration beside a text, or inside a control with a label."""
    return SafeString(lucide(name, size=size, aria_hidden="true"))


@register.filter
def when(moment: datetime | None) -> str:
    """Return a moment as people say it, with the exact one on hover."""
    if moment is None:
        return "never"
    exact = moment.astimezone(timezone.get_current_timezone())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        exact.isoformat(timespec="milliseconds"),
        f"{exact:%Y-%m-%d %H:%M:%S}.{exact.microsecond // 1000:03d} {exact:%Z}",
        _relative(moment, timezone.now()),
    )


@register.filter
def clock(moment: datetime | None) -> str:
    """Return a moment in full, to the millisecond."""
    if moment is None:
        return ""
    exact = moment.astimezone(timezone.get_current_timezone())
    return f"{exact:%Y-%m-%d %H:%M:%S}.{exact.microsecond // 1000:03d}"


@register.filter
def cost(usd: Decimal | float | None, decimals: int | None = None) -> str:
    """Return US dollars with the digits that matter: $12.40, $0.000184; in a column with those of the column."""
    if usd is None:
        return ""
    amount = Decimal(usd)
    if decimals is not None:
        return _in_column(amount, decimals)
    if amount == 0:
        return "$0"
    if abs(amount) >= 1:
        return f"${amount:,.2f}"
    return f"${amount:.{_own_decimals(amount)}f}"


def cost_decimals(amounts: Iterable[Decimal | float | None]) -> int:
    """Return how many decimals each amount of a column has, so that its points align.

    The one that needs most tells, up to three digits more than the largest needs for itself.
    """
    known = [abs(Decimal(amount)) for amount in amounts if amount]
    most = _own_decimals(max(known)) + (2 if max(known) >= 1 else 3) if known else 2
    return min(most, max((_own_decimals(amount) for amount in known), default=2))


@register.simple_tag
def column_decimals(rows: Iterable[Any], *fields: str) -> int:
    """Return the decimals of a column of money: of these fields of all rows, as templates name them."""
    return cost_decimals(_fields(rows, fields))


@register.simple_tag
def price_decimals(rows: Iterable[Any], *fields: str) -> int:
    """Return the decimals of a column of prices of a million units: every digit of each of them is shown."""
    texts = [plain(price * MILLION) for price in _fields(rows, fields) if price is not None]
    return max((len(text.partition(".")[2]) for text in texts), default=2)


@register.filter
def seconds(duration: float | timedelta | None) -> str:
    """Return a duration as people say it: 84 ms, 1.24 s, 3 min 20 s."""
    if duration is None:
        return ""
    length = duration.total_seconds() if isinstance(duration, timedelta) else float(duration)
    if length < 0.9995:
        return f"{length * 1000:.0f} ms"
    if length < 60:
        return f"{length:.2f} s"
    minutes, rest = divmod(round(length), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


@register.filter
def grouped(number: int | None) -> str:
    """Return a whole number with its thousands apart."""
    return "" if number is None else f"{number:,}"


@register.filter
def plain(number: Decimal | None) -> str:
    """Return a quantity without needless zeros."""
    return "" if number is None else f"{number.normalize():,f}"


@register.filter
def per_million(price: Decimal | None, decimals: int = 2) -> str:
    """Return a price of one unit as that of a million: with every digit, and at least so many decimals."""
    if price is None:
        return ""
    text = exact_cost(price * MILLION)
    return text + "0" * (decimals - len(text.partition(".")[2]))


@register.filter
def exact_cost(usd: Decimal | None) -> str:
    """Return US dollars with every digit, cents at least."""
    if usd is None:
        return ""
    text = plain(usd)
    decimals = len(text.partition(".")[2])
    return f"${text}" if decimals >= 2 else f"${usd:,.2f}"


@register.filter
def short_id(text: str | None, length: int = 12) -> str:
    """Return the beginning of an id; pages show the whole on hover and copy it."""
    if not text or len(text) <= length:
        return text or ""
    return f"{text[:length]}…"


def _fields(rows: Iterable[Any], fields: Iterable[str]) -> list[Any]:
    names = [template.Variable(f"row.{field}") for field in fields]
    return [name.resolve({"row": row}) for row in rows for name in names]


def _own_decimals(amount: Decimal) -> int:
    """Return the decimals of an amount that stands alone: cents, or the third digit that is no zero."""
    if amount == 0 or abs(amount) >= 1:
        return 2
    text = f"{amount:.{min(2 - amount.adjusted(), 12)}f}".rstrip("0")
    return max(2, len(text.partition(".")[2]))


def _in_column(amount: Decimal, decimals: int) -> str:
    least = Decimal(1).scaleb(-decimals)
    if 0 < abs(amount) < least / 2:
        return f"<${least:f}"
    return f"{'-' if amount < 0 else ''}${abs(amount):,.{decimals}f}"


def _relative(moment: datetime, now: datetime) -> str:
    distance = (now - moment).total_seconds()
    size = abs(distance)
    if size < 5:
        return "just now"
    if size > 14 * 86_400:
        return f"{moment:%Y-%m-%d}"
    unit, length = next((unit, length) for unit, length in _UNITS if size >= length)
    count = f"{int(size // length)} {unit}"
    return f"{count} ago" if distance > 0 else f"in {count}"
