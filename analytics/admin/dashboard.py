"""The first page of the admin: numbers of the installation, of a member's projects, or of one of them."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from accounts.admin_site import Visitor, visitor_of
from accounts.models import Project
from analytics.charts.units import Unit, exact
from analytics.dashboards.figures import TooMuch
from analytics.dashboards.frame import make_frame, now_in_utc, read_scope
from analytics.dashboards.freshness import LATE
from analytics.dashboards.installation import installation_board
from analytics.dashboards.links import NarrowerLinks, TraceLinks
from analytics.dashboards.scope import Scope
from analytics.dashboards.source import reading
from analytics.dashboards.storage import growth_tile, read_sizes, sizes_tile
from analytics.dashboards.tiles import Links, Tile
from analytics.rollups.status import Status, as_of, read_status
from tracing.queries.backlog import Backlog, read_backlog

SCOPE = "project:read"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the state of the installation; `tone` is good, bad or empty."""

    title: str
    value: str
    href: str = ""
    tone: str = ""


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the dashboard to the context of the admin's index (unfold's DASHBOARD_CALLBACK)."""
    visitor = visitor_of(request)
    projects = {project.id: project for project in visitor.projects_with(SCOPE)}
    chosen = _chosen(request, projects)
    shown = {chosen.id: chosen} if chosen else projects
    context |= {"chosen": chosen, "projects": projects.values(), "is_superuser": visitor.user.is_superuser}
    if not shown:
        return context
    now = now_in_utc()
    scope, error = read_scope(request, tuple(shown), now)
    try:
        with reading(scope, now=now) as found:
            scope = found.scope
            links: Links = (
                _traces(chosen.id, scope) if chosen else NarrowerLinks(reverse("admin:index"), scope)
            )
            board = installation_board(found, links, shown, lambda project_id: _traces(project_id, scope))
            frame = make_frame(request, found, error, now=now)
            storage = _storage(scope) if visitor.user.is_superuser and not chosen else []
    except TooMuch as too_much:
        return context | {"says": str(too_much)}
    return context | {
        "board": board,
        "frame": frame,
        "storage": storage,
        "ingestion": _ingestion(visitor, None if visitor.user.is_superuser and not chosen else list(shown)),
        "aggregation": _aggregation(visitor, list(shown)),
    }


def _chosen(request: HttpRequest, projects: dict[str, Project]) -> Project | None:
    project_id = request.GET.get("project", "")
    if not project_id:
        return None
    if project_id not in projects:
        raise Http404("No such project")
    return projects[project_id]


def _traces(project_id: str, scope: Scope) -> TraceLinks:
    return TraceLinks(reverse("traces", args=[project_id]), scope)


def _storage(scope: Scope) -> list[Tile]:
    sizes = read_sizes()
    return [growth_tile(scope.range, sizes), sizes_tile(sizes)]


def _ingestion(visitor: Visitor, project_ids: list[str] | None) -> list[Fact]:
    """Tell what waits to be digested; only admins of the installation are led to the batches themselves."""
    state = read_backlog(project_ids)
    opens = visitor.user.is_superuser

    def lists(name: str, query: str = "") -> str:
        return f"{reverse(f'admin:tracing_{name}_changelist')}{query}" if opens else ""

    return [
        Fact("Batches that wait", f"{state.batches:,}", lists("spooledbatch"), _late(state)),
        Fact("Events in them", f"{state.events:,}", lists("spooledbatch")),
        Fact(
            "The oldest is", exact(state.oldest_seconds, Unit.DURATION), lists("spooledbatch"), _late(state)
        ),
        Fact(
            "Dead letters",
            f"{state.dead_letters:,}",
            lists("spooledbatch", "?state=dead"),
            "bad" if state.dead_letters else "good",
        ),
        Fact("Events refused, 24 h", f"{state.rejected_events_of_a_day:,}", lists("rejectedevents")),
    ]


def _late(state: Backlog) -> str:
    return "bad" if state.oldest_seconds > 60 else "good"


def _aggregation(visitor: Visitor, project_ids: list[str]) -> list[Fact]:
    """Tell how far the rollups of these projects are; how the task does, to admins of the installation."""
    state = read_status()
    lag = max(state.now - as_of(project_ids, now=state.now), timedelta(0))
    behind = Fact("Behind the rows", exact(lag.total_seconds(), Unit.DURATION), tone=_behind(lag))
    if not visitor.user.is_superuser:
        return [behind]
    runs, states = (reverse(f"admin:analytics_rollup{name}_changelist") for name in ("run", "state"))
    gaps = state.overdue_hours + state.overdue_days
    return [
        replace(behind, href=runs),
        Fact("Slices to recount", f"{state.stale_slices:,}", runs),
        Fact("Last run", _last_run(state), runs, "bad" if state.is_late else ""),
        Fact("Next run", _next_run(state), runs, "bad" if state.is_late else ""),
        Fact("Hours and days not merged", f"{gaps:,}", runs, "bad" if gaps else "good"),
        Fact("Projects that fail", f"{len(state.failing):,}", states, "bad" if state.failing else "good"),
    ]


def _behind(lag: timedelta) -> str:
    return "bad" if lag > LATE else "good"


def _last_run(state: Status) -> str:
    if state.last_run is None or state.last_run.finished_at is None:
        return "never"
    seconds = (state.last_run.finished_at - state.last_run.started_at).total_seconds()
    return f"{state.last_run.started_at:%H:%M:%S} UTC, took {exact(seconds, Unit.DURATION)}"


def _next_run(state: Status) -> str:
    if state.running_since:
        return "under way"
    if state.next_run_at is None:
        return "when beat runs"
    seconds = (state.next_run_at - state.now).total_seconds()
    return (
        f"in {exact(max(seconds, 0), Unit.DURATION)}"
        if seconds > -5
        else f"due for {exact(-seconds, Unit.DURATION)}"
    )
