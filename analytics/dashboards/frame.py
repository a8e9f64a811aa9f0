"""A request in; the scope that it asks for, and what stands above a dashboard to change it, out."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest

from analytics.charts.series import span_label
from analytics.dashboards.freshness import Freshness, list_environments, read_freshness
from analytics.dashboards.ranges import PRESETS, Range, WrongRange, read_range, zone_names
from analytics.dashboards.scope import Scope
from analytics.dashboards.source import Reading

KEPT = ("range", "from", "to", "environment", "tz", "project")
"""What of the query string goes along from one dashboard to the next."""


@dataclass(frozen=True, slots=True)
class Choice:
    label: str
    title: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """The line above a dashboard: ranges, environments, time zone, as of when."""

    scope: Scope
    given: dict[str, str]
    error: str
    presets: list[Choice]
    environments: list[Choice]
    zones: list[str]
    span: str
    freshness: Freshness

    @property
    def query(self) -> str:
        """Return the query string that shows another dashboard in the same frame."""
        return f"?{urlencode(self.given)}" if self.given else ""

    @property
    def as_of(self) -> str:
        """Return as of when the numbers are, with the day where it isn't today's."""
        moment = self.freshness.as_of.astimezone(self.scope.range.zone)
        is_today = moment.date() == datetime.now(self.scope.range.zone).date()
        return f"{moment:%H:%M}" if is_today else f"{moment:%b} {moment.day}, {moment:%H:%M}"

    @property
    def late_days(self) -> tuple[str, str] | None:
        """Return when days begin, and until which day, where older ones are known by the hour of UTC alone."""
        shown = self.scope.range
        local = [start.astimezone(shown.zone) for start in shown.starts]
        late = [one for one in local if one.minute and shown.step >= timedelta(days=1)]
        return (f"{late[-1]:%H:%M}", f"{late[-1]:%b} {late[-1].day}") if late else None

    @property
    def zone(self) -> str:
        return self.scope.range.zone.key

    @property
    def first(self) -> str:
        return self._typed("from", self.scope.range.start)

    @property
    def last(self) -> str:
        return self._typed("to", self.scope.range.end)

    def _typed(self, name: str, moment: datetime) -> str:
        """Return what a form shows of one end: what was typed, or what is shown."""
        if self.given.get(name):
            return self.given[name]
        return f"{moment.astimezone(self.scope.range.zone):%Y-%m-%dT%H:%M}"


def read_scope(request: HttpRequest, project_ids: tuple[str, ...], now: datetime) -> tuple[Scope, str]:
    """Return what the query string asks for, and what is wrong with it: then the usual range is shown."""
    given = given_by(request)
    environment = given.get("environment", "")
    try:
        return Scope(project_ids, read_range(given, now), environment), ""
    except WrongRange as error:
        return Scope(project_ids, read_range({}, now), environment), str(error)


def given_by(request: HttpRequest) -> dict[str, str]:
    texts = {name: request.GET.get(name, "").replace("\x00", "").strip()[:400] for name in KEPT}
    return {name: text for name, text in texts.items() if text}


def make_frame(request: HttpRequest, reading: Reading, error: str, *, now: datetime) -> Frame:
    given = given_by(request)
    scope = reading.scope
    shown = scope.range
    return Frame(
        scope=scope,
        given=given,
        error=error,
        presets=[
            Choice(
                one.label,
                one.name,
                _query(given, {"from": "", "to": "", "range": one.key}),
                shown.preset is one,
            )
            for one in PRESETS.values()
        ],
        environments=[
            Choice(
                name or "All environments",
                "",
                _query(given, {"environment": name}),
                name == scope.environment,
            )
            for name in _environments(reading)
        ],
        zones=zone_names(),
        span=_span(shown),
        freshness=read_freshness(scope.project_ids, now=now),
    )


def _environments(reading: Reading) -> list[str]:
    found = list_environments(reading)
    chosen = reading.scope.environment
    return ["", *found, *([chosen] if chosen and chosen not in found else [])]


def _query(given: dict[str, str], changed: dict[str, str]) -> str:
    kept = {name: text for name, text in {**given, **changed}.items() if text}
    return f"?{urlencode(kept)}" if kept else "?"


def _span(shown: Range) -> str:
    return span_label(shown.start, shown.end, shown.zone)


def now_in_utc() -> datetime:
    return datetime.now(UTC)
