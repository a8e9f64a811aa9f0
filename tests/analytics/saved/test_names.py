"""Names of what is measured: every word of the API has one, and titles read as people speak."""

import pytest

from analytics.charts.units import Unit
from analytics.metrics.query import AGGREGATIONS, Metric
from analytics.saved.names import (
    AGGREGATION_NAMES,
    CHART_NAMES,
    VIEW_NAMES,
    VIEW_TELLS,
    aggregations_of,
    dimension_name,
    measure_words,
    metric_name,
    title_of,
    unit_of,
    value_name,
    view_of,
)
from analytics.saved.wire import ChartType


@pytest.mark.parametrize("view", VIEW_NAMES)
def test_every_word_of_a_view_has_a_name(view: str) -> None:
    assert all(dimension_name(view, one) for one in (*view_of(view).dimensions, "timestamp", "metadata"))
    for id_, measure in view_of(view).measures.items():
        names = [metric_name(view, Metric(id_, one)) for one in measure.aggregations]
        assert all(names) and measure_words(view, id_).label
        assert set(aggregations_of(view, id_)) <= set(measure.aggregations)


def test_every_chart_view_and_aggregation_has_a_name() -> None:
    assert set(CHART_NAMES) == set(ChartType.__args__)  # type: ignore[attr-defined]
    assert set(AGGREGATION_NAMES) == set(AGGREGATIONS) and set(VIEW_NAMES) == set(VIEW_TELLS)


@pytest.mark.parametrize(
    ("view", "metric", "name", "unit"),
    [
        ("traces", Metric("count", "count"), "Traces", Unit.COUNT),
        ("observations", Metric("totalCost", "sum"), "Total cost", Unit.MONEY),
        ("observations", Metric("latency", "p95"), "p95 latency", Unit.DURATION),
        ("observations", Metric("latency", "p50"), "Median latency", Unit.DURATION),
        ("observations", Metric("latency", "count"), "Count of latency", Unit.COUNT),
        ("observations", Metric("totalTokens", "avg"), "Average tokens", Unit.NUMBER),
        ("observations", Metric("uniqueUserIds", "uniq"), "Users", Unit.COUNT),
        ("scores-boolean", Metric("value", "avg"), "Share of yes", Unit.SHARE),
        ("scores-numeric", Metric("value", "avg"), "Average value", Unit.NUMBER),
    ],
)
def test_a_number_is_called_and_measured(view: str, metric: Metric, name: str, unit: Unit) -> None:
    assert (metric_name(view, metric), unit_of(view, metric)) == (name, unit)


def test_titles_and_values() -> None:
    metrics = [{"measure": "totalCost", "agg": "sum"}, {"measure": "latency", "agg": "p95"}]
    split = [{"field": "providedModelName"}, {"field": "name"}]
    assert title_of("observations", metrics, split) == "Total cost, p95 latency by model and observation name"
    assert value_name("observations", "providedModelName", None) == "No model"
    assert value_name("observations", "traceId", "") == "No trace ID"
    assert value_name("observations", "isRootObservation", True) == "Yes"
