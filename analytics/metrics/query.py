"""The words of the metrics query language: a checked query, made by `parse`, is what `run` answers."""

from datetime import datetime
from typing import Literal, get_args

import msgspec

from tracing.queries.conditions import Condition

Version = Literal["v1", "v2"]
ViewName = Literal["traces", "observations", "scores-numeric", "scores-categorical", "scores-boolean"]
Aggregation = Literal[
    "sum", "avg", "count", "max", "min", "p50", "p75", "p90", "p95", "p99", "histogram", "uniq"
]
Granularity = Literal["minute", "hour", "day", "week", "month"]
Direction = Literal["asc", "desc"]

AGGREGATIONS: tuple[Aggregation, ...] = get_args(Aggregation)
PERCENTILES: dict[str, float] = {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99}
TIME_DIMENSION = "time_dimension"
DEFAULT_BINS = 10


class Metric(msgspec.Struct, frozen=True):
    measure: str
    aggregation: Aggregation

    @property
    def key(self) -> str:
        """Return the metric's name in rows and in `orderBy`."""
        return f"{self.aggregation}_{self.measure}"


class Order(msgspec.Struct, frozen=True):
    field: str
    direction: Direction = "asc"


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A query whose every name is known to its view; `start` and `end` both belong to the time asked for."""

    view: ViewName
    metrics: tuple[Metric, ...]
    start: datetime
    end: datetime
    version: Version = "v1"
    dimensions: tuple[str, ...] = ()
    filters: tuple[Condition, ...] = ()
    granularity: Granularity | None = None
    order_by: tuple[Order, ...] = ()
    """Empty: by time, else by the first metric; buckets of time without rows are told as zeros then."""
    bins: int = DEFAULT_BINS
    row_limit: int | None = None
