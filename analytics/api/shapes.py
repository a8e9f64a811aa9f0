"""Rows of the metrics engine and days in, what the API says of them out."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from analytics.metrics.daily import Day, Usage
from langfuse_site.lib.times import to_wire

MAX_INTEGER = 2**53
"""Beyond it clients have no integers, and the encoder of JSON has none beyond 64 bits."""


def row_shape(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with plain numbers and ISO texts."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal) or (isinstance(value, int) and abs(value) > MAX_INTEGER):
        return float(value)
    if isinstance(value, datetime):
        return to_wire(value)
    return value.isoformat() if isinstance(value, date) else value


def _whole(amount: Decimal) -> Any:
    return _plain(int(amount))


def day_shape(day: Day) -> dict[str, Any]:
    """Return one day of `/metrics/daily`."""
    return {
        "date": day.date.isoformat(),
        "countTraces": day.traces,
        "countObservations": sum(usage.observations for usage in day.usage),
        "totalCost": float(sum((usage.cost for usage in day.usage), Decimal())),
        "usage": [_usage_shape(usage) for usage in day.usage],
    }


def _usage_shape(usage: Usage) -> dict[str, Any]:
    return {
        "model": usage.model,
        "inputUsage": _whole(usage.input_tokens),
        "outputUsage": _whole(usage.output_tokens),
        "totalUsage": _whole(usage.total_tokens),
        "totalCost": float(usage.cost),
        "countObservations": usage.observations,
        "countTraces": usage.traces,
    }
