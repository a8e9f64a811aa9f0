"""The installed genai-prices package in, its prices as compact JSON on standard output.

Run as a process of its own by `tracing.costs.packed`: nothing else imports the package.
"""

import sys
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec
from genai_prices import types
from genai_prices.data import providers


def pack() -> bytes:
    """Return the packed prices: one line a model, `[provider, id, name, clauses, prices, variants]`."""
    rows = [_row(provider.id, model) for provider in providers for model in provider.models]
    lines = (msgspec.json.encode(row) for row in rows if any(prices for _, prices in row[4]))
    return b"[\n" + b",\n".join(lines) + b"\n]\n"


def _row(provider: str, model: Any) -> list[Any]:
    prices = model.prices if isinstance(model.prices, list) else [types.ConditionalPrice(prices=model.prices)]
    return [
        provider,
        model.id,
        model.name,
        _clause(model.match),
        [[_when(price.constraint), _amounts(price.prices)] for price in prices],
        [[v.when, _when(v.constraint), _amounts(v.prices)] for v in model.price_variants or ()],
    ]


def _clause(clause: Any) -> list[Any]:
    """Return `[kind, text]`, or `["or" | "and", [clauses]]`; texts in lower case, as names are compared."""
    match clause:
        case types.ClauseOr(or_=parts):
            return ["or", [_clause(part) for part in parts]]
        case types.ClauseAnd(and_=parts):
            return ["and", [_clause(part) for part in parts]]
        case types.ClauseEquals(equals=text):
            return ["equals", text.lower()]
        case types.ClauseStartsWith(starts_with=text):
            return ["starts", text.lower()]
        case types.ClauseEndsWith(ends_with=text):
            return ["ends", text.lower()]
        case types.ClauseContains(contains=text):
            return ["contains", text.lower()]
        case types.ClauseRegex(regex=text):
            return ["regex", text]
        case _:
            raise ValueError(f"unknown clause {clause!r}")


def _when(constraint: Any) -> Any:
    """Return null, the day from which a price holds, or the two times of day (UTC) between which it does."""
    match constraint:
        case None:
            return None
        case types.StartDateConstraint(start_date=day):
            return day.isoformat()
        case types.TimeOfDateConstraint(start_time=start, end_time=end):
            return [start.strftime("%H:%M:%S"), end.strftime("%H:%M:%S")]
        case _:
            raise ValueError(f"unknown constraint {constraint!r}")


def _amounts(prices: Any) -> dict[str, Any]:
    return {key: _amount(value) for key, value in vars(prices).items() if value is not None}


def _amount(value: Any) -> str | list[Any]:
    """Return the price, or `[base, [more tokens than, price], …]`."""
    if isinstance(value, Decimal):
        return _text(value)
    steps: Iterable[Any] = value.tiers
    return [_text(value.base), *([step.start, _text(step.price)] for step in steps)]


def _text(value: Decimal) -> str:
    return format(value.normalize(), "f")


if __name__ == "__main__":
    sys.stdout.buffer.write(pack())
