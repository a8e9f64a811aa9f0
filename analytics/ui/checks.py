"""The draft of a widget in; its columns out, or in the draft what is wrong, beside the field, and what to do."""

from typing import Any

from analytics.metrics.query import Metric
from analytics.saved.names import (
    AGGREGATION_NAMES,
    CHART_NAMES,
    aggregations_of,
    dimension_name,
    measure_words,
    unit_of,
    view_of,
)
from analytics.saved.questions import TIME_SERIES
from analytics.ui.drafts import SEVERAL, UNSPLIT, Draft, MetricRow
from analytics.ui.filters import Filter, WrongRow, filter_of

LONGEST_NAME, LONGEST_TEXT = 200, 2_000


def check_draft(draft: Draft) -> dict[str, Any] | None:
    """Return the columns of the widget; or nothing, with errors in the draft that say what to do."""
    draft.errors = {}
    config = _config(draft)
    filters = _check_filters(draft)
    metrics = _check_metrics(draft)
    _check_words(draft)
    if not any(row.error for row in draft.metrics):
        _check_chart(draft, metrics)
    if draft.errors or draft.row_errors:
        return None
    return {
        "name": draft.title,
        "description": draft.description,
        "view": draft.view,
        "dimensions": [{"field": one} for one in draft.dimensions],
        "metrics": metrics,
        "filters": [*filters, *draft.kept],
        "chart_type": draft.chart_type,
        "chart_config": config,
    }


def _check_words(draft: Draft) -> None:
    if len(draft.name) > LONGEST_NAME:
        draft.errors["name"] = (
            f"A name has {LONGEST_NAME} characters at most; this one has {len(draft.name)}."
        )
    if len(draft.description) > LONGEST_TEXT:
        draft.errors["description"] = f"A description has {LONGEST_TEXT:,} characters at most."
    if any(one not in view_of(draft.view).dimensions for one in draft.dimensions):
        draft.errors["dimension"] = "Choose what to split by from the list."


def _check_metrics(draft: Draft) -> list[dict[str, str]]:
    metrics = []
    for row in draft.metrics:
        row.error = ""
        if row.measure not in view_of(draft.view).measures:
            row.error = "Choose what is measured."
            continue
        row.error = _wrong_aggregation(draft, row)
        metrics.append({"measure": row.measure, "agg": draft.chosen(row)})
    return metrics


def _wrong_aggregation(draft: Draft, row: MetricRow) -> str:
    words = measure_words(draft.view, row.measure)
    known = [one for one in aggregations_of(draft.view, row.measure) if one != "histogram"]
    if draft.is_histogram:
        if "histogram" in aggregations_of(draft.view, row.measure):
            return ""
        return (
            f"{words.label} has no values to make a histogram of: "
            "measure something that varies, such as latency or cost, or choose another chart."
        )
    if row.agg == "histogram":
        return "A distribution is drawn as a histogram: choose that chart, or another aggregation."
    if not row.agg or row.agg in known or draft.was_so(row):
        return ""
    names = ", ".join(AGGREGATION_NAMES[one] for one in known)
    chosen = dict(AGGREGATION_NAMES).get(row.agg, row.agg[:40])  # type: ignore[call-overload]
    return f"“{chosen}” says nothing of {words.label}: choose {names}."


def _check_chart(draft: Draft, metrics: list[dict[str, str]]) -> None:
    chart, view = draft.chart_type, view_of(draft.view)
    if chart not in CHART_NAMES:
        draft.errors["chart_type"] = "Choose a chart."
    elif len(metrics) > 1 and chart not in SEVERAL:
        draft.errors["chart_type"] = (
            f"{CHART_NAMES[chart]} shows one measure: choose a table or a chart over time, or remove the others."
        )
    elif "dimension" in draft.errors:
        return
    elif draft.dimensions and chart in UNSPLIT:
        draft.errors["dimension"] = (
            f"{CHART_NAMES[chart]} is not split: choose bars or a table, or split by nothing."
        )
    elif chart in TIME_SERIES:
        units = {unit_of(draft.view, Metric(one["measure"], one["agg"])) for one in metrics}  # type: ignore[arg-type]
        many = [one for one in draft.dimensions if one in view.high_cardinality]
        if len(units) > 1:
            draft.errors["chart_type"] = (
                "These measures have different units, and a chart has one: choose a table."
            )
        elif many:
            draft.errors["dimension"] = (
                f"{dimension_name(draft.view, many[0])} has too many values for a chart over time: "
                "choose bars or a table, or filter by it instead."
            )


def _check_filters(draft: Draft) -> list[Filter]:
    filters = []
    for row in draft.filters:
        row.error = ""
        if row.is_blank:
            continue
        try:
            filters.append(filter_of(draft.view, row))
        except WrongRow as wrong:
            row.error = str(wrong)
    return filters


def _config(draft: Draft) -> dict[str, Any]:
    """Return what the chart is told, with what the form does not show as it was."""
    before = draft.base.chart_config if draft.base else {}
    config = {name: value for name, value in before.items() if name not in {"type", "row_limit", "bins"}}
    shown = {*draft.dimensions, *(f"{row.agg}_{row.measure}" for row in draft.metrics)}
    if (config.get("defaultSort") or {}).get("column") not in shown:
        config.pop("defaultSort", None)
    for name, is_shown, most in (("row_limit", draft.has_limit, 1000), ("bins", draft.is_histogram, 100)):
        text = getattr(draft, name)
        if not is_shown or not text:
            continue
        if not text.isdecimal() or not 1 <= int(text[:9]) <= most or len(text) > 9:
            draft.errors[name] = f"A whole number from 1 to {most:,} is expected."
        else:
            config[name] = int(text)
    return {"type": draft.chart_type, **config}
