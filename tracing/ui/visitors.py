"""A visitor and a trace in; the place where they may see it out: as members, or since the trace is public.

All that a trace's page loads asks here, so that nothing of it is open when the trace is not. To whoever may
not see it, a trace that is there is as unknown as one that is not.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.defaults import page_not_found

from accounts.models import Project, Role
from accounts.ui.places import ProjectPlace, SignedInRequest, open_project
from langfuse_site.lib.ids import key_of
from tracing.queries.screens import is_public

P = ParamSpec("P")
TraceView = Callable[Concatenate[HttpRequest, ProjectPlace, P], HttpResponse]


def sees_trace(view: TraceView[P]) -> Callable[..., HttpResponse]:
    """Admit to a view whoever may see the trace that its path, or `trace` in its query string, names.

    No proxy keeps what a browser without a cookie was shown: it would be there when the trace is private again.
    Nor does a search engine, of texts either that have no head to say so in. What is not there any more, or not
    for who has signed out meanwhile, is told by the whole page: a click in the tree would else do nothing.
    """

    @wraps(view)
    def admitted(request: HttpRequest, project_id: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        trace_id = str(kwargs.get("trace_id") or request.GET.get("trace", ""))
        try:
            place = _place(request, project_id, trace_id.replace("\x00", ""))
            response = view(request, place, *args, **kwargs)
        except Http404 as error:
            response = page_not_found(request, error)
            response.headers["HX-Refresh"] = "true"
        patch_cache_control(response, private=True, no_cache=True)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return admitted


def is_member(place: ProjectPlace) -> bool:
    return place.role is not Role.NONE


def _place(request: HttpRequest, project_id: str, trace_id: str) -> ProjectPlace:
    if request.user.is_authenticated:
        with suppress(Http404):
            return open_project(cast(SignedInRequest, request).user, project_id, "project:read")
    project = Project.objects.living().select_related("organization").filter(pk=project_id).first()
    if project is None or not is_public(project.id, key_of(trace_id)):
        raise Http404("No such trace")
    return ProjectPlace(project, Role.NONE, frozenset(), Role.NONE, frozenset())
