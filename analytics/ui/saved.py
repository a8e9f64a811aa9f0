"""The dashboards that members saved: shown with the charts of all dashboards, made and changed by plain forms."""

from typing import get_args
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.ui.places import ProjectPlace, SignedInRequest, author_of, in_project
from analytics.dashboards.frame import given_by, make_frame, now_in_utc, read_scope
from analytics.dashboards.source import reading
from analytics.models import Dashboard
from analytics.saved import changes, grid
from analytics.ui.filters import say
from analytics.ui.forms import DashboardForm, PlaceForm
from analytics.ui.tiles import tiles_of
from langfuse_site.lib.errors import InvalidData, NotFound

EDIT = "dashboards:CUD"
PLACES = (("x", "Column, 0–11"), ("y", "Row"), ("width", "Columns"), ("height", "Rows"))
"""What a tile's form asks."""
WIDTHS = ((4, "A third"), (6, "Half"), (8, "Two thirds"), (12, "Whole"))
SOMETHING = "observations"
"""A view whose words say the filters of a dashboard, which hold for widgets of all views."""


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
        "tiles": tiles_of(place.project.id, dashboard, scope, now=now),
        "held": [say(SOMETHING, one) for one in dashboard.filters],
        "may_edit": EDIT in place.scopes,
        "places": PLACES,
        "widths": WIDTHS,
        "form": DashboardForm(initial={"name": dashboard.name, "description": dashboard.description}),
    }
    return render(request, "analytics/saved.html", context, status=400 if error else 200)


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
    return to_dashboard(request, place, dashboard_id)


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
    """Move a tile, give it another width, copy it, or with `remove` take it away."""
    _find(place, dashboard_id)
    at, author = (place.project.id, dashboard_id, placement_id), author_of(request)
    said = request.POST
    try:
        if "remove" in said:
            changes.remove_placement(*at, author=author)
        elif "duplicate" in said:
            changes.duplicate_tile(*at, author=author)
        elif said.get("step") in get_args(grid.Step):
            towards: grid.Step = said["step"]  # type: ignore[assignment]
            changes.rearrange(*at, lambda tiles: grid.step(tiles, placement_id, towards), author=author)
        elif said.get("fill") in {str(width) for width, _ in WIDTHS}:
            width = int(said["fill"])
            changes.rearrange(*at, lambda tiles: grid.widen(tiles, placement_id, width), author=author)
        else:
            _place(request, at)
    except NotFound as error:
        raise Http404(error.message) from None
    except InvalidData as error:
        messages.error(request, f"Nothing was changed. {error.issues[0]['message']}")
    return to_dashboard(request, place, dashboard_id)


def _place(request: SignedInRequest, at: tuple[str, str, str]) -> None:
    form = PlaceForm(request.POST)
    if form.is_valid():
        changes.move_placement(*at, form.cleaned_data, author=author_of(request))
    else:
        messages.error(request, f"The tile was not moved. {_what_is_wrong(form)}")


def to_dashboard(request: SignedInRequest, place: ProjectPlace, dashboard_id: str) -> HttpResponse:
    """Go to a dashboard, in the range that was looked at."""
    kept = given_by(request)
    query = f"?{urlencode(kept)}" if kept else ""
    return redirect(reverse("saved_dashboard", args=[place.project.id, dashboard_id]) + query)


def _what_is_wrong(form: PlaceForm) -> str:
    labels = dict(PLACES)
    return " ".join(f"{labels[name]}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())


def _find(place: ProjectPlace, dashboard_id: str) -> Dashboard:
    try:
        return changes.find_dashboard(place.project.id, dashboard_id)
    except NotFound as error:
        raise Http404(error.message) from None
