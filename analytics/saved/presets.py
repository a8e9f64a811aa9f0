"""The id of a preset in, the widget that shows the same out; or what the preset is, where no widget does.

Dashboards that were made for Langfuse place its home page's tiles by these ids.
"""

from typing import Any

from analytics.models import Widget

GENERATIONS = {"type": "string", "column": "type", "operator": "=", "value": "GENERATION"}


def _split(*fields: str) -> list[dict[str, str]]:
    return [{"field": field} for field in fields]


def _measured(measure: str, *aggregations: str) -> list[dict[str, str]]:
    return [{"measure": measure, "agg": aggregation} for aggregation in aggregations]


def _known(column: str) -> dict[str, str]:
    return {"type": "null", "column": column, "operator": "is not null"}


QUANTILES = _measured("latency", "p50", "p90", "p95", "p99")
COUNT, COST = _measured("count", "count"), _measured("totalCost", "sum")
PRESETS: dict[str, dict[str, Any]] = {
    "home-traces": {
        "name": "Traces",
        "view": "traces",
        "metrics": COUNT,
        "dimensions": _split("name"),
        "chart_type": "HORIZONTAL_BAR",
        "chart_config": {"row_limit": 20},
    },
    "home-model-costs": {
        "name": "Model costs",
        "view": "observations",
        "metrics": [*COST, *_measured("totalTokens", "sum")],
        "dimensions": _split("providedModelName"),
        "filters": [_known("providedModelName")],
        "chart_type": "PIVOT_TABLE",
    },
    "home-scores-table": {
        "name": "Scores",
        "view": "scores-numeric",
        "metrics": [*COUNT, *_measured("value", "avg")],
        "dimensions": _split("name", "source", "dataType"),
        "chart_type": "PIVOT_TABLE",
    },
    "home-traces-obs-time-series": {
        "name": "Traces over time",
        "view": "traces",
        "metrics": COUNT,
        "chart_type": "BAR_TIME_SERIES",
    },
    "home-model-usage": {
        "name": "Cost by model",
        "view": "observations",
        "metrics": COST,
        "dimensions": _split("providedModelName"),
        "filters": [_known("providedModelName")],
        "chart_type": "AREA_TIME_SERIES",
    },
    "home-users": {
        "name": "Cost by user",
        "view": "traces",
        "metrics": COST,
        "dimensions": _split("userId"),
        "filters": [_known("userId")],
        "chart_type": "HORIZONTAL_BAR",
        "chart_config": {"row_limit": 20},
    },
    "home-chart-scores": {
        "name": "Scores over time",
        "view": "scores-numeric",
        "metrics": _measured("value", "avg"),
        "dimensions": _split("name"),
        "chart_type": "LINE_TIME_SERIES",
    },
    "home-latency-table-traces": {
        "name": "Latency of traces",
        "view": "traces",
        "metrics": QUANTILES,
        "dimensions": _split("name"),
        "chart_type": "PIVOT_TABLE",
    },
    "home-latency-table-generations": {
        "name": "Latency of generations",
        "view": "observations",
        "metrics": QUANTILES,
        "dimensions": _split("name"),
        "filters": [GENERATIONS],
        "chart_type": "PIVOT_TABLE",
    },
    "home-latency-table-observations": {
        "name": "Latency of observations",
        "view": "observations",
        "metrics": QUANTILES,
        "dimensions": _split("type", "name"),
        "chart_type": "PIVOT_TABLE",
    },
    "home-generation-latency": {
        "name": "p95 latency by model",
        "view": "observations",
        "metrics": _measured("latency", "p95"),
        "dimensions": _split("providedModelName"),
        "filters": [GENERATIONS],
        "chart_type": "LINE_TIME_SERIES",
    },
}
TOLD = {
    "home-score-analytics": (
        "Langfuse shows several charts of chosen scores here. "
        "A widget for each score, as a histogram or as lines over time, shows the same."
    ),
}


def preset_widget(project_id: str, preset_id: str) -> Widget | None:
    """Return an unsaved widget that shows what the preset does."""
    columns = PRESETS.get(preset_id)
    return None if columns is None else Widget(project_id=project_id, **columns)


def preset_note(preset_id: str) -> str:
    """Return what stands in the place of a preset that is not drawn."""
    return TOLD.get(preset_id) or (
        f"The preset “{preset_id[:100]}” is not known here. Put a widget in its place, or remove the tile."
    )
