"""The dashboards of a project: those that every project has, and those that its members saved."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.ui.places import ProjectPlace, SignedInRequest, in_project
from analytics.models import Dashboard
from analytics.ui.boards import BUILT_IN
from analytics.ui.forms import DashboardForm
from analytics.ui.saved import EDIT

MOST = 500


@in_project("dashboards:read")
def dashboards(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    saved = Dashboard.objects.filter(project_id=place.project.id).order_by("-updated_at", "id")
    context = {
        "place": place,
        "built_in": BUILT_IN.values(),
        "saved": saved[:MOST],
        "form": DashboardForm(),
        "may_edit": EDIT in place.scopes,
    }
    return render(request, "analytics/dashboards.html", context)
