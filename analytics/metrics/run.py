"""A project and a checked query in, its rows out: dimensions, bucket of time and metrics by name."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from itertools import islice
from typing import Any, Literal

from django.db import connection

from analytics.metrics.buckets import Bucket, buckets
from analytics.metrics.grouping import Statement
from analytics.metrics.plan import plan_of
from analytics.metrics.query import TIME_DIMENSION, Metric, Query
from analytics.metrics.rollup_sql import cover_for, rollups_statement
from analytics.metrics.rows_sql import groups_statement, histogram_statement
from analytics.metrics.views.catalog import VIEWS
from analytics.metrics.views.parts import MeasureKind, MetricsView
from analytics.rollups.read import snapshot
from langfuse_site.lib.errors import InvalidRequest, Unprocessable
from tracing.queries.pages import READ_SECONDS, bounded

Source = Literal["auto", "rows", "rollups"]
"""`auto`: rollups, and the rows of what they don't know yet, where they answer the query; else the rows.
`rollups`: as of the last refresh, only for queries that they answer."""
Row = dict[str, Any]
Key = tuple[Any, ...]
Bins = list[tuple[float, float, int]]

MAX_ROWS = 100_000
"""More are refused where the query has no limit of its own: they would be held in memory at once."""


def run_query(
    project_id: str,
    query: Query,
    *,
    now: datetime,
    zone: tzinfo = UTC,
    source: Source = "auto",
    seconds: float = READ_SECONDS,
) -> list[Row]:
    """Return the rows in order: dimensions by name, `time_dimension`, metrics by `aggregation_measure`.

    Buckets of days, weeks and months are dates of `zone`, those of hours and minutes moments in UTC. Sums and
    extremes of costs are exact decimals, counts and sums of whole numbers integers, all else floats; a
    histogram is a list of (lower, upper, height). Percentiles from rollups are within 1 %. A statement that
    takes longer than `seconds` is cut off: the API tells of it with a 422.
    """
    view = VIEWS[query.version][query.view]
    with snapshot(), bounded(seconds):
        rows = _groups(project_id, query, view, now=now, zone=zone, source=source)
        for metric in query.metrics:
            if metric.aggregation == "histogram":
                statement = histogram_statement(project_id, query, view, zone=zone, metric=metric)
                _add_histogram(rows, metric, query, _bins(_read(statement), query))
    if query.granularity and not query.order_by:
        rows = _filled(rows, query, zone)
    return [_named(row, query) for row in rows]


def _groups(
    project_id: str, query: Query, view: MetricsView, *, now: datetime, zone: tzinfo, source: Source
) -> list[Row]:
    limit = query.row_limit or MAX_ROWS + 1
    plan = None if source == "rows" else plan_of(query)
    if plan is not None:
        found = cover_for(project_id, query, plan, zone=zone, now=now, live=source == "auto")
        statement = rollups_statement(project_id, query, view, plan, zone=zone, found=found, limit=limit)
    elif source == "rollups":
        raise ValueError("Rollups don't answer this query")
    else:
        statement = groups_statement(project_id, query, view, zone=zone, limit=limit)
    rows = _read(statement)
    if len(rows) > MAX_ROWS:
        raise Unprocessable(
            f"The query has more than {MAX_ROWS} rows: narrow its time range or its filters, or set config.row_limit"
        )
    return [_promised(row, query, view) for row in rows]


def _read(statement: Statement) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _promised(row: Row, query: Query, view: MetricsView) -> Row:
    """Return the row with its metrics as `run_query` promises them."""
    for metric in query.metrics:
        value = row.get(metric.key)
        if value is not None:
            row[metric.key] = _type_of(metric, view.measures[metric.measure].kind)(value)
    return row


def _type_of(metric: Metric, kind: MeasureKind) -> Callable[[Any], Any]:
    if metric.aggregation in {"count", "uniq"}:
        return int
    if kind == "USD":
        return Decimal
    return int if kind == "integer" and metric.aggregation != "avg" else float


def _key(row: Row, query: Query) -> Key:
    return tuple(row[name] for name in (*query.dimensions, *([TIME_DIMENSION] if query.granularity else [])))


def _bins(rows: Sequence[Row], query: Query) -> dict[Key, Bins]:
    """Return the bins that aren't empty, by group, in order."""
    found: dict[Key, Bins] = {}
    for row in sorted(rows, key=lambda row: int(row["bin"])):
        low, width = row["lowest"], (row["highest"] - row["lowest"]) / query.bins
        upper = row["highest"] if row["bin"] == query.bins or not width else low + width * row["bin"]
        found.setdefault(_key(row, query), []).append((low + width * (row["bin"] - 1), upper, row["count"]))
    return found


def _add_histogram(rows: Sequence[Row], metric: Metric, query: Query, bins: dict[Key, Bins]) -> None:
    for row in rows:
        row[metric.key] = bins.get(_key(row, query), [])


def _filled(rows: Sequence[Row], query: Query, zone: tzinfo) -> list[Row]:
    """Return the rows by time, with a row of zeros for each bucket that has none."""
    assert query.granularity is not None
    most = query.row_limit or MAX_ROWS
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
