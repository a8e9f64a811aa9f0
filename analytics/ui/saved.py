"""The dashboards that members saved: shown with the charts of all dashboards, made and changed by plain forms."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.ui.places import ProjectPlace, SignedInRequest, author_of, in_project
from analytics.dashboards.frame import make_frame, now_in_utc, read_scope
from analytics.dashboards.links import TraceLinks
from analytics.dashboards.scope import Scope
from analytics.dashboards.source import reading
from analytics.dashboards.tiles import TEMPLATES, Chart
from analytics.models import Dashboard, Widget
from analytics.saved import changes
from analytics.saved.charts import draw_widget
from analytics.ui.forms import DashboardForm, PlaceForm
from langfuse_site.lib.errors import ApiError, NotFound

ROWS_OF_GRID = 150
HIGHEST = 24
EDIT = "dashboards:CUD"
PLACES = (("x", "Column, 0–11"), ("y", "Row"), ("width", "Columns"), ("height", "Rows"))
"""What a tile's form asks."""


@dataclass(frozen=True, slots=True)
class PlacedTile:
    """A widget in its place; where it could not be drawn, `error` says why."""

    placement: dict[str, Any]
    widget: Widget | None
    chart: Chart | None
    error: str

    @property
    def template(self) -> str:
        return TEMPLATES[type(self.chart)] if self.chart else ""

    @property
    def place(self) -> str:
        """Return the classes that put it there: beyond the grid's classes it follows those before it."""
        one = self.placement
        row = f"y{one['y']}" if one["y"] < ROWS_OF_GRID else ""
        return f"x{one['x']} w{one['width']} h{min(one['height'], HIGHEST)} {row}".strip()


@in_project("dashboards:read")
def saved_dashboard(request: SignedInRequest, place: ProjectPlace, dashboard_id: str) -> HttpResponse:
    dashboard = _find(place, dashboard_id)
    now = now_in_utc()
    scope, error = read_scope(request, (place.project.id,), now)
    with reading(scope, now=now) as found:
        frame = make_frame(request, found, error, now=now)
    context = {
        "place": place,
        "dashboard": dashboard,
        "frame": frame,
        "tiles": _tiles(place.project.id, dashboard, scope, now),
        "may_edit": EDIT in place.scopes,
        "places": PLACES,
        "form": DashboardForm(initial={"name": dashboard.name, "description": dashboard.description}),
    }
    return render(request, "analytics/saved.html", context, status=400 if error else 200)


def _tiles(project_id: str, dashboard: Dashboard, scope: Scope, now: datetime) -> list[PlacedTile]:
    placements = sorted(dashboard.placements, key=lambda one: (one["y"], one["x"]))
    ids = [one["widgetId"] for one in placements if one["type"] == "widget"]
    widgets = Widget.objects.filter(project_id=project_id).in_bulk(ids)
    links = TraceLinks(reverse("traces", args=[project_id]), scope)
    filters = list(dashboard.filters)
    if scope.environment:
        alone = {"type": "string", "operator": "=", "value": scope.environment}
        filters.append({"column": "environment", **alone})
    tiles = []
    for placement in placements:
        widget = widgets.get(placement.get("widgetId", ""))
        if widget is None:
            tiles.append(PlacedTile(placement, None, None, "This tile is of a kind that is not shown here."))
            continue
        try:
            chart = draw_widget(project_id, widget, scope.range, links, filters=filters, now=now)
            tiles.append(PlacedTile(placement, widget, chart, ""))
        except ApiError as error:
            tiles.append(PlacedTile(placement, widget, None, error.message))
    return tiles


@in_project(EDIT)
def create_dashboard(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    form = DashboardForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"place": place, "form": form}
        return render(request, "analytics/new_dashboard.html", context, status=400 if form.errors else 200)
    made = changes.create_dashboard(place.project.id, form.cleaned_data, author=author_of(request))
    return redirect("saved_dashboard", place.project.id, made.id)


@require_POST
@in_project(EDIT)
def edit_dashboard(request: SignedInRequest, place: ProjectPlace, dashboard_id: str) -> HttpResponse:
    dashboard = _find(place, dashboard_id)
    form = DashboardForm(request.POST)
    if not form.is_valid():
        context = {"place": place, "form": form, "dashboard": dashboard}
        return render(request, "analytics/new_dashboard.html", context, status=400)
    author = author_of(request)
    changes.update_dashboard(place.project.id, dashboard_id, form.cleaned_data, author=author)
    return redirect("saved_dashboard", place.project.id, dashboard_id)


@require_POST
@in_project(EDIT)
def clone_dashboard(request: SignedInRequest, place: ProjectPlace, dashboard_id: str) -> HttpResponse:
    _find(place, dashboard_id)
    clone = changes.clone_dashboard(place.project.id, dashboard_id, author=author_of(request))
    return redirect("saved_dashboard", place.project.id, clone.id)


@require_POST
@in_project(EDIT)
def delete_dashboard(request: SignedInRequest, place: ProjectPlace, dashboard_id: str) -> HttpResponse:
    _find(place, dashboard_id)
    changes.delete_dashboard(place.project.id, dashboard_id, author=author_of(request))
    return redirect("dashboards", place.project.id)


@require_POST
@in_project(EDIT)
def move_dashboard_tile(
    request: SignedInRequest, place: ProjectPlace, dashboard_id: str, placement_id: str
) -> HttpResponse:
    """Move a tile, or with `remove` take it away."""
    _find(place, dashboard_id)
    at, author = (place.project.id, dashboard_id, placement_id), author_of(request)
    form = PlaceForm(request.POST)
    try:
        if "remove" in request.POST:
            changes.remove_placement(*at, author=author)
        elif form.is_valid():
            changes.move_placement(*at, form.cleaned_data, author=author)
        else:
            messages.error(request, f"The tile was not moved. {_what_is_wrong(form)}")
    except NotFound as error:
        raise Http404(error.message) from None
    return redirect("saved_dashboard", place.project.id, dashboard_id)


def _what_is_wrong(form: PlaceForm) -> str:
    labels = dict(PLACES)
    return " ".join(f"{labels[name]}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())


def _find(place: ProjectPlace, dashboard_id: str) -> Dashboard:
    try:
        return changes.find_dashboard(place.project.id, dashboard_id)
    except NotFound as error:
        raise Http404(error.message) from None
