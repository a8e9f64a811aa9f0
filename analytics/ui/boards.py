"""The home of a project and the dashboards that every project has."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.ui.context import host_for_clients
from accounts.ui.places import ProjectPlace, SignedInRequest, in_project
from analytics.dashboards.cost import cost_board
from analytics.dashboards.figures import TooMuch
from analytics.dashboards.frame import make_frame, now_in_utc, read_scope
from analytics.dashboards.home import home_board
from analytics.dashboards.latency import latency_board
from analytics.dashboards.links import TraceLinks
from analytics.dashboards.source import Reading, reading
from analytics.dashboards.tiles import Board, Links
from analytics.dashboards.usage import usage_board
from tracing.queries.screens import list_latest_traces


@dataclass(frozen=True, slots=True)
class BuiltIn:
    key: str
    title: str
    tells: str
    draw: Callable[[Reading, Links], Board]


BUILT_IN = {
    one.key: one
    for one in (
        BuiltIn(
            "cost",
            "Cost",
            "What models, traces, users and prompts cost, and by which kind of token.",
            cost_board,
        ),
        BuiltIn(
            "latency",
            "Latency",
            "How long traces, generations and first tokens take, and what is slow.",
            latency_board,
        ),
        BuiltIn("usage", "Usage", "Traces, steps, tokens, users, tags and scores.", usage_board),
    )
}


@in_project("project:read")
def project_home(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    return _board(request, place, BuiltIn("home", "Home", "", home_board))


@in_project("dashboards:read")
def built_in(request: SignedInRequest, place: ProjectPlace, key: str) -> HttpResponse:
    if key not in BUILT_IN:
        raise Http404("No such dashboard")
    return _board(request, place, BUILT_IN[key])


def _board(request: SignedInRequest, place: ProjectPlace, shown: BuiltIn) -> HttpResponse:
    now = now_in_utc()
    scope, error = read_scope(request, (place.project.id,), now)
    try:
        with reading(scope, now=now) as found:
            links = TraceLinks(reverse("traces", args=[place.project.id]), found.scope)
            board = shown.draw(found, links)
            frame = make_frame(request, found, error, now=now)
            latest = list_latest_traces(place.project.id, limit=1) if board.is_empty else []
    except TooMuch as too_much:
        context = {"place": place, "shown": shown, "says": str(too_much)}
        return render(request, "analytics/too_much.html", context, status=503)
    context = {
        "place": place,
        "shown": shown,
        "board": board,
        "frame": frame,
        "built_in": BUILT_IN.values(),
        "latest": latest[0] if latest else None,
        "host": host_for_clients(request),
    }
    return render(request, "analytics/board.html", context, status=400 if error else 200)
