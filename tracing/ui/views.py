"""The traces of a project: the latest ones, and one with its tree, what went in and out, and its cost."""

from datetime import datetime
from urllib.parse import urlencode

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from accounts.roles import projects_of
from accounts.ui.context import host_for_clients
from accounts.ui.places import ProjectPlace, SignedInRequest, author_of, in_project
from langfuse_site.lib.ids import key_of
from tracing.ingest.publishing import set_public
from tracing.models import Trace
from tracing.queries.observations import ObservationRow, get_observation
from tracing.queries.pages import bounded, was_cut_off
from tracing.queries.screens import (
    ListedTrace,
    list_latest_traces,
    list_tree,
    newest_trace_id,
    project_of_public_trace,
    projects_of_trace,
)
from tracing.queries.spans import get_experiment, get_raw_span
from tracing.queries.traces import TraceRow, get_trace
from tracing.ui.asked import read_asked, say
from tracing.ui.axis import on_axis
from tracing.ui.panels import observation_panel, trace_panel, without_keys
from tracing.ui.spans import span_view
from tracing.ui.visitors import is_member, sees_trace

PER_PAGE = 50
PAGE_SECONDS = 10.0
NODES_PER_PAGE = 500
MAX_RAILS = 8
"""Deeper rows are not moved further to the right: their names need the room."""
PAYLOAD_FIELDS = {"input", "output"}


@in_project("project:read")
def traces(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    asked, given = read_asked(request)
    before = _text(request, "before")
    try:
        with bounded(PAGE_SECONDS):
            found = list_latest_traces(
                place.project.id,
                limit=PER_PAGE + 1,
                before=_moment_and_key(before) if before else None,
                asked=asked,
            )
    except OperationalError as error:
        if not was_cut_off(error):
            raise
        return render(request, "tracing/too_slow.html", {"place": place, "said": say(given)}, status=503)
    shown = found[:PER_PAGE]
    context = {
        "place": place,
        "traces": shown,
        "said": say(given),
        "asked": asked,
        "is_filtered": bool(given),
        "is_first": not before,
        "older": _older(shown[-1], given) if len(found) > PER_PAGE else "",
        "latest": "?" + urlencode(given),
        "host": host_for_clients(request),
    }
    return render(request, "tracing/traces.html", context)


@in_project("project:read")
def first_trace(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    """Tell a page that waits of the newest trace: by a link, or with `open` by going there; 204 changes nothing."""
    trace_id = newest_trace_id(place.project.id)
    if trace_id is None:
        return HttpResponse(status=204)
    if "open" not in request.GET:
        return render(request, "tracing/_first_trace.html", {"place": place, "trace_id": trace_id})
    response: HttpResponse = HttpResponseClientRedirect(reverse("trace", args=[place.project.id, trace_id]))
    return response


@vary_on_headers("HX-Request")
@sees_trace
def trace(request: HttpRequest, place: ProjectPlace, trace_id: str) -> HttpResponse:
    """Show a trace; with `observation` in the query string, what that one holds beside the tree."""
    row = get_trace(place.project.id, key_of(trace_id), payloads=True)
    if row is None:
        raise Http404("No such trace")
    observation = _observation(place.project.id, row, _text(request, "observation"))
    panel = (
        observation_panel(place.project.id, observation)
        if observation
        else trace_panel(place.project.id, row)
    )
    context = {
        "place": place,
        "is_member": is_member(place),
        "trace": row,
        "trace_id": trace_id,
        "panel": panel if is_member(place) else without_keys(panel),
        "observation": observation,
    }
    if request.headers.get("HX-Target") == "panel" and "HX-History-Restore-Request" not in request.headers:
        return render(request, "tracing/_panel.html", context)
    tree = list_tree(place.project.id, row.id)
    start = min(_number(request, "from"), len(tree))
    context |= {
        "tree": on_axis(tree[start : start + NODES_PER_PAGE], begin=row.first_start, end=row.last_end),
        "count": len(tree),
        "has_costs": any(one.node.total_cost for one in tree),
        "start": start,
        "next": start + NODES_PER_PAGE if start + NODES_PER_PAGE < len(tree) else None,
        "levels": range(MAX_RAILS),
        "experiment": get_experiment(place.project.id, row.id),
        "session": (row.long_ids or {}).get("session_id", row.session_id),
    }
    return render(request, "tracing/trace.html", context)


@sees_trace
def payload(request: HttpRequest, place: ProjectPlace) -> HttpResponse:
    """Return the whole text of one input or output."""
    row: TraceRow | ObservationRow | None = get_trace(
        place.project.id, key_of(_text(request, "trace")), payloads=True
    )
    if isinstance(row, TraceRow):
        row = _observation(place.project.id, row, _text(request, "observation")) or row
    field = _text(request, "field")
    text: str | None = getattr(row, field) if field in PAYLOAD_FIELDS and row is not None else None
    if text is None:
        raise Http404("No such payload")
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@sees_trace
def otel_span(request: HttpRequest, place: ProjectPlace) -> HttpResponse:
    """Return the part of a panel that shows the span of an observation as it came."""
    keys = [key_of(_text(request, name)) for name in ("trace", "observation")]
    raw = get_raw_span(place.project.id, *keys)
    if raw is None:
        raise Http404("No such span")
    span = span_view(raw, keys=is_member(place))
    return render(request, "tracing/_otel.html", {"span": span, "is_member": is_member(place)})


@require_POST
@in_project("objects:publish")
def trace_visibility(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    """Open the trace of the form to everybody with `public` 1, close it with anything else."""
    trace_id, public = request.POST.get("trace", "").replace("\x00", ""), request.POST.get("public") == "1"
    try:
        set_public(place.project, trace_id, public=public, author=author_of(request))
    except Trace.DoesNotExist:
        raise Http404("No such trace") from None
    return redirect("trace", place.project.id, trace_id)


def trace_anywhere(request: HttpRequest, trace_id: str) -> HttpResponse:
    """Find a trace by its id alone, in the projects that the visitor may open, or a public one in any."""
    key = key_of(trace_id)
    own = projects_of(request.user) if request.user.is_authenticated else []
    found = [*projects_of_trace(key, [project.id for project in own]), project_of_public_trace(key)]
    if project_id := next(filter(None, found), None):
        return redirect("trace", project_id, trace_id)
    raise Http404("No such trace")


def _text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "")


def _number(request: HttpRequest, name: str) -> int:
    text = _text(request, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _older(last: ListedTrace, filters: dict[str, str]) -> str:
    return "?" + urlencode({**filters, "before": f"{last.timestamp.isoformat()}~{last.id}"})


def _moment_and_key(text: str) -> tuple[datetime, str]:
    moment, _, key = text.partition("~")
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        raise Http404("No such page") from None
    if parsed.tzinfo is None:
        raise Http404("No such page")
    return parsed, key


def _observation(project_id: str, row: TraceRow, observation_id: str) -> ObservationRow | None:
    if not observation_id:
        return None
    found = get_observation(project_id, key_of(observation_id))
    if found is None or found.trace_id != row.id:
        raise Http404("No such observation")
    return found
