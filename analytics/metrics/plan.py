"""A query in, how rollups answer it out, or that they don't: they know few dimensions, and no single rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analytics.metrics.query import PERCENTILES, Metric, Query, ViewName
from analytics.rollups.tables import OBSERVATIONS, SCORES, TRACES, USAGE, RollupTable
from tracing.queries.conditions import (
    Condition,
    NullCondition,
    NumberCondition,
    StringCondition,
    StringOptionsCondition,
)

CUT = 200
"""Longer texts are cut in rollups: conditions on them are for the rows."""

ALWAYS = frozenset({"sum", "avg", "count"})
"""What the sum of a value that no entity lacks, and the number of entities, tell."""
EXTREMES = frozenset({"sum", "avg", "count", "min", "max"})
SKETCHED = EXTREMES | frozenset(PERCENTILES)


@dataclass(frozen=True, slots=True)
class Stored:
    """A measure in a table of rollups.

    `total` is the column of its sum, `number` that of how many values it sums; `stem` is that of `…_min` and
    `…_max`, and of the sketch where `aggregations` have percentiles.
    """

    aggregations: frozenset[str]
    total: str
    number: str = "count"
    stem: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A table of rollups, which of its rows count, and the columns of the dimensions and measures asked for."""

    table: RollupTable
    where: str
    dimensions: Mapping[str, str]
    measures: Mapping[str, Stored]


def duration(stem: str, aggregations: frozenset[str] = SKETCHED) -> Stored:
    return Stored(aggregations, f"{stem}_sum", f"{stem}_count", stem)


COUNT = Stored(frozenset({"sum", "count"}), "count")
OF_OBSERVATIONS = Plan(
    OBSERVATIONS,
    "true",
    {
        "environment": "environment",
        "type": "type",
        "level": "observation_level",
        "name": "name",
        "traceName": "trace_name",
        "providedModelName": "model",
        "promptName": "prompt_name",
        "promptVersion": "prompt_version",
    },
    {
        "count": COUNT,
        "inputTokens": Stored(ALWAYS, "input_tokens"),
        "outputTokens": Stored(ALWAYS, "output_tokens"),
        "totalTokens": Stored(ALWAYS, "total_tokens"),
        "inputCost": Stored(frozenset({"sum"}), "input_cost"),
        "outputCost": Stored(frozenset({"sum"}), "output_cost"),
        "totalCost": Stored(frozenset({"sum"}), "total_cost"),
        "latency": duration("latency"),
        "timeToFirstToken": duration("ttft"),
        "streamingLatency": duration("streaming", EXTREMES),
    },
)
TRACE_MEASURES = {
    "count": COUNT,
    "observationsCount": Stored(ALWAYS, "observation_count"),
    "totalTokens": Stored(ALWAYS, "total_tokens"),
    "totalCost": Stored(ALWAYS, "total_cost"),
    "latency": duration("latency"),
}


def of_usage(type_: str, measure: str, column: str) -> Plan:
    """Return the plan of what observations used, or cost, by type: keys that lack the one may have the other."""
    dimensions = {"environment": "environment", "providedModelName": "model", type_: "usage_key"}
    return Plan(USAGE, f"{column} is not null", dimensions, {measure: Stored(frozenset({"sum"}), column)})


def of_traces(facet: str, dimension: str) -> Plan:
    """Return the plan of traces by one of what they are kept by."""
    dimensions = {"environment": "environment", dimension: "value"}
    return Plan(TRACES, f"facet = '{facet}'", dimensions, TRACE_MEASURES)


def of_scores(data_types: str, *, texts: bool = False) -> Plan:
    dimensions = {"environment": "environment", "name": "name", "source": "source", "dataType": "data_type"}
    where, measures = f"data_type in ({data_types})", {"count": COUNT, "value": duration("value")}
    if texts:
        return Plan(SCORES, where, dimensions | {"stringValue": "string_value"}, {"count": COUNT})
    return Plan(SCORES, where, dimensions, measures)


PLANS: dict[ViewName, tuple[Plan, ...]] = {
    "observations": (
        OF_OBSERVATIONS,
        of_usage("usageType", "usageByType", "units"),
        of_usage("costType", "costByType", "cost"),
    ),
    "traces": (of_traces("name", "name"), of_traces("user", "userId"), of_traces("tag", "tags")),
    "scores-numeric": (of_scores("'NUMERIC', 'BOOLEAN'"),),
    "scores-boolean": (of_scores("'BOOLEAN'"),),
    "scores-categorical": (of_scores("'CATEGORICAL'", texts=True),),
}


def plan_of(query: Query) -> Plan | None:
    """Return the first table of rollups that has all that the query asks for."""
    return next((plan for plan in PLANS[query.view] if _answers(plan, query)), None)


def _answers(plan: Plan, query: Query) -> bool:
    if not _keeps_entities(plan, query):
        return False
    return (
        all(name in plan.dimensions for name in query.dimensions)
        and all(_has(plan, metric) for metric in query.metrics)
        and all(_compares(plan, condition) for condition in query.filters)
    )


def _keeps_entities(plan: Plan, query: Query) -> bool:
    """Say whether each entity counts as often as it is to: those that explode only where they are to."""
    exploding = {"tags", "usageType", "costType"} & plan.dimensions.keys()
    return exploding <= set(query.dimensions)


def _has(plan: Plan, metric: Metric) -> bool:
    stored = plan.measures.get(metric.measure)
    return stored is not None and metric.aggregation in stored.aggregations


def _compares(plan: Plan, condition: Condition) -> bool:
    """Say whether the condition means the same of a text that may be cut, and of what it was."""
    if condition.column not in plan.dimensions or condition.column == "tags":
        return False
    if isinstance(condition, NullCondition | NumberCondition):
        return True
    if isinstance(condition, StringCondition):
        return condition.operator == "=" and _is_whole([condition.value])
    return isinstance(condition, StringOptionsCondition) and _is_whole(condition.value)


def _is_whole(values: Iterable[str]) -> bool:
    return all(len(value) <= CUT for value in values)
