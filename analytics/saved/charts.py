"""A widget and a range in; the tile that shows its answer out."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db import OperationalError

from analytics.charts.bars import Item, draw_bars
from analytics.charts.columns import draw_columns
from analytics.charts.donut import draw_donut
from analytics.charts.histogram import Bin, draw_histogram
from analytics.charts.series import Form, Series, TimeAxis, draw_series
from analytics.charts.units import Number, exact, exact_column, short
from analytics.dashboards.ranges import Range
from analytics.dashboards.tiles import TONES, BigNumber, Cell, Chart, Links, Table
from analytics.metrics.query import TIME_DIMENSION, Metric, Query
from analytics.metrics.run import Row, run_query
from analytics.models import Widget
from analytics.saved.names import dimension_name, metric_name, unit_of, value_name
from analytics.saved.questions import query_of
from tracing.queries.pages import READ_SECONDS, was_cut_off

FORMS = {
    "LINE_TIME_SERIES": Form.LINE,
    "AREA_TIME_SERIES": Form.AREA,
    "BAR_TIME_SERIES": Form.BARS,
}
ADDING = {"sum", "count"}
"""Aggregations of nothing are 0; of all others there is none."""
THOUSANDTH = Decimal("0.001")
FILTERS = {
    "providedModelName": "model",
    "traceName": "name",
    "userId": "user",
    "sessionId": "session",
    "environment": "environment",
    "level": "level",
    "promptName": "prompt",
    "type": "type",
    "tags": "tag",
}
"""What a dimension of observations or traces is called in the address of the list of traces."""
MILLISECONDS = ("latency", "streamingLatency", "timeToFirstToken")
TOO_SLOW = "This takes too long to count: choose a shorter range, or filter by less."


class NotDrawn(Exception):
    """A chart could not be drawn; the text says what to do."""


def draw_widget(
    project_id: str,
    widget: Widget,
    shown: Range,
    links: Links,
    *,
    filters: list[dict[str, Any]],
    now: datetime,
    seconds: float = READ_SECONDS,
) -> Chart:
    """Ask what the widget asks of the range, and draw the answer as it says.

    `seconds` limits each statement; `NotDrawn` says what to do about one that took longer.
    """
    query = query_of(widget, shown.start, shown.end, filters=filters)
    try:
        rows = run_query(project_id, query, now=now, zone=shown.zone, seconds=seconds)
    except OperationalError as error:
        if was_cut_off(error):
            raise NotDrawn(TOO_SLOW) from error
        raise
    return _draw(widget, query, rows, shown, links)


def _draw(widget: Widget, query: Query, rows: Sequence[Row], shown: Range, links: Links) -> Chart:
    if widget.chart_type in FORMS:
        return _series(widget, query, rows, shown, links)
    if widget.chart_type == "NUMBER":
        return _number(query, rows)
    if widget.chart_type == "PIVOT_TABLE":
        return _table(query, rows, links)
    if widget.chart_type == "HISTOGRAM":
        return _histogram(query, rows)
    metric = query.metrics[0]
    items = [
        Item(_name(query, row), _value(row, metric), _href(query, row, links), tone="s1") for row in rows
    ]
    unit = unit_of(query.view, metric)
    if widget.chart_type == "PIE":
        toned = [
            Item(one.name, one.value, one.href, tone=tone) for one, tone in zip(items, TONES, strict=False)
        ]
        return draw_donut(toned, unit)
    return draw_columns(items, unit) if widget.chart_type == "VERTICAL_BAR" else draw_bars(items, unit)


def _value(row: Row, metric: Metric) -> Number | None:
    value: Number | None = row[metric.key]
    if value is None or metric.measure not in MILLISECONDS or metric.aggregation in {"count", "uniq"}:
        return value
    return Decimal(str(value)) * THOUSANDTH


def _name(query: Query, row: Row) -> str:
    words = [value_name(query.view, field, row[field]) for field in query.dimensions]
    return " · ".join(words) or metric_name(query.view, query.metrics[0])


def _href(query: Query, row: Row, links: Links) -> str:
    """Return where the traces of a row are; scores name other things by the same words."""
    if query.view.startswith("scores"):
        return links.whole(score=str(row["name"])) if row.get("name") else links.whole()
    return links.whole(**_filters(query, row))


def _filters(query: Query, row: Row) -> dict[str, str]:
    words = {"name": "step" if query.view == "observations" else "name", **FILTERS}
    known = [field for field in query.dimensions if field in words and row[field] not in {None, ""}]
    return {words[field]: str(row[field]) for field in known}


def _series(widget: Widget, query: Query, rows: Sequence[Row], shown: Range, links: Links) -> Chart:
    found = sorted({row[TIME_DIMENSION] for row in rows})
    starts = [max(_moment(one, shown.zone), shown.start) for one in found]
    axis = TimeAxis(starts, shown.end, shown.zone)
    values = _values_by_name(query, rows, {bucket: index for index, bucket in enumerate(found)})
    weights = {name: sum(abs(float(v)) for v in row if v is not None) for name, row in values.items()}
    names = sorted(values, key=lambda name: (-weights[name], name))[: len(TONES)]
    drawn = [Series(name, values[name], tone) for name, tone in zip(names, TONES, strict=False)]
    ends = [*starts[1:], shown.end]
    spots = [links.between(start, end) for start, end in zip(starts, ends, strict=True)]
    totals = [] if query.metrics[0].aggregation in ADDING else [""] * len(drawn)
    form = FORMS[widget.chart_type]
    return draw_series(
        axis, drawn, unit_of(query.view, query.metrics[0]), form=form, links=spots, totals=totals
    )


def _values_by_name(
    query: Query, rows: Sequence[Row], places: dict[Any, int]
) -> dict[str, list[Number | None]]:
    """Return a value or a gap for each bucket, by what its line is called."""
    values: dict[str, list[Number | None]] = {}
    for row in rows:
        is_filler = bool(query.dimensions) and all(row[field] is None for field in query.dimensions)
        for metric in query.metrics:
            value = _value(row, metric)
            if not value and (is_filler or metric.aggregation not in ADDING):
                continue
            series = values.setdefault(_series_name(query, row, metric), [None] * len(places))
            series[places[row[TIME_DIMENSION]]] = value
    return values


def _series_name(query: Query, row: Row, metric: Metric) -> str:
    asked = metric_name(query.view, metric)
    if not query.dimensions:
        return asked
    return f"{_name(query, row)} · {asked}" if len(query.metrics) > 1 else _name(query, row)


def _moment(bucket: date | datetime, zone: ZoneInfo) -> datetime:
    if isinstance(bucket, datetime):
        return bucket
    return datetime.combine(bucket, time(), tzinfo=zone).astimezone(UTC)


def _number(query: Query, rows: Sequence[Row]) -> Chart:
    metric = query.metrics[0]
    value = _value(rows[0], metric) if rows else None
    unit = unit_of(query.view, metric)
    return BigNumber(short(value, unit), exact(value, unit), is_empty=value is None)


def _table(query: Query, rows: Sequence[Row], links: Links) -> Chart:
    view = query.view
    heads = [*(dimension_name(view, field) for field in query.dimensions)]
    heads += [metric_name(view, metric) for metric in query.metrics]
    columns = [
        exact_column([_value(row, metric) for row in rows], unit_of(view, metric)) for metric in query.metrics
    ]
    table = []
    for index, row in enumerate(rows):
        words = [Cell(value_name(view, field, row[field]), is_number=False) for field in query.dimensions]
        numbers = [Cell(column[index]) for column in columns]
        href = _href(query, row, links)
        first = (words or numbers)[0]
        table.append([Cell(first.text, href, first.is_number), *[*words, *numbers][1:]])
    return Table(heads, table)


def _histogram(query: Query, rows: Sequence[Row]) -> Chart:
    metric = next(one for one in query.metrics if one.aggregation == "histogram")
    factor = 0.001 if metric.measure in MILLISECONDS else 1.0
    bins = _without_gaps(rows[0][metric.key] if rows else [])
    unit = unit_of(query.view, Metric(metric.measure, "max"))
    return draw_histogram(
        [Bin(float(low) * factor, float(high) * factor, count) for low, high, count in bins], unit
    )


def _without_gaps(bins: Sequence[tuple[float, float, int]]) -> list[tuple[float, float, int]]:
    """Return the bins with empty ones between those that are apart: all of them are as wide as the first."""
    whole: list[tuple[float, float, int]] = []
    for low, high, count in bins:
        if whole:
            start, end = whole[-1][1], low
            missing = round((end - start) / (bins[0][1] - bins[0][0]))
            edges = [start + (end - start) * part / missing for part in range(missing + 1)] if missing else []
            whole += [(left, right, 0) for left, right in pairwise(edges)]
        whole.append((low, high, count))
    return whole
