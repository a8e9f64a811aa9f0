"""A project and a checked query in, its rows out: dimensions, bucket of time and metrics by name."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from itertools import islice
from typing import Any, Literal

from django.db import connection

from analytics.metrics.buckets import Bucket, buckets
from analytics.metrics.query import TIME_DIMENSION, Metric, Query
from analytics.metrics.rows_sql import Statement, groups_statement, histogram_statement
from analytics.metrics.views.catalog import VIEWS
from analytics.metrics.views.parts import MeasureKind, MetricsView
from langfuse_site.lib.errors import InvalidRequest, Unprocessable
from tracing.queries.pages import bounded

Source = Literal["auto", "rows", "rollups"]
Row = dict[str, Any]

MAX_ROWS = 100_000
"""More are refused where the query has no limit of its own: they would be held in memory at once."""


def run_query(
    project_id: str, query: Query, *, now: datetime, zone: tzinfo = UTC, source: Source = "auto"
) -> list[Row]:
    """Return the rows in order: dimensions by name, `time_dimension`, metrics by `aggregation_measure`.

    Buckets of days, weeks and months are dates of `zone`, those of hours and minutes moments in UTC. Sums and
    extremes of costs are exact decimals, counts and sums of whole numbers integers, all else floats; a
    histogram is a list of (lower, upper, height). A statement that takes too long is cut off: the API tells of
    it with a 422.
    """
    view = VIEWS[query.version][query.view]
    most = query.row_limit or MAX_ROWS
    with bounded():
        rows = _read_groups(project_id, query, view, zone=zone, most=most)
        for metric in query.metrics:
            if metric.aggregation == "histogram":
                _add_histogram(rows, metric, query, _bins(project_id, query, view, metric, zone))
    if query.granularity and not query.order_by:
        rows = _filled(rows, query, zone, most)
    return [_named(row, query) for row in rows]


def _read_groups(project_id: str, query: Query, view: MetricsView, *, zone: tzinfo, most: int) -> list[Row]:
    limit = most if query.row_limit else most + 1
    rows = _read(groups_statement(project_id, query, view, zone=zone, limit=limit))
    if len(rows) > most:
        raise Unprocessable(
            f"The query has more than {most} rows: narrow its time range or its filters, or set config.row_limit"
        )
    kept = {metric.key: _plain(view.measures[metric.measure].kind, metric) for metric in query.metrics}
    return [
        {name: kept[name](value) if name in kept else value for name, value in row.items()} for row in rows
    ]


def _read(statement: Statement) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _plain(kind: MeasureKind, metric: Metric) -> Callable[[Any], Any]:
    """Return what makes of a value of the database the one that `run_query` promises."""
    if metric.aggregation in {"count", "uniq"}:
        return int
    if kind == "USD":
        return _decimal
    if kind == "integer" and metric.aggregation != "avg":
        return _integer
    return _float


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _integer(value: Any) -> int | None:
    return None if value is None else int(value)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


Key = tuple[Any, ...]


def _key(row: Row, query: Query) -> Key:
    return tuple(row[name] for name in (*query.dimensions, *([TIME_DIMENSION] if query.granularity else [])))


def _bins(
    project_id: str, query: Query, view: MetricsView, metric: Metric, zone: tzinfo
) -> dict[Key, list[tuple[float, float, int]]]:
    """Return the bins that aren't empty, by group, in order."""
    found: dict[Key, list[tuple[float, float, int]]] = {}
    statement = histogram_statement(project_id, query, view, zone=zone, metric=metric)
    for row in sorted(_read(statement), key=lambda row: int(row["bin"])):
        low, width = row["lowest"], (row["highest"] - row["lowest"]) / query.bins
        lower = low + width * (row["bin"] - 1)
        upper = row["highest"] if row["bin"] == query.bins or not width else low + width * row["bin"]
        found.setdefault(_key(row, query), []).append((lower, upper, row["count"]))
    return found


def _add_histogram(rows: Sequence[Row], metric: Metric, query: Query, bins: dict[Key, Any]) -> None:
    for row in rows:
        row[metric.key] = bins.get(_key(row, query), [])


def _filled(rows: list[Row], query: Query, zone: tzinfo, most: int) -> list[Row]:
    """Return the rows by time, with a row of zeros for each bucket that has none."""
    assert query.granularity is not None
    starts = list(islice(buckets(query.granularity, query.start, query.end, zone), most + 1))
    if len(starts) > most and query.row_limit is None:
        raise InvalidRequest(
            f"The time range has more than {most} buckets: choose a coarser granularity or set config.row_limit"
        )
    by_bucket: dict[Bucket, list[Row]] = {start: [] for start in starts}
    for row in rows:
        by_bucket.setdefault(row[TIME_DIMENSION], []).append(row)
    every = [row for start in sorted(by_bucket) for row in by_bucket[start] or [_zeros(start, query)]]
    return every[:most]


def _zeros(start: date, query: Query) -> Row:
    metrics: Row = {metric.key: [] if metric.aggregation == "histogram" else 0 for metric in query.metrics}
    return {**dict.fromkeys(query.dimensions), TIME_DIMENSION: start, **metrics}


def _named(row: Row, query: Query) -> Row:
    """Return the row with its names in the order of the query."""
    times = [TIME_DIMENSION] if query.granularity else []
    return {
        name: row[name] for name in (*query.dimensions, *times, *(metric.key for metric in query.metrics))
    }
