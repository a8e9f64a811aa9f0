"""A query in, what both ways to answer it share out: names and order of its groups, buckets of time in SQL."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from analytics.metrics.buckets import zone_name
from analytics.metrics.query import TIME_DIMENSION, Granularity, Order, Query


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    params: tuple[Any, ...]


def quoted(name: str) -> str:
    return f'"{name}"'


def keys_of(query: Query) -> list[str]:
    """Return the names of what rows are grouped by."""
    return [*(quoted(name) for name in query.dimensions), *([TIME_DIMENSION] if query.granularity else [])]


def group_by(count: int) -> str:
    """Return the clause that groups by the first columns."""
    return f"group by {', '.join(str(number + 1) for number in range(count))}" if count else ""


def bucket_of(granularity: Granularity, time: str) -> str:
    """Return the bucket of a time, with one parameter, the zone: a date, or for hours and minutes a moment."""
    if granularity in {"hour", "minute"}:
        return f"date_trunc('{granularity}', {time}, %s)"
    return f"date_trunc('{granularity}', {time} at time zone %s)::date"


def bucket_column(query: Query, time: str, zone: tzinfo) -> tuple[list[str], tuple[str, ...]]:
    """Return the column of the bucket, where there is one, and its parameters."""
    if query.granularity is None:
        return [], ()
    return [f"{bucket_of(query.granularity, time)} as {TIME_DIMENSION}"], (zone_name(zone),)


def order_by(query: Query) -> str:
    """Return by what rows are ordered, nulls last; keys part what is equal."""
    named = [f"{quoted(order.field)} {order.direction} nulls last" for order in _orders(query)]
    return ", ".join(named) or "1"


def _orders(query: Query) -> list[Order]:
    if query.order_by:
        first = list(query.order_by)
    elif query.granularity:
        first = [Order(TIME_DIMENSION)]
    else:
        comparable = [metric.key for metric in query.metrics if metric.aggregation != "histogram"]
        first = [Order(comparable[0], "desc")] if comparable else []
    keys = [*([TIME_DIMENSION] if query.granularity else []), *query.dimensions]
    named = {order.field for order in first}
    return [*first, *(Order(key) for key in keys if key not in named)]
