"""What is typed about a widget in; its form with a preview out, and the widget on its dashboard."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.ui.places import ProjectPlace, SignedInRequest, author_of, in_project
from analytics.dashboards.frame import now_in_utc, read_scope
from analytics.models import Dashboard, Widget
from analytics.saved import changes
from analytics.saved.names import VIEW_NAMES, VIEW_TELLS
from analytics.saved.presets import preset_widget
from analytics.ui.checks import check_draft
from analytics.ui.drafts import Draft, draft_of, read_draft
from analytics.ui.previews import Preview, preview_of, suggest
from analytics.ui.saved import EDIT, to_dashboard
from langfuse_site.lib.errors import Conflict, InvalidData, NotFound

MOST_WIDGETS = 200
SAVE, COPY, PREVIEW = "save", "copy", "preview"


@dataclass(frozen=True, slots=True)
class Editing:
    """The form of a widget: where it stands, and what is done with its columns once they can be asked."""

    place: ProjectPlace
    dashboard: Dashboard
    title: str
    back: str
    save: Callable[[dict[str, Any], bool], object]
    """Takes the columns, and whether a widget that there is stays as it is."""
    others: tuple[Dashboard, ...] = ()
    """Dashboards that show the same widget, too."""
    is_new: bool = True


@in_project(EDIT)
def new_widget(request: SignedInRequest, place: ProjectPlace, dashboard_id: str) -> HttpResponse:
    dashboard = _find(place, dashboard_id)
    tile = request.GET.get("tile", "")
    try:
        if request.method == "POST" and "widget" in request.POST:
            _show(request, place, dashboard, tile, request.POST["widget"])
            return to_dashboard(request, place, dashboard_id)
    except NotFound as error:
        raise Http404(error.message) from None
    view = request.GET.get("view", "")
    if view not in VIEW_NAMES:
        return _choose(request, place, dashboard)

    def save(columns: dict[str, Any], is_copy: bool) -> None:
        widget = changes.create_widget(place.project.id, columns, author=author_of(request))
        _show(request, place, dashboard, tile, widget.id)

    query = request.GET.copy()
    del query["view"]
    editing = Editing(place, dashboard, VIEW_NAMES[view], f"?{query.urlencode()}", save)
    return _edit(request, editing, Draft(view))


@in_project(EDIT)
def edit_tile(
    request: SignedInRequest, place: ProjectPlace, dashboard_id: str, placement_id: str
) -> HttpResponse:
    """Change the widget of a tile, or make one of the preset that stands there."""
    dashboard = _find(place, dashboard_id)
    placement = next((one for one in dashboard.placements if one["id"] == placement_id), None)
    if placement is None:
        raise Http404("Placement not found on this dashboard")
    widget = _widget_of(place, placement)
    if widget is None:
        query = request.GET.copy()
        query["tile"] = placement_id
        new = reverse("new_dashboard_widget", args=[place.project.id, dashboard_id])
        return redirect(f"{new}?{query.urlencode()}")
    is_preset, author = placement["type"] == "preset", author_of(request)

    def save(columns: dict[str, Any], is_copy: bool) -> None:
        if is_copy or is_preset:
            made = changes.create_widget(place.project.id, columns, author=author)
            changes.put_widget(place.project.id, dashboard_id, placement_id, made.id, author=author)
        else:
            changes.update_widget(place.project.id, widget.id, columns, author=author)

    others = () if is_preset else tuple(changes.dashboards_with(place.project.id, widget.id))
    back = to_dashboard(request, place, dashboard_id).headers["Location"]
    editing = Editing(
        place,
        dashboard,
        widget.name,
        back,
        save,
        others=tuple(one for one in others if one.id != dashboard_id),
        is_new=False,
    )
    return _edit(request, editing, draft_of(widget))


@require_POST
@in_project(EDIT)
def delete_widget(
    request: SignedInRequest, place: ProjectPlace, dashboard_id: str, widget_id: str
) -> HttpResponse:
    """Delete a widget that stands on no dashboard."""
    _find(place, dashboard_id)
    try:
        changes.delete_widget(place.project.id, widget_id, author=author_of(request))
    except NotFound as error:
        raise Http404(error.message) from None
    except Conflict as error:
        messages.error(request, f"{error.message}.")
    new = reverse("new_dashboard_widget", args=[place.project.id, dashboard_id])
    return redirect(f"{new}?{request.GET.urlencode()}" if request.GET else new)


def _edit(request: SignedInRequest, editing: Editing, draft: Draft) -> HttpResponse:
    """Show the form, change its rows, draw its preview, or save it: as the button says that was pressed."""
    if request.method != "POST":
        return _show_form(request, editing, draft, None)
    draft = read_draft(draft.view, request.POST, base=draft.base)
    do = request.POST.get("do", SAVE)
    if do in {SAVE, COPY}:
        if _save(editing, draft, is_copy=do == COPY):
            return to_dashboard(request, editing.place, editing.dashboard.id)
        return _show_form(request, editing, draft, None, status=400)
    if do != PREVIEW:
        draft.change(do)
        draft.tidy()
    if request.headers.get("HX-Request") and do == PREVIEW:
        return render(request, "analytics/_preview.html", {"preview": _preview(request, editing, draft)})
    if request.headers.get("HX-Request"):
        answer = render(request, "analytics/_widget_fields.html", _context(request, editing, draft))
        answer.headers["HX-Trigger-After-Swap"] = "fields-changed"
        return answer
    preview = _preview(request, editing, draft)
    return _show_form(request, editing, draft, preview)


def _save(editing: Editing, draft: Draft, *, is_copy: bool) -> bool:
    """Save what can be asked; what can't is told in the draft."""
    columns = check_draft(draft)
    if columns is None:
        return False
    try:
        with transaction.atomic():
            editing.save(columns, is_copy)
    except InvalidData as error:
        draft.errors["form"] = " ".join(one["message"] for one in error.issues)
        return False
    except NotFound as error:
        draft.errors["form"] = f"{error.message}: somebody has removed it meanwhile."
        return False
    return True


