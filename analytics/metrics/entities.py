"""A query in, the statement out that reads its entities: rows of a table, their dimensions, values to aggregate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from analytics.metrics.conditions import compile_filters
from analytics.metrics.grouping import bucket_column, quoted
from analytics.metrics.query import Query
from analytics.metrics.views.parts import PAIR_KEY, Dimension, MetricsView
from tracing.queries.filters import Fragment


@dataclass(frozen=True, slots=True)
class Value:
    """What some metrics aggregate, as a column of the entities."""

    name: str
    sql: str
    joins: tuple[str, ...]


def value_of(view: MetricsView, measure: str, *, aggregation: str = "") -> Value:
    """Return the value that an aggregation of a measure takes."""
    found = view.measures[measure]
    if aggregation == "uniq":
        return Value(quoted(f"distinct {measure}"), found.distinct or found.sql, found.joins)
    return Value(quoted(f"value {measure}"), found.sql, found.joins)


def during_of(query: Query, view: MetricsView) -> Fragment:
    """Return the condition that a row is of the time asked for."""
    time = view.table.time
    return Fragment(f"{time} >= %s and {time} <= %s", (query.start, query.end))


def entities_of(
    project_id: str,
    query: Query,
    view: MetricsView,
    *,
    zone: tzinfo,
    values: Sequence[Value],
    during: Fragment,
) -> Fragment:
    """Return the statement that gives each entity of this time, as often as it explodes."""
    table, conditions = view.table, compile_filters(query, view)
    dimensions = [view.columns[name] for name in query.dimensions]
    joins = [*conditions.joins, *(join for one in dimensions for join in one.joins)]
    joins += [join for value in values for join in value.joins]
    bucket, zoned = bucket_column(query, table.time, zone)
    shown = [f"{_shown(one, index)} as {quoted(one.id)}" for index, one in enumerate(dimensions)]
    columns = [*shown, *bucket, *(f"{value.sql} as {value.name}" for value in dict.fromkeys(values))]
    wanted = [f"({fragment.sql})" for fragment in conditions.fragments]
    sql = f"""
        select {", ".join(columns) or "1"}
        from {table.name}
        {" ".join(table.joins[name] for name in dict.fromkeys(joins))}
        {" ".join(_explosions(dimensions))}
        where {table.name}.project_id = %s and ({during.sql})
        and {" and ".join([table.where, *wanted])}
    """  # noqa: S608 - names come from the view, values are bound
    params = (param for fragment in conditions.fragments for param in fragment.params)
    return Fragment(sql, (*zoned, project_id, *during.params, *params))


def _shown(dimension: Dimension, index: int) -> str:
    if dimension.column.kind == "array":
        return f"exploded_{index}.value"
    return PAIR_KEY if dimension.pairs else dimension.shown or dimension.column.sql


def _explosions(dimensions: Sequence[Dimension]) -> Iterator[str]:
    for index, dimension in enumerate(dimensions):
        if dimension.column.kind == "array":
            which = "distinct" if dimension.distinct else "all"
            elements = f"unnest({dimension.column.sql}) as array_{index} (value)"
            yield f"cross join lateral (select {which} value from {elements}) as exploded_{index}"  # noqa: S608
        if dimension.pairs:
            yield f"cross join lateral jsonb_each_text({dimension.pairs}) as pair (key, value)"
