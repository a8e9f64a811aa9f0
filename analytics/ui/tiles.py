"""A saved dashboard and a scope in; its tiles out, each with its chart or with what to do about it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from analytics.dashboards.links import TraceLinks
from analytics.dashboards.scope import Scope
from analytics.dashboards.tiles import TEMPLATES, Chart
from analytics.models import Dashboard, Widget
from analytics.saved.charts import NotDrawn, draw_widget
from analytics.saved.grid import in_order
from analytics.saved.presets import preset_note, preset_widget
from analytics.ui.filters import say
from langfuse_site.lib.errors import ApiError

ROWS_OF_GRID = 150
HIGHEST = 24
TILE_SECONDS, PAGE_SECONDS = 10.0, 20.0
TOO_LATE = "Not drawn: the tiles before this one took too long. Choose a shorter range."
GONE = "The widget of this tile is gone."


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart, or without one what to do."""

    chart: Chart | None = None
    error: str = ""

    @property
    def template(self) -> str:
        return TEMPLATES[type(self.chart)] if self.chart else ""


@dataclass(frozen=True, slots=True)
class PlacedTile:
    """A widget in its place; where it could not be drawn, `error` says why."""

    placement: dict[str, Any]
    widget: Widget | None
    drawing: Drawing

    @property
    def chart(self) -> Chart | None:
        return self.drawing.chart

    @property
    def error(self) -> str:
        return self.drawing.error

    @property
    def template(self) -> str:
        return self.drawing.template

    @property
    def title(self) -> str:
        return self.widget.name if self.widget else str(self.placement.get("presetId") or "Tile")

    @property
    def filters(self) -> str:
        """Return what the widget is filtered by, as a sentence."""
        if self.widget is None:
            return ""
        return " · ".join(say(self.widget.view, one) for one in self.widget.filters)

    @property
    def place(self) -> str:
        """Return the classes that put it there: beyond the grid's classes it follows those before it."""
        one = self.placement
        row = f"y{one['y']}" if one["y"] < ROWS_OF_GRID else ""
        return f"x{one['x']} w{one['width']} h{min(one['height'], HIGHEST)} {row}".strip()


def tiles_of(
    project_id: str, dashboard: Dashboard, scope: Scope, *, now: datetime, seconds: float = PAGE_SECONDS
) -> list[PlacedTile]:
    """Return the tiles in the order in which they are read; those that come to be drawn too late say so."""
    placements = in_order(dashboard.placements)
    ids = [one["widgetId"] for one in placements if one["type"] == "widget"]
    widgets = Widget.objects.filter(project_id=project_id).in_bulk(ids)
    end = time.monotonic() + seconds
    tiles = []
    for placement in placements:
        if placement["type"] == "preset":
            widget, note = (
                preset_widget(project_id, placement["presetId"]),
                preset_note(placement["presetId"]),
            )
        else:
            widget, note = widgets.get(placement["widgetId"]), GONE
        left = min(TILE_SECONDS, end - time.monotonic())
        if widget is None:
            drawing = Drawing(error=note)
        elif left <= 0:
            drawing = Drawing(error=TOO_LATE)
        else:
            drawing = draw(project_id, widget, dashboard, scope, now=now, seconds=left)
        tiles.append(PlacedTile(placement, widget, drawing))
    return tiles


def draw(
    project_id: str, widget: Widget, dashboard: Dashboard, scope: Scope, *, now: datetime, seconds: float
) -> Drawing:
    """Draw a widget as the dashboard shows it: with its filters, in the environment that is chosen."""
    links = TraceLinks(reverse("traces", args=[project_id]), scope)
    filters = _filters(dashboard.filters, scope)
    try:
        return Drawing(
            draw_widget(project_id, widget, scope.range, links, filters=filters, now=now, seconds=seconds)
        )
    except ApiError as error:
        return Drawing(error=error.message)
    except NotDrawn as error:
        return Drawing(error=str(error))


def _filters(filters: Sequence[dict[str, Any]], scope: Scope) -> list[dict[str, Any]]:
    if not scope.environment:
        return list(filters)
    alone = {"type": "string", "operator": "=", "value": scope.environment}
    return [*filters, {"column": "environment", **alone}]
