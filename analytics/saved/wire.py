"""The JSON of dashboards, widgets and placements in, what it says, checked, out; and the rows as the API shows them."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from accounts.api.fields import take
from analytics.metrics.query import Aggregation
from analytics.models import Dashboard, Widget
from langfuse_site.lib.errors import InvalidData, issue
from tracing.queries.conditions import conditions_of

COLUMNS = 12
MOST_PLACEMENTS = 200
ChartType = Literal[
    "LINE_TIME_SERIES",
    "AREA_TIME_SERIES",
    "BAR_TIME_SERIES",
    "HORIZONTAL_BAR",
    "VERTICAL_BAR",
    "PIE",
    "NUMBER",
    "HISTOGRAM",
    "PIVOT_TABLE",
]
View = Literal["observations", "scores-numeric", "scores-boolean", "scores-categorical"]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=2_000)]
Column = Annotated[int, Meta(ge=0, le=COLUMNS - 1)]
Row = Annotated[int, Meta(ge=0, le=10_000)]
Width = Annotated[int, Meta(ge=1, le=COLUMNS)]
Height = Annotated[int, Meta(ge=1, le=100)]


class Dimension(msgspec.Struct):
    field: str


class Metric(msgspec.Struct):
    measure: str
    agg: Aggregation


class Sort(msgspec.Struct):
    column: str
    order: Literal["ASC", "DESC"]


class ChartConfig(msgspec.Struct, omit_defaults=True):
    type: ChartType | None = None
    row_limit: Annotated[int, Meta(ge=1, le=1000)] | None = None
    show_value_labels: bool | None = None
    bins: Annotated[int, Meta(ge=1, le=100)] | None = None
    defaultSort: Sort | None = None


class NewWidget(msgspec.Struct):
    name: Name
    view: View
    dimensions: Annotated[list[Dimension], Meta(max_length=5)]
    metrics: Annotated[list[Metric], Meta(min_length=1, max_length=10)]
    filters: list[Any]
    chartType: ChartType
    description: Text | None = None
    chartConfig: ChartConfig | None = None


class ChangedWidget(msgspec.Struct):
    """What is null or left out stays as it is."""

    name: Name | None = None
    view: View | None = None
    dimensions: Annotated[list[Dimension], Meta(max_length=5)] | None = None
    metrics: Annotated[list[Metric], Meta(min_length=1, max_length=10)] | None = None
    filters: list[Any] | None = None
    chartType: ChartType | None = None
    description: Text | None = None
    chartConfig: ChartConfig | None = None


class WidgetPlacement(msgspec.Struct, tag_field="type", tag="widget"):
    widgetId: str
    id: Name | None = None
    x: Column | None = None
    y: Row | None = None
    width: Width | None = None
    height: Height | None = None


class PresetPlacement(msgspec.Struct, tag_field="type", tag="preset"):
    presetId: str
    id: Name | None = None
    x: Column | None = None
    y: Row | None = None
    width: Width | None = None
    height: Height | None = None


Placement = WidgetPlacement | PresetPlacement


class NewPlacement(msgspec.Struct):
    placement: Placement


class MovedPlacement(msgspec.Struct):
    x: Column | None = None
    y: Row | None = None
    width: Width | None = None
    height: Height | None = None


class Definition(msgspec.Struct):
    widgets: Annotated[list[Placement], Meta(max_length=MOST_PLACEMENTS)] = []


class NewDashboard(msgspec.Struct):
    name: Name
    description: Text | None = None
    definition: Definition | None = None
    filters: list[Any] | None = None


class ChangedDashboard(msgspec.Struct):
    name: Name | None = None
    description: Text | None = None
    definition: Definition | None = None
    filters: list[Any] | None = None


def read_new_widget(body: Any) -> dict[str, Any]:
    """Return the columns of a widget to create."""
    given = take(body, NewWidget)
    return _widget_columns(given, given.chartType)


def read_changed_widget(body: Any, widget: Widget) -> dict[str, Any]:
    """Return the columns that change."""
    given = take(body, ChangedWidget)
    chart_type: Any = given.chartType or widget.chart_type
    columns = _widget_columns(given, chart_type)
    if given.chartConfig is None and given.chartType is None:
        del columns["chart_config"]
    return columns


def _widget_columns(given: NewWidget | ChangedWidget, chart_type: ChartType) -> dict[str, Any]:
    config = given.chartConfig or ChartConfig()
    if config.type not in {None, chart_type}:
        raise InvalidData([issue(["chartConfig", "type"], f"Must match chartType, {chart_type}")])
    config.type = chart_type
    columns = {
        "name": given.name,
        "description": given.description,
        "view": given.view,
        "dimensions": given.dimensions,
        "metrics": given.metrics,
        "filters": _filters(given.filters),
        "chart_type": given.chartType,
        "chart_config": config,
    }
    built = msgspec.to_builtins(columns)
    return {name: value for name, value in built.items() if value is not None}


def read_new_dashboard(body: Any) -> dict[str, Any]:
    """Return the columns of a dashboard to create; placements as they were given."""
    given = take(body, NewDashboard)
    return _dashboard_columns(given.name, given)


def read_changed_dashboard(body: Any) -> dict[str, Any]:
    """Return the columns that change; what is null or left out stays."""
    given = take(body, ChangedDashboard)
    return _dashboard_columns(given.name, given)


def _dashboard_columns(name: str | None, given: NewDashboard | ChangedDashboard) -> dict[str, Any]:
    columns = {
        "name": name,
        "description": given.description,
        "placements": None if given.definition is None else given.definition.widgets,
        "filters": _filters(given.filters),
    }
    built = msgspec.to_builtins(columns)
    return {key: value for key, value in built.items() if value is not None}


def read_new_placement(body: Any) -> dict[str, Any]:
    """Return a placement as it was given: what is null is to be chosen."""
    given: dict[str, Any] = msgspec.to_builtins(take({"placement": body}, NewPlacement).placement)
    return given


def read_moved_placement(body: Any) -> dict[str, int]:
    """Return what changes of a place: something has to."""
    given = msgspec.to_builtins(take(body, MovedPlacement))
    changed = {name: number for name, number in given.items() if number is not None}
    if not changed:
        raise InvalidData([issue([], "At least one of x, y, width and height is needed")])
    return changed


def _filters(given: list[Any] | None) -> list[Any] | None:
    if given is not None:
        conditions_of(given, at="filters")
    return given


def widget_shape(widget: Widget) -> dict[str, Any]:
    return {
        "id": widget.id,
        "createdAt": widget.created_at,
        "updatedAt": widget.updated_at,
        "name": widget.name,
        "description": widget.description,
        "view": widget.view,
        "dimensions": widget.dimensions,
        "metrics": widget.metrics,
        "filters": widget.filters,
        "chartType": widget.chart_type,
        "chartConfig": widget.chart_config,
    }


def dashboard_shape(dashboard: Dashboard) -> dict[str, Any]:
    return {
        "id": dashboard.id,
        "createdAt": dashboard.created_at,
        "updatedAt": dashboard.updated_at,
        "name": dashboard.name,
        "description": dashboard.description,
        "definition": {"widgets": dashboard.placements},
        "filters": dashboard.filters,
    }