def _show_form(
    request: SignedInRequest, editing: Editing, draft: Draft, preview: Preview | None, *, status: int = 200
) -> HttpResponse:
    context = {**_context(request, editing, draft), "preview": preview}
    return render(request, "analytics/widget.html", context, status=status)


def _context(request: SignedInRequest, editing: Editing, draft: Draft) -> dict[str, Any]:
    now = now_in_utc()
    scope, _ = read_scope(request, (editing.place.project.id,), now)
    for row in draft.filters:
        row.suggestions = suggest(editing.place.project.id, draft.view, row.column, scope, now=now)
    return {"place": editing.place, "dashboard": editing.dashboard, "editing": editing, "draft": draft}


def _preview(request: SignedInRequest, editing: Editing, draft: Draft) -> Preview:
    now = now_in_utc()
    scope, _ = read_scope(request, (editing.place.project.id,), now)
    return preview_of(editing.place.project.id, editing.dashboard, draft, scope, now=now)


def _choose(request: SignedInRequest, place: ProjectPlace, dashboard: Dashboard) -> HttpResponse:
    """Show what a widget can be about, and the widgets that there are."""
    newest = Widget.objects.filter(project_id=place.project.id).order_by("-updated_at", "id")
    widgets = list(newest[:MOST_WIDGETS])
    context = {
        "place": place,
        "dashboard": dashboard,
        "views": [(view, name, VIEW_TELLS[view]) for view, name in VIEW_NAMES.items()],
        "widgets": [(one, VIEW_NAMES[one.view]) for one in widgets],
        "unplaced": changes.unplaced(place.project.id, [one.id for one in widgets]),
        "query": f"&{request.GET.urlencode()}" if request.GET else "",
    }
    return render(request, "analytics/new_widget.html", context)


def _show(
    request: SignedInRequest, place: ProjectPlace, dashboard: Dashboard, tile: str, widget_id: str
) -> None:
    """Place a widget: where a tile stands that it is to replace, else where there is room."""
    author = author_of(request)
    if tile:
        changes.put_widget(place.project.id, dashboard.id, tile, widget_id, author=author)
        return
    given = {"type": "widget", "widgetId": widget_id}
    changes.add_placement(place.project.id, dashboard.id, given, author=author)


def _widget_of(place: ProjectPlace, placement: dict[str, Any]) -> Widget | None:
    if placement["type"] == "preset":
        return preset_widget(place.project.id, placement["presetId"])
    return Widget.objects.filter(project_id=place.project.id, id=placement["widgetId"]).first()


def _find(place: ProjectPlace, dashboard_id: str) -> Dashboard:
    try:
        return changes.find_dashboard(place.project.id, dashboard_id)
    except NotFound as error:
        raise Http404(error.message) from None
