"""A query in, SQL over the rows of its view's table out: one statement for the groups, one for each histogram."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from analytics.metrics.buckets import zone_name
from analytics.metrics.conditions import compile_filters
from analytics.metrics.query import PERCENTILES, TIME_DIMENSION, Granularity, Metric, Order, Query
from analytics.metrics.views.parts import PAIR_KEY, Dimension, MetricsView
from tracing.queries.filters import Fragment

AGGREGATE = {
    "sum": "coalesce(sum({}), 0)",
    "avg": "avg({})",
    "count": "count({})",
    "max": "max({})",
    "min": "min({})",
    "uniq": "count(distinct {})",
    **{name: f"percentile_disc({share}) within group (order by {{}})" for name, share in PERCENTILES.items()},
}


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    params: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """What some metrics aggregate, as a column of the entities."""

    name: str
    sql: str
    joins: tuple[str, ...]


def groups_statement(
    project_id: str, query: Query, view: MetricsView, *, zone: tzinfo, limit: int
) -> Statement:
    """Return what gives a row for each group: its dimensions, its bucket of time, its metrics but histograms."""
    metrics = [metric for metric in query.metrics if metric.aggregation != "histogram"]
    keys = _keys(query)
    entities = _entities(project_id, query, view, zone=zone, values=_values(metrics, view))
    columns = [*keys, *(f"{_aggregate(metric)} as {_quoted(metric.key)}" for metric in metrics)]
    sql = f"""
        select {", ".join(columns) or "count(*)"}
        from ({entities.sql}) as entity
        {_group_by(len(keys))}
        order by {", ".join(_ordering(query)) or "1"}
        limit {limit:d}
    """  # noqa: S608 - names come from the view, values are bound
    return Statement(sql, entities.params)


def histogram_statement(
    project_id: str, query: Query, view: MetricsView, *, zone: tzinfo, metric: Metric
) -> Statement:
    """Return what gives, by group and bin: lowest and highest value of the group, number of the bin, height."""
    keys = _keys(query)
    entities = _entities(project_id, query, view, zone=zone, values=_values([metric], view))
    value = f"{_value_name(metric.measure)}::float8"
    window = f"partition by {', '.join(keys)}" if keys else ""
    sql = f"""
        select {", ".join([*keys, "lowest", "highest"])},
            case when highest > lowest
                then least(width_bucket(value, lowest, highest, {query.bins:d}), {query.bins:d}) else 1 end as bin,
            count(*)
        from (
            select {", ".join([*keys, f"{value} as value"])},
                min({value}) over ({window}) as lowest, max({value}) over ({window}) as highest
            from ({entities.sql}) as entity where {value} is not null
        ) as valued
        {_group_by(len(keys) + 3)}
    """  # noqa: S608 - names come from the view, values are bound
    return Statement(sql, entities.params)


def _keys(query: Query) -> list[str]:
    return [*(_quoted(name) for name in query.dimensions), *([TIME_DIMENSION] if query.granularity else [])]


def _quoted(name: str) -> str:
    return f'"{name}"'


def _group_by(count: int) -> str:
    return f"group by {', '.join(str(number + 1) for number in range(count))}" if count else ""


def _entities(
    project_id: str,
    query: Query,
    view: MetricsView,
    *,
    zone: tzinfo,
    values: Sequence[Value],
) -> Fragment:
    """Return the statement that gives each entity in question, as often as it explodes."""
    table, conditions = view.table, compile_filters(query, view)
    dimensions = [view.columns[name] for name in query.dimensions]
    joins = [*conditions.joins, *(join for one in dimensions for join in one.joins)]
    joins += [join for value in values for join in value.joins]
    bucket, zoned = _bucket(query.granularity, table.time, zone)
    shown = [f"{_shown(one, index)} as {_quoted(one.id)}" for index, one in enumerate(dimensions)]
    columns = [*shown, *bucket, *(f"{value.sql} as {value.name}" for value in values)]
    wanted = [f"({fragment.sql})" for fragment in conditions.fragments]
    sql = f"""
        select {", ".join(columns) or "1"}
        from {table.name}
        {" ".join(table.joins[name] for name in dict.fromkeys(joins))}
        {" ".join(_explosions(dimensions))}
        where {table.name}.project_id = %s and {table.time} >= %s and {table.time} <= %s
        and {" and ".join([table.where, *wanted])}
    """  # noqa: S608 - names come from the view, values are bound
    params = (param for fragment in conditions.fragments for param in fragment.params)
    return Fragment(sql, (*zoned, project_id, query.start, query.end, *params))


def _bucket(granularity: Granularity | None, time: str, zone: tzinfo) -> tuple[list[str], tuple[str, ...]]:
    """Return the start of the bucket: a date, or for hours and minutes a moment."""
    if granularity is None:
        return [], ()
    if granularity in {"hour", "minute"}:
        sql = f"date_trunc('{granularity}', {time}, %s) as {TIME_DIMENSION}"
    else:
        sql = f"date_trunc('{granularity}', {time} at time zone %s)::date as {TIME_DIMENSION}"
    return [sql], (zone_name(zone),)


def _shown(dimension: Dimension, index: int) -> str:
    if dimension.column.kind == "array":
        return f"exploded_{index}.value"
    return PAIR_KEY if dimension.pairs else dimension.shown or dimension.column.sql


def _explosions(dimensions: Sequence[Dimension]) -> Iterator[str]:
    for index, dimension in enumerate(dimensions):
        if dimension.column.kind == "array":
            yield f"cross join lateral unnest({dimension.column.sql}) as exploded_{index} (value)"
        if dimension.pairs:
            yield f"cross join lateral jsonb_each_text({dimension.pairs}) as pair (key, value)"


def _values(metrics: Sequence[Metric], view: MetricsView) -> list[Value]:
    """Return each value that the metrics aggregate, once."""
    found = {}
    for metric in metrics:
        measure, name = view.measures[metric.measure], _value_name(metric.measure, metric.aggregation)
        counted = measure.distinct if metric.aggregation == "uniq" else None
        found[name] = Value(name, counted or measure.sql, measure.joins)
    return list(found.values())


def _value_name(measure: str, aggregation: str = "") -> str:
    return _quoted(f"distinct {measure}" if aggregation == "uniq" else f"value {measure}")


def _aggregate(metric: Metric) -> str:
    return AGGREGATE[metric.aggregation].format(_value_name(metric.measure, metric.aggregation))


def ordering(query: Query) -> list[Order]:
    """Return by what the rows are ordered; keys part what is equal."""
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


def _ordering(query: Query) -> list[str]:
    return [f"{_quoted(order.field)} {order.direction} nulls last" for order in ordering(query)]
