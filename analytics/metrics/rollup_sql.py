"""A query and its plan in, one statement out: over rollups, and over the rows of what these don't cover.

Both become parts of groups: sums that add up, extremes, and sketches whose buckets add up.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from analytics.metrics.buckets import Bucket, buckets
from analytics.metrics.conditions import compile_filters
from analytics.metrics.entities import entities_of, value_of
from analytics.metrics.grouping import Statement, bucket_column, keys_of, order_by, quoted
from analytics.metrics.plan import Plan, Stored
from analytics.metrics.query import PERCENTILES, Metric, Query
from analytics.metrics.views.parts import Dimension, MetricsView
from analytics.rollups.levels import Level, floor
from analytics.rollups.read import Cover, RowPiece, cover_of, covered
from tracing.queries.filters import Column, Fragment

GRAINS = {"minute": Level.SLICE, "hour": Level.HOUR}
MICROSECOND = timedelta(microseconds=1)
NAMED = re.compile(r"%\((\w+)\)s")

SKETCH_SQL = """, {sketch} as (
    select group_key, array_agg(bucket) as buckets, array_agg(number) as counts
    from (
        select group_key, bucket, sum(number)::bigint as number
        from parts cross join lateral unnest({buckets}, {counts}) as sketch (bucket, number)
        group by 1, 2
    ) as added
    group by 1
)"""


@dataclass(frozen=True, slots=True)
class Part:
    """A column of the parts: its name, and what it is of a rollup and of an entity."""

    name: str
    of_rollup: str
    of_entity: str


def rollups_statement(
    project_id: str,
    query: Query,
    view: MetricsView,
    plan: Plan,
    *,
    zone: tzinfo,
    found: Cover,
    limit: int,
) -> Statement:
    """Return what gives the rows that the table would give; run it in the snapshot that saw the cover."""
    parts = list({part.name: part for part in _parts(query, view, plan)}.values())
    pieces = [_of_rollups(query, view, plan, parts=parts, found=found, zone=zone)]
    if found.rows:
        pieces.append(_of_rows(project_id, query, view, parts=parts, rows=found.rows, zone=zone))
    keys, measures = keys_of(query), _sketched(query)
    grouped = f"group by {', '.join([*keys, 'group_key'])}" if keys else ""
    sums = [_sum(metric, plan.measures[metric.measure]) for metric in query.metrics]
    percentiles = [_percentile(metric) for metric in query.metrics]
    sql = f"""
        with parts as materialized (
            select *, {f"row({', '.join(keys)})::text" if keys else "''"} as group_key
            from ({" union all ".join(piece.sql for piece in pieces)}) as piece
        ), groups as (
            select {", ".join([*keys, "group_key" if keys else "max(group_key) as group_key", *filter(None, sums)])}
            from parts {grouped}
        ){"".join(_sketch_cte(measure) for measure in measures)}
        select {", ".join(["groups.*", *filter(None, percentiles)])}
        from groups {" ".join(f"left join {_sketch(measure)} using (group_key)" for measure in measures)}
        order by {order_by(query)}
        limit {limit:d}
    """  # noqa: S608 - names come from the view and the plan, values are bound
    return Statement(sql, tuple(param for piece in pieces for param in piece.params))


def cover_for(project_id: str, query: Query, plan: Plan, *, zone: tzinfo, now: datetime, live: bool) -> Cover:
    """Return what of the time asked for stands in rollups; no piece belongs to two buckets.

    `live`: what was ingested since the last refresh is read from the rows.
    """
    grain = GRAINS.get(query.granularity or "day", Level.DAY)
    edges = _edges(query, zone)
    return cover_of(
        plan.table,
        [project_id],
        query.start,
        query.end + MICROSECOND,
        now=now,
        edges=[edge for edge in edges if floor(edge, grain.width) != edge],
        grain=grain,
        live=live,
    )


def _edges(query: Query, zone: tzinfo) -> Iterator[datetime]:
    """Yield where buckets start; minutes start with slices everywhere."""
    if query.granularity is None or query.granularity == "minute":
        return
    for bucket in buckets(query.granularity, query.start, query.end, zone):
        yield _moment(bucket, zone)


def _moment(bucket: Bucket, zone: tzinfo) -> datetime:
    return bucket if isinstance(bucket, datetime) else datetime.combine(bucket, time(), zone)


def _parts(query: Query, view: MetricsView, plan: Plan) -> Iterator[Part]:
    """Yield the columns that the metrics are made of; some more than once."""
    for metric in query.metrics:
        stored, value = plan.measures[metric.measure], value_of(view, metric.measure).name
        counted = f"({value} is not null)::int" if stored.stem else "1"
        yield Part(_number(stored), stored.number, counted)
        yield Part(_total(stored), stored.total, value)
        if stored.stem and metric.aggregation in {"min", "max"}:
            yield Part(_extreme(stored, "min"), f"{stored.stem}_min::numeric", value)
            yield Part(_extreme(stored, "max"), f"{stored.stem}_max::numeric", value)
        if metric.aggregation in PERCENTILES:
            buckets_, counts = _arrays(metric.measure)
            none = f"case when {value} is null then '{{}}' else"
            yield Part(
                buckets_, f"{stored.stem}_buckets", f"{none} array[rollup_bucket({value}::float8)] end"
            )
            yield Part(counts, f"{stored.stem}_counts", f"{none} array[1::bigint] end")


def _number(stored: Stored) -> str:
    return quoted(f"number of {stored.number}")


def _total(stored: Stored) -> str:
    return quoted(f"total of {stored.total}")


def _extreme(stored: Stored, which: str) -> str:
    return quoted(f"{which} of {stored.stem}")


def _arrays(measure: str) -> tuple[str, str]:
    return quoted(f"buckets of {measure}"), quoted(f"counts of {measure}")


def _sketch(measure: str) -> str:
    return quoted(f"sketch of {measure}")


def _of_rollups(
    query: Query, view: MetricsView, plan: Plan, *, parts: Sequence[Part], found: Cover, zone: tzinfo
) -> Fragment:
    rollups = _positional(*covered(plan.table, found))
    bucket, zoned = bucket_column(query, "rollup.start", zone)
    conditions = compile_filters(query, replace(view, columns=_columns(view, plan)))
    dimensions = [f"{plan.dimensions[name]} as {quoted(name)}" for name in query.dimensions]
    wanted = [plan.where, *(f"({fragment.sql})" for fragment in conditions.fragments)]
    sql = f"""
        select {", ".join([*dimensions, *bucket, *(f"{part.of_rollup} as {part.name}" for part in parts)])}
        from ({rollups.sql}) as rollup
        where {" and ".join(wanted)}
    """  # noqa: S608 - names come from the view and the plan, values are bound
    params = (param for fragment in conditions.fragments for param in fragment.params)
    return Fragment(sql, (*zoned, *rollups.params, *params))


def _columns(view: MetricsView, plan: Plan) -> Mapping[str, Dimension]:
    """Return the dimensions as columns of the rollups."""
    return {
        name: Dimension(Column(name, view.columns[name].column.kind, sql))
        for name, sql in plan.dimensions.items()
        if name in view.columns
    }


def _positional(sql: str, values: Mapping[str, Any]) -> Fragment:
    return Fragment(NAMED.sub("%s", sql), tuple(values[name] for name in NAMED.findall(sql)))


def _of_rows(
    project_id: str,
    query: Query,
    view: MetricsView,
    *,
    parts: Sequence[Part],
    rows: Sequence[RowPiece],
    zone: tzinfo,
) -> Fragment:
    column = view.table.time
    during = Fragment(
        " or ".join([f"{column} >= %s and {column} < %s"] * len(rows)),
        tuple(moment for piece in rows for moment in (piece.start, piece.end)),
    )
    values = [value_of(view, metric.measure) for metric in query.metrics]
    entities = entities_of(project_id, query, view, zone=zone, values=values, during=during)
    columns = [*keys_of(query), *(f"{part.of_entity} as {part.name}" for part in parts)]
    return Fragment(f"select {', '.join(columns)} from ({entities.sql}) as entity", entities.params)  # noqa: S608


def _sum(metric: Metric, stored: Stored) -> str | None:
    """Return a metric that the groups have; percentiles come from sketches."""
    total, number = f"sum({_total(stored)})", f"sum({_number(stored)})"
    aggregates = {
        "sum": f"coalesce({total}, 0)",
        "count": f"coalesce({number}, 0)",
        "avg": f"{total} / nullif({number}, 0)",
        "min": f"min({_extreme(stored, 'min')})",
        "max": f"max({_extreme(stored, 'max')})",
    }
    aggregate = aggregates.get(metric.aggregation)
    return f"{aggregate} as {quoted(metric.key)}" if aggregate else None


def _percentile(metric: Metric) -> str | None:
    share, sketch = PERCENTILES.get(metric.aggregation), _sketch(metric.measure)
    if share is None:
        return None
    return f"rollup_percentile({sketch}.buckets, {sketch}.counts, {share}) as {quoted(metric.key)}"


def _sketched(query: Query) -> list[str]:
    """Return the measures that percentiles are asked of."""
    measures = [metric.measure for metric in query.metrics if metric.aggregation in PERCENTILES]
    return list(dict.fromkeys(measures))


def _sketch_cte(measure: str) -> str:
    buckets_, counts = _arrays(measure)
    return SKETCH_SQL.format(sketch=_sketch(measure), buckets=buckets_, counts=counts)
