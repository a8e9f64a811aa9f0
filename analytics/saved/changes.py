"""Checked fields of dashboards and widgets in, rows changed out, each with its line in the audit log."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from django.db import transaction

from accounts.audit import Author, record
from analytics.models import Dashboard, Widget
from analytics.saved.grid import Placement
from analytics.saved.questions import check_widget
from analytics.saved.wire import MOST_PLACEMENTS, dashboard_shape, widget_shape
from langfuse_site.lib.errors import Conflict, InvalidData, NotFound, issue
from langfuse_site.lib.ids import new_id

TILE = 6
"""Columns and rows of a tile whose size nobody gave."""
COPIED = ("description", "view", "dimensions", "metrics", "filters", "chart_type", "chart_config")


def find_dashboard(project_id: str, dashboard_id: str, *, lock: bool = False) -> Dashboard:
    """Return the project's dashboard with this id."""
    rows = Dashboard.objects.select_for_update() if lock else Dashboard.objects
    found = rows.filter(project_id=project_id, id=dashboard_id).first()
    if found is None:
        raise NotFound("Dashboard not found")
    return found


def find_widget(project_id: str, widget_id: str, *, lock: bool = False) -> Widget:
    """Return the project's widget with this id."""
    rows = Widget.objects.select_for_update() if lock else Widget.objects
    found = rows.filter(project_id=project_id, id=widget_id).first()
    if found is None:
        raise NotFound("Dashboard widget not found")
    return found


@transaction.atomic
def create_widget(project_id: str, columns: dict[str, Any], *, author: Author) -> Widget:
    """Insert a widget whose question can be asked."""
    widget = Widget(project_id=project_id, **columns)
    check_widget(widget)
    widget.save(force_insert=True)
    _record("create", widget, author=author)
    return widget


@transaction.atomic
def update_widget(project_id: str, widget_id: str, columns: dict[str, Any], *, author: Author) -> Widget:
    widget = find_widget(project_id, widget_id, lock=True)
    before = _shape(widget)
    for name, value in columns.items():
        setattr(widget, name, value)
    check_widget(widget)
    widget.save()
    _record("update", widget, author=author, before=before)
    return widget


@transaction.atomic
def delete_widget(project_id: str, widget_id: str, *, author: Author) -> None:
    """Delete a widget that stands on no dashboard."""
    widget = find_widget(project_id, widget_id, lock=True)
    if dashboards_with(project_id, widget_id):
        raise Conflict("The widget is placed on a dashboard: remove it there first")
    _record("delete", widget, author=author, before=_shape(widget), is_gone=True)
    widget.delete()


@transaction.atomic
def create_dashboard(project_id: str, columns: dict[str, Any], *, author: Author) -> Dashboard:
    placements = _placed(project_id, [], columns.pop("placements", []))
    dashboard = Dashboard.objects.create(project_id=project_id, placements=placements, **columns)
    _record("create", dashboard, author=author)
    return dashboard


@transaction.atomic
def update_dashboard(
    project_id: str, dashboard_id: str, columns: dict[str, Any], *, author: Author
) -> Dashboard:
    dashboard = find_dashboard(project_id, dashboard_id, lock=True)
    before = _shape(dashboard)
    if "placements" in columns:
        columns["placements"] = _placed(project_id, [], columns["placements"])
    for name, value in columns.items():
        setattr(dashboard, name, value)
    dashboard.save()
    _record("update", dashboard, author=author, before=before)
    return dashboard


@transaction.atomic
def clone_dashboard(project_id: str, dashboard_id: str, *, author: Author) -> Dashboard:
    """Copy a dashboard; its widgets are the same ones."""
    source = find_dashboard(project_id, dashboard_id)
    name = f"{source.name} (copy)"[:200]
    columns = {"name": name, "description": source.description, "filters": source.filters}
    clone = Dashboard.objects.create(project_id=project_id, placements=source.placements, **columns)
    _record("create", clone, author=author)
    return clone


@transaction.atomic
def delete_dashboard(project_id: str, dashboard_id: str, *, author: Author) -> None:
    """Delete a dashboard; its widgets stay."""
    dashboard = find_dashboard(project_id, dashboard_id, lock=True)
    _record("delete", dashboard, author=author, before=_shape(dashboard), is_gone=True)
    dashboard.delete()


@transaction.atomic
def add_placement(
    project_id: str, dashboard_id: str, given: dict[str, Any], *, author: Author
) -> dict[str, Any]:
    """Place a tile; where nobody said where, beside the last one or below all."""
    dashboard = find_dashboard(project_id, dashboard_id, lock=True)
    before = _shape(dashboard)
    if given.get("id") in {one["id"] for one in dashboard.placements}:
        raise Conflict(f"There is a placement with the id {given['id']} on this dashboard")
    dashboard.placements = _placed(project_id, dashboard.placements, [given])
    dashboard.save()
    _record("update", dashboard, author=author, before=before)
    placed: dict[str, Any] = dashboard.placements[-1]
    return placed


@transaction.atomic
def move_placement(
    project_id: str, dashboard_id: str, placement_id: str, changed: dict[str, int], *, author: Author
) -> dict[str, Any]:
    dashboard = find_dashboard(project_id, dashboard_id, lock=True)
    before = _shape(dashboard)
    placement = _find_placement(dashboard, placement_id)
    placement |= changed
    _fit(placement)
    dashboard.save()
    _record("update", dashboard, author=author, before=before)
    return placement


