"""The dashboards of a project: those that every project has, and those that its members saved."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.ui.places import ProjectPlace, SignedInRequest, in_project
from analytics.ui.boards import BUILT_IN


@in_project("dashboards:read")
def dashboards(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    return render(request, "analytics/dashboards.html", {"place": place, "built_in": BUILT_IN.values()})
