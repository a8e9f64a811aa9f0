"""A query as the API takes it in, a checked `Query` out; an `ApiError` of status 400 says what is wrong with it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from accounts.api.fields import take
from analytics.metrics.query import (
    DEFAULT_BINS,
    TIME_DIMENSION,
    Direction,
    Granularity,
    Metric,
    Order,
    Query,
    Version,
)
from analytics.metrics.views.catalog import VIEWS
from analytics.metrics.views.parts import MetricsView
from langfuse_site.lib.errors import InvalidData, InvalidRequest, issue
from tracing.queries.conditions import conditions_of, decode_parameter

AUTO: tuple[tuple[timedelta, Granularity], ...] = (
    (timedelta(hours=2), "minute"),
    (timedelta(hours=72), "hour"),
    (timedelta(hours=1440), "day"),
    (timedelta(hours=8760), "week"),
)
"""The finest granularity for ranges shorter than this; longer ones are told by month."""
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a range that is left open by a late date: buckets up to it can still be counted."""
DEFAULT_ROW_LIMIT: dict[Version, int | None] = {"v1": None, "v2": 100}

# What comes over the wire; names of views, dimensions and measures are looked up afterwards.


class WireDimension(msgspec.Struct):
    field: str


class WireOrder(msgspec.Struct):
    field: str
    direction: Direction


class WireTimeDimension(msgspec.Struct):
    granularity: Granularity | Literal["auto"]


class WireConfig(msgspec.Struct):
    bins: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    row_limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None


class WireQuery(msgspec.Struct, rename="camel"):
    view: str
    metrics: list[Metric]
    from_timestamp: str
    to_timestamp: str
    dimensions: list[WireDimension] = []
    filters: Any = []
    time_dimension: WireTimeDimension | None = None
    order_by: list[WireOrder] | None = None
    config: WireConfig | None = None


def parse_text(text: str, *, version: Version) -> Query:
    """Return the query of a `query` parameter."""
    return parse_query(decode_parameter(text, name="query"), version=version)


def parse_query(data: Any, *, version: Version) -> Query:
    """Return the query that parsed JSON describes."""
    wire = take(data, WireQuery)
    view = _view(wire.view, version)
    start, end = _range(wire)
    config = wire.config or WireConfig()
    query = Query(
        view=view.name,
        version=version,
        dimensions=_dimensions(wire, view),
        metrics=_metrics(wire.metrics, view),
        filters=tuple(conditions_of(wire.filters, at="filters")),
        granularity=_granularity(wire.time_dimension, end - start),
        start=start,
        end=end,
        order_by=tuple(Order(one.field, one.direction) for one in wire.order_by or ()),
        bins=config.bins or DEFAULT_BINS,
        row_limit=config.row_limit or DEFAULT_ROW_LIMIT[version],
    )
    _check_order(query)
    _check_cardinality(query, view, limited=config.row_limit is not None)
    return query


def _view(name: str, version: Version) -> MetricsView:
    views = VIEWS[version]
    if name not in views:
        message = f"Invalid view {name}. Must be one of {', '.join(views)}"
        raise InvalidData([issue(["view"], message, code="invalid_value")])
    return next(view for known, view in views.items() if known == name)


def _range(wire: WireQuery) -> tuple[datetime, datetime]:
    start = _moment(wire.from_timestamp, "fromTimestamp")
    end = min(_moment(wire.to_timestamp, "toTimestamp"), LATEST)
    if start >= end:
        raise InvalidData([issue(["toTimestamp"], "Must be after fromTimestamp")])
    return start, end


def _moment(text: str, name: str) -> datetime:
    try:
        moment = msgspec.convert(text, datetime)
        if moment.tzinfo is None:
            raise InvalidData([issue([name], "Invalid datetime: `Z` or an offset is missing")])
        return moment.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError) as error:
        raise InvalidData([issue([name], "Invalid datetime: ISO 8601 is expected")]) from error


def _dimensions(wire: WireQuery, view: MetricsView) -> tuple[str, ...]:
    """Return the dimensions, with those that the measures need; each once."""
    named = [one.field for one in wire.dimensions]
    needed = [measure.needs for one in wire.metrics if (measure := view.measures.get(one.measure))]
    for field in named:
        if field not in view.dimensions:
            raise InvalidRequest(f"Invalid dimension {field}. Must be one of {', '.join(view.dimensions)}")
    dimensions = tuple(dict.fromkeys([*named, *(one for one in needed if one)]))
    exploding = [field for field in dimensions if view.columns[field].pairs]
    if len(exploding) > 1:
        raise InvalidRequest(f"Only one of the dimensions {', '.join(exploding)} is possible in a query")
    return dimensions


def _metrics(metrics: Sequence[Metric], view: MetricsView) -> tuple[Metric, ...]:
    if not metrics:
        raise InvalidData([issue(["metrics"], "At least one metric is needed", code="too_small")])
    for metric in metrics:
        measure = view.measures.get(metric.measure)
        if measure is None:
            known = ", ".join(view.measures)
            raise InvalidRequest(f"Invalid metric {metric.measure}. Must be one of {known}")
        if metric.aggregation not in measure.aggregations:
            raise InvalidRequest(
                f"Invalid aggregation {metric.aggregation} for measure {metric.measure}, which is text."
                f" Must be one of {', '.join(measure.aggregations)}"
            )
    return tuple(dict.fromkeys(metrics))


def _granularity(wire: WireTimeDimension | None, length: timedelta) -> Granularity | None:
    if wire is None:
        return None
    if wire.granularity != "auto":
        return wire.granularity
    return next((granularity for limit, granularity in AUTO if length < limit), "month")


def _check_order(query: Query) -> None:
    fields = [
        *query.dimensions,
        *(metric.key for metric in query.metrics if metric.aggregation != "histogram"),
        *([TIME_DIMENSION] if query.granularity else []),
    ]
    for order in query.order_by:
        if order.field not in fields:
            raise InvalidRequest(f"Invalid orderBy field: {order.field}. Must be one of {', '.join(fields)}")


def _check_cardinality(query: Query, view: MetricsView, *, limited: bool) -> None:
    """Refuse a dimension of many values where the largest few are not what is asked for."""
    high = [field for field in query.dimensions if field in view.high_cardinality]
    if not high:
        return
    named = f"High cardinality dimension(s) '{', '.join(high)}'"
    if query.granularity:
        raise InvalidRequest(f"{named} can't be combined with timeDimension: filter by them instead")
    falling = [order.field for order in query.order_by if order.direction == "desc"]
    needs = "need config.row_limit and an orderBy with direction 'desc' on a selected measure"
    if not limited or not falling:
        raise InvalidRequest(f"{named} {needs}")
    keys = {metric.key for metric in query.metrics}
    others = [field for field in falling if field not in keys]
    if others:
        raise InvalidRequest(f"{named} {needs}; '{', '.join(others)}' is none")
