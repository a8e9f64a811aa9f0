"""A widget in; the query that answers it out, or what is wrong with it."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from msgspec.structs import replace

from analytics.metrics.parse import parse_query
from analytics.metrics.query import Query, Version
from analytics.metrics.rows_sql import groups_statement, histogram_statement
from analytics.metrics.views.catalog import VIEWS
from analytics.models import Widget
from langfuse_site.lib.errors import InvalidData, InvalidRequest, issue

TIME_SERIES = ("LINE_TIME_SERIES", "AREA_TIME_SERIES", "BAR_TIME_SERIES")
ROWS = 100
SOMETIME = datetime(2026, 1, 1, tzinfo=UTC)


def query_of(
    widget: Widget, start: datetime, end: datetime, *, filters: list[dict[str, Any]] | None = None
) -> Query:
    """Return the query of a widget for [start, end); filters whose column its view does not have are left out."""
    version: Version = "v1" if widget.view == "traces" else "v2"
    columns = VIEWS[version][widget.view].columns  # type: ignore[index]
    metrics = [{"measure": one["measure"], "aggregation": one["agg"]} for one in widget.metrics]
    data: dict[str, Any] = {
        "view": widget.view,
        "dimensions": widget.dimensions,
        "metrics": metrics,
        "filters": [*widget.filters, *(one for one in filters or () if one["column"] in columns)],
        "fromTimestamp": start.isoformat(),
        "toTimestamp": (end - timedelta(microseconds=1)).isoformat(),
        "config": {"row_limit": widget.chart_config.get("row_limit") or ROWS},
    }
    if bins := widget.chart_config.get("bins"):
        data["config"]["bins"] = bins
    if widget.chart_type in TIME_SERIES:
        data["timeDimension"] = {"granularity": "auto"}
        del data["config"]["row_limit"]
    elif widget.dimensions and widget.chart_type != "HISTOGRAM":
        data["orderBy"] = [_order(widget)]
    query = parse_query(data, version=version)
    # A limit would cut off the end of the range.
    return replace(query, row_limit=None) if widget.chart_type in TIME_SERIES else query


def _order(widget: Widget) -> dict[str, str]:
    sort = widget.chart_config.get("defaultSort")
    first = widget.metrics[0]
    if sort and widget.chart_type == "PIVOT_TABLE":
        return {"field": sort["column"], "direction": sort["order"].lower()}
    return {"field": f"{first['agg']}_{first['measure']}", "direction": "desc"}


def check_widget(widget: Widget) -> None:
    """Refuse a widget whose question can't be asked."""
    try:
        query = query_of(widget, SOMETIME, SOMETIME + timedelta(days=7))
        view = VIEWS[query.version][query.view]
        zone: tzinfo = UTC
        groups_statement("", query, view, zone=zone, limit=1)
        for metric in query.metrics:
            if metric.aggregation == "histogram":
                histogram_statement("", query, view, zone=zone, metric=metric)
    except InvalidRequest as error:
        raise InvalidData([issue([], error.message)]) from error
    is_histogram = any(one["agg"] == "histogram" for one in widget.metrics)
    if is_histogram != (widget.chart_type == "HISTOGRAM"):
        raise InvalidData([issue(["chartType"], "HISTOGRAM and the aggregation histogram go together")])
