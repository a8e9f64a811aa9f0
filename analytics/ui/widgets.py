"""A new widget on a dashboard, or one that there is: first what it is about, then what it asks and shows."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.ui.places import ProjectPlace, SignedInRequest, author_of, in_project
from analytics.models import Dashboard, Widget
from analytics.saved import changes
from analytics.ui.forms import VIEW_NAMES, WidgetForm
from langfuse_site.lib.errors import InvalidData, NotFound
from tracing.queries.conditions import conditions_of

MOST_WIDGETS = 200


@in_project("dashboards:CUD")
def new_widget(request: SignedInRequest, place: ProjectPlace, dashboard_id: str) -> HttpResponse:
    try:
        dashboard = changes.find_dashboard(place.project.id, dashboard_id)
        if request.method == "POST" and "widget" in request.POST:
            return _place(request, place, dashboard_id, request.POST["widget"])
    except NotFound as error:
        raise Http404(error.message) from None
    view = request.GET.get("view", "")
    if view not in VIEW_NAMES:
        widgets = Widget.objects.filter(project_id=place.project.id).order_by("-updated_at", "id")
        context = {
            "place": place,
            "dashboard": dashboard,
            "views": VIEW_NAMES,
            "widgets": widgets[:MOST_WIDGETS],
        }
        return render(request, "analytics/new_widget.html", context)
    form = WidgetForm(view, request.POST or None, initial={"measure": "count", "agg": "count"})
    if request.method == "POST" and form.is_valid() and _create(request, place, dashboard, form):
        return redirect("saved_dashboard", place.project.id, dashboard_id)
    context = {"place": place, "dashboard": dashboard, "form": form, "view": VIEW_NAMES[view]}
    return render(request, "analytics/new_widget.html", context, status=400 if form.errors else 200)


def _create(request: SignedInRequest, place: ProjectPlace, dashboard: Dashboard, form: WidgetForm) -> bool:
    """Make the widget and place it; what can't be asked is told in the form."""
    author = author_of(request)
    try:
        columns = form.columns()
        conditions_of(columns["filters"], at="filters")
        widget = changes.create_widget(place.project.id, columns, author=author)
    except InvalidData as error:
        for one in error.issues:
            form.add_error("filters" if one["path"][:1] == ["filters"] else None, one["message"])
        return False
    given = {"type": "widget", "widgetId": widget.id}
    changes.add_placement(place.project.id, dashboard.id, given, author=author)
    return True


def _place(request: SignedInRequest, place: ProjectPlace, dashboard_id: str, widget_id: str) -> HttpResponse:
    given = {"type": "widget", "widgetId": widget_id}
    changes.add_placement(place.project.id, dashboard_id, given, author=author_of(request))
    return redirect("saved_dashboard", place.project.id, dashboard_id)
