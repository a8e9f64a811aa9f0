"""A query in, SQL over the rows of its view's table out: one statement for the groups, one for each histogram."""

from datetime import tzinfo

from analytics.metrics.entities import during_of, entities_of, value_of
from analytics.metrics.grouping import Statement, group_by, keys_of, order_by, quoted
from analytics.metrics.query import PERCENTILES, Metric, Query
from analytics.metrics.views.parts import MetricsView

AGGREGATE = {
    "sum": "coalesce(sum({}), 0)",
    "avg": "avg({})",
    "count": "count({})",
    "max": "max({})",
    "min": "min({})",
    "uniq": "count(distinct {})",
    **{name: f"percentile_disc({share}) within group (order by {{}})" for name, share in PERCENTILES.items()},
}


def groups_statement(
    project_id: str, query: Query, view: MetricsView, *, zone: tzinfo, limit: int
) -> Statement:
    """Return what gives a row for each group: its dimensions, its bucket of time, its metrics but histograms."""
    metrics = [metric for metric in query.metrics if metric.aggregation != "histogram"]
    values = [value_of(view, metric.measure, aggregation=metric.aggregation) for metric in metrics]
    during = during_of(query, view)
    entities = entities_of(project_id, query, view, zone=zone, values=values, during=during)
    keys = keys_of(query)
    aggregated = [
        f"{AGGREGATE[metric.aggregation].format(value.name)} as {quoted(metric.key)}"
        for metric, value in zip(metrics, values, strict=True)
    ]
    sql = f"""
        select {", ".join([*keys, *aggregated]) or "count(*)"}
        from ({entities.sql}) as entity
        {group_by(len(keys))}
        order by {order_by(query)}
        limit {limit:d}
    """  # noqa: S608 - names come from the view, values are bound
    return Statement(sql, entities.params)


def histogram_statement(
    project_id: str, query: Query, view: MetricsView, *, zone: tzinfo, metric: Metric
) -> Statement:
    """Return what gives, by group and bin: lowest and highest value of the group, number of the bin, height."""
    measured = value_of(view, metric.measure)
    during = during_of(query, view)
    entities = entities_of(project_id, query, view, zone=zone, values=[measured], during=during)
    keys, value = keys_of(query), f"{measured.name}::float8"
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
        {group_by(len(keys) + 3)}
    """  # noqa: S608 - names come from the view, values are bound
    return Statement(sql, entities.params)
