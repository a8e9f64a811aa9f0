"""The API's words for what is measured, split by and drawn in; what forms, titles, legends and tables call it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.charts.units import Unit
from analytics.metrics.query import Aggregation, Metric
from analytics.metrics.views.catalog import VIEWS
from analytics.metrics.views.parts import MetricsView

VIEW_NAMES = {
    "traces": "Traces",
    "observations": "Observations",
    "scores-numeric": "Scores: numbers",
    "scores-boolean": "Scores: yes or no",
    "scores-categorical": "Scores: categories",
}
VIEW_TELLS = {
    "traces": "Whole requests: how many, how long, at what cost, by whom.",
    "observations": "The steps within: generations, tools, spans, with models, tokens and prompts.",
    "scores-numeric": "Evaluations and feedback that are numbers; yes and no count as 1 and 0.",
    "scores-boolean": "Checks that pass or fail, and how large a share passes.",
    "scores-categorical": "Labels that evaluators and people give, and how often.",
}
CHART_NAMES = {
    "LINE_TIME_SERIES": "Lines over time",
    "AREA_TIME_SERIES": "Areas over time",
    "BAR_TIME_SERIES": "Bars over time",
    "HORIZONTAL_BAR": "Horizontal bars",
    "VERTICAL_BAR": "Columns",
    "PIE": "Ring",
    "NUMBER": "One number",
    "HISTOGRAM": "Histogram",
    "PIVOT_TABLE": "Table",
}
AGGREGATION_NAMES: dict[Aggregation, str] = {
    "sum": "Total",
    "avg": "Average",
    "p50": "Median (p50)",
    "p75": "75th percentile (p75)",
    "p90": "90th percentile (p90)",
    "p95": "95th percentile (p95)",
    "p99": "99th percentile (p99)",
    "min": "Lowest",
    "max": "Highest",
    "count": "How many",
    "uniq": "How many different",
    "histogram": "Distribution",
}
PHRASES: dict[Aggregation, str] = {
    "sum": "Total {}",
    "avg": "Average {}",
    "p50": "Median {}",
    "min": "Lowest {}",
    "max": "Highest {}",
    "count": "Count of {}",
    "uniq": "Different {}",
    "histogram": "Distribution of {}",
    **{name: f"{name} {{}}" for name in ("p75", "p90", "p95", "p99")},
}
SPREAD: tuple[Aggregation, ...] = ("avg", "p50", "p75", "p90", "p95", "p99", "min", "max")
ADDED: tuple[Aggregation, ...] = ("sum", *SPREAD)
LASTING: tuple[Aggregation, ...] = ("p95", *(name for name in ADDED if name != "p95"))
"""The first is what a form begins with: nobody asks for the total of latencies."""


@dataclass(frozen=True, slots=True)
class MeasureWords:
    """What a measure is called in the middle of a sentence, its unit, and the aggregations that say something.

    `unit` is how charts write it; `measured_in` is what a form adds to the name.
    """

    name: str
    unit: Unit
    aggregations: tuple[Aggregation, ...]
    measured_in: str = ""

    @property
    def label(self) -> str:
        name = self.name[:1].upper() + self.name[1:]
        return f"{name} ({self.measured_in})" if self.measured_in else name


def _tokens(name: str) -> MeasureWords:
    return MeasureWords(name, Unit.COUNT, ADDED)


def _money(name: str) -> MeasureWords:
    return MeasureWords(name, Unit.MONEY, ADDED, "US dollars")


def _time(name: str) -> MeasureWords:
    return MeasureWords(name, Unit.DURATION, LASTING, "seconds")


def _speed(name: str) -> MeasureWords:
    return MeasureWords(name, Unit.RATE, SPREAD, "tokens a second")


def _different(name: str) -> MeasureWords:
    return MeasureWords(name, Unit.COUNT, ("uniq",))


COUNTED: dict[str, str] = {
    "traces": "traces",
    "observations": "observations",
    "scores-numeric": "scores",
    "scores-boolean": "scores",
    "scores-categorical": "scores",
}
"""What `count` counts, by view."""
MEASURES: dict[str, MeasureWords] = {
    "latency": _time("latency"),
    "streamingLatency": _time("streaming time"),
    "timeToFirstToken": _time("time to first token"),
    "totalTokens": _tokens("tokens"),
    "inputTokens": _tokens("input tokens"),
    "outputTokens": _tokens("output tokens"),
    "tokensPerSecond": _speed("speed"),
    "outputTokensPerSecond": _speed("output speed"),
    "totalCost": _money("cost"),
    "inputCost": _money("input cost"),
    "outputCost": _money("output cost"),
    "costByType": MeasureWords("cost by type", Unit.MONEY, ("sum", "avg", "max"), "US dollars"),
    "usageByType": MeasureWords("usage by type", Unit.COUNT, ("sum", "avg", "max")),
    "observationsCount": MeasureWords("observations in a trace", Unit.COUNT, ADDED),
    "scoresCount": MeasureWords("scores of a trace", Unit.COUNT, ("sum", "avg", "max")),
    "countScores": MeasureWords("scores of an observation", Unit.COUNT, ("sum", "avg", "max")),
    "toolDefinitions": MeasureWords("tools offered", Unit.COUNT, ADDED),
    "toolCalls": MeasureWords("tool calls", Unit.COUNT, ADDED),
    "traceId": _different("traces"),
    "uniqueUserIds": _different("users"),
    "uniqueSessionIds": _different("sessions"),
    "value": MeasureWords("value", Unit.NUMBER, ADDED),
}
"""Measures but `count`."""
YES_OR_NO = {"avg": ("Share of yes", Unit.SHARE), "sum": ("Number of yes", Unit.COUNT)}
"""What the aggregations of the value of yes-or-no scores say."""

DIMENSIONS: dict[str, str] = {
    "environment": "Environment",
    "tags": "Tag",
    "userId": "User",
    "sessionId": "Session",
    "release": "Release",
    "version": "Version",
    "timestampMonth": "Month",
    "startTimeMonth": "Month",
    "timestampDay": "Day",
    "traceId": "Trace ID",
    "traceName": "Trace name",
    "traceRelease": "Release of the trace",
    "traceVersion": "Version of the trace",
    "parentObservationId": "Parent observation ID",
    "type": "Type",
    "level": "Level",
    "providedModelName": "Model",
    "promptName": "Prompt",
    "promptVersion": "Prompt version",
    "toolNames": "Tool offered",
    "calledToolNames": "Tool called",
    "isRootObservation": "Is the root",
    "costType": "Type of cost",
    "usageType": "Type of usage",
    "experimentName": "Experiment",
    "experimentId": "Experiment ID",
    "experimentDatasetId": "Dataset ID of the experiment",
    "datasetRunId": "Dataset run ID",
    "source": "Source",
    "dataType": "Data type",
    "observationId": "Observation ID",
    "configId": "Score config ID",
    "evaluatorId": "Evaluator ID",
    "observationName": "Observation name",
    "observationModelName": "Model",
    "observationPromptName": "Prompt",
    "observationPromptVersion": "Prompt version",
    "value": "Value",
    "stringValue": "Category",
    "booleanValue": "Yes or no",
    "timestamp": "Time",
    "metadata": "Metadata",
}
OWN_DIMENSIONS = {
    "traces": {"id": "Trace ID", "name": "Trace name"},
    "observations": {"id": "Observation ID", "name": "Observation name"},
    **{view: {"id": "Score ID", "name": "Score name"} for view in VIEW_NAMES if view.startswith("scores")},
}
SAID_TWICE = {"observations": {"traceRelease"}}
"""Dimensions that another one says as well: forms leave them out."""
NEVER_SET = {"evaluatorId"}


def view_of(view: str) -> MetricsView:
    return VIEWS["v1" if view == "traces" else "v2"][view]  # type: ignore[index]


def measure_words(view: str, measure: str) -> MeasureWords:
    if measure == "count":
        return MeasureWords(COUNTED[view], Unit.COUNT, ("count",))
    words = MEASURES[measure]
    if view == "scores-boolean" and measure == "value":
        return MeasureWords(words.name, words.unit, ("avg", "sum"))
    return words


def aggregations_of(view: str, measure: str) -> tuple[Aggregation, ...]:
    """Return the aggregations that say something of a measure, with the distribution where there is one."""
    words = measure_words(view, measure)
    return (*words.aggregations, "histogram") if "p95" in words.aggregations else words.aggregations


def metric_name(view: str, metric: Metric) -> str:
    """Return what a number is called: as its title, in a legend, at the head of a column."""
    words = measure_words(view, metric.measure)
    if metric.measure == "count" and metric.aggregation in {"count", "sum"}:
        return words.label
    if view == "scores-boolean" and metric.measure == "value" and metric.aggregation in YES_OR_NO:
        return YES_OR_NO[metric.aggregation][0]
    if metric.aggregation == "uniq":
        return words.name.capitalize() if words.aggregations == ("uniq",) else f"Different {words.name}"
    return PHRASES[metric.aggregation].format(words.name)


def unit_of(view: str, metric: Metric) -> Unit:
    """Return what a metric is measured in."""
    if metric.aggregation in {"count", "uniq"}:
        return Unit.COUNT
    if view == "scores-boolean" and metric.measure == "value":
        return YES_OR_NO.get(metric.aggregation, ("", Unit.NUMBER))[1]
    unit = measure_words(view, metric.measure).unit
    return Unit.NUMBER if unit is Unit.COUNT and metric.aggregation == "avg" else unit


def dimension_name(view: str, dimension: str) -> str:
    """Return what is split or filtered by, in the singular."""
    return OWN_DIMENSIONS[view].get(dimension) or DIMENSIONS[dimension]


def value_name(view: str, dimension: str, value: Any) -> str:
    """Return what one value of a dimension is called; what lacks it is named by that."""
    if value is None or value == "":
        return f"No {dimension_name(view, dimension).lower()}".replace(" id", " ID")
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value)


def offered_dimensions(view: str) -> list[str]:
    """Return what forms offer to split and filter by."""
    hidden = NEVER_SET | SAID_TWICE.get(view, set())
    return [one for one in view_of(view).dimensions if one not in hidden]


def title_of(view: str, metrics: Sequence[Mapping[str, Any]], dimensions: Sequence[Mapping[str, Any]]) -> str:
    """Return a name for a widget that has none: what it measures, by what."""
    names = [metric_name(view, Metric(one["measure"], one["agg"])) for one in metrics]
    said = ", ".join([names[0], *(name[:1].lower() + name[1:] for name in names[1:])])
    by = " and ".join(dimension_name(view, one["field"]).lower() for one in dimensions)
    return (f"{said} by {by}" if by else said)[:200]