@transaction.atomic
def rearrange(
    project_id: str,
    dashboard_id: str,
    placement_id: str,
    arrange: Callable[[list[Placement]], list[Placement]],
    *,
    author: Author,
) -> None:
    """Put the placements where a function of `grid` puts them on account of this one."""
    dashboard = find_dashboard(project_id, dashboard_id, lock=True)
    before = _shape(dashboard)
    _find_placement(dashboard, placement_id)
    dashboard.placements = arrange(dashboard.placements)
    if _shape(dashboard) != before:
        dashboard.save()
        _record("update", dashboard, author=author, before=before)


@transaction.atomic
def put_widget(
    project_id: str, dashboard_id: str, placement_id: str, widget_id: str, *, author: Author
) -> None:
    """Show a widget in the place of what stands there."""
    dashboard = find_dashboard(project_id, dashboard_id, lock=True)
    find_widget(project_id, widget_id)
    before = _shape(dashboard)
    placement = _find_placement(dashboard, placement_id)
    placement.pop("presetId", None)
    placement |= {"type": "widget", "widgetId": widget_id}
    dashboard.save()
    _record("update", dashboard, author=author, before=before)


@transaction.atomic
def duplicate_tile(project_id: str, dashboard_id: str, placement_id: str, *, author: Author) -> None:
    """Place a copy of the widget, of the same size, beside the last tile or below all."""
    placement = _find_placement(find_dashboard(project_id, dashboard_id), placement_id)
    size = {"width": placement["width"], "height": placement["height"]}
    if placement["type"] != "widget":
        given = {"type": "preset", "presetId": placement["presetId"]}
        add_placement(project_id, dashboard_id, given | size, author=author)
        return
    source = find_widget(project_id, placement["widgetId"])
    columns = {name: getattr(source, name) for name in COPIED}
    columns["name"] = f"{source.name[:193]} (copy)"
    copy = create_widget(project_id, columns, author=author)
    add_placement(project_id, dashboard_id, {"type": "widget", "widgetId": copy.id} | size, author=author)


def dashboards_with(project_id: str, widget_id: str) -> list[Dashboard]:
    """Return the dashboards on which a widget stands."""
    placed = [{"widgetId": widget_id}]
    return list(Dashboard.objects.filter(project_id=project_id, placements__contains=placed).order_by("name"))


def unplaced(project_id: str, widget_ids: Sequence[str]) -> set[str]:
    """Return those of these widgets that stand on no dashboard."""
    placements = Dashboard.objects.filter(project_id=project_id).values_list("placements", flat=True)
    return set(widget_ids) - {one.get("widgetId") for placed in placements for one in placed}


@transaction.atomic
def remove_placement(project_id: str, dashboard_id: str, placement_id: str, *, author: Author) -> None:
    dashboard = find_dashboard(project_id, dashboard_id, lock=True)
    before = _shape(dashboard)
    dashboard.placements.remove(_find_placement(dashboard, placement_id))
    dashboard.save()
    _record("update", dashboard, author=author, before=before)


def _find_placement(dashboard: Dashboard, placement_id: str) -> dict[str, Any]:
    for placement in dashboard.placements:
        if placement["id"] == placement_id:
            found: dict[str, Any] = placement
            return found
    raise NotFound("Placement not found on this dashboard")


def _placed(
    project_id: str, standing: Sequence[dict[str, Any]], given: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the placements with new ones after them, each with an id of its own and a widget that exists."""
    placements = list(standing)
    if len(placements) + len(given) > MOST_PLACEMENTS:
        raise InvalidData([issue(["definition"], f"A dashboard has {MOST_PLACEMENTS} tiles at most")])
    wanted = {one["widgetId"] for one in given if one["type"] == "widget"}
    known = set(Widget.objects.filter(project_id=project_id, id__in=wanted).values_list("id", flat=True))
    for one in given:
        if one["type"] == "widget" and one["widgetId"] not in known:
            raise NotFound(f"Dashboard widget {one['widgetId']} not found")
        size = {"width": one.get("width") or TILE, "height": one.get("height") or TILE}
        defaults = {"id": new_id(), **size, **_next_spot(placements, one, **size)}
        placed = {**one, **{name: value for name, value in defaults.items() if one.get(name) is None}}
        _fit(placed)
        placements.append(placed)
    ids = [one["id"] for one in placements]
    if len(set(ids)) < len(ids):
        raise Conflict("Two placements have the same id")
    return placements


def _next_spot(
    placements: Sequence[dict[str, Any]], given: dict[str, Any], *, width: int, height: int
) -> dict[str, int]:
    """Return where a tile goes of which nobody says where: right of the last one if it fits, else below all."""
    below = {"x": 0, "y": max((other["y"] + other["height"] for other in placements), default=0)}
    if not placements or given.get("x") is not None or given.get("y") is not None:
        return below
    last = placements[-1]
    x, y = last["x"] + last["width"], last["y"]
    is_free = all(
        other["x"] + other["width"] <= x
        or x + width <= other["x"]
        or other["y"] + other["height"] <= y
        or y + height <= other["y"]
        for other in placements
    )
    return {"x": x, "y": y} if is_free and x + width <= 12 else below


def _fit(placement: dict[str, Any]) -> None:
    if placement["x"] + placement["width"] > 12:
        raise InvalidData([issue(["width"], "x and width reach beyond the twelve columns of the grid")])


def _shape(row: Dashboard | Widget) -> dict[str, Any]:
    shape = dashboard_shape(row) if isinstance(row, Dashboard) else widget_shape(row)
    copy: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(shape))
    return copy


def _record(
    action: str,
    row: Dashboard | Widget,
    *,
    author: Author,
    before: dict[str, Any] | None = None,
    is_gone: bool = False,
) -> None:
    record(
        author,
        action,
        resource_type="dashboard" if isinstance(row, Dashboard) else "dashboardWidget",
        resource_id=row.id,
        project=row.project,
        before=before,
        after=None if is_gone else _shape(row),
    )
