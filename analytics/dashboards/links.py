"""A scope in; the addresses of the traces behind its numbers out."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from analytics.dashboards.scope import Scope

LONGEST_NAME = 200
"""Rollups cut longer ones: what is left of them names nobody."""


@dataclass(frozen=True, slots=True)
class TraceLinks:
    """Addresses of a project's list of traces."""

    traces: str
    scope: Scope

    def bucket(self, index: int, **filters: str) -> str:
        start, end = self.scope.range.bounds()[index]
        return self._link(start, end, filters)

    def whole(self, **filters: str) -> str:
        return self._link(self.scope.range.start, self.scope.range.end, filters)

    def between(self, start: datetime, end: datetime) -> str:
        return self._link(start, end, {})

    def _link(self, start: datetime, end: datetime, filters: dict[str, str]) -> str:
        if any(len(value) > LONGEST_NAME for value in filters.values()):
            return ""
        given = {name: value for name, value in filters.items() if value}
        environment = {"environment": self.scope.environment} if self.scope.environment else {}
        return (
            f"{self.traces}?{urlencode({'from': in_url(start), 'to': in_url(end), **environment, **given})}"
        )


@dataclass(frozen=True, slots=True)
class NarrowerLinks:
    """Addresses of the same dashboard: what is behind a bucket of many projects is that bucket, project by project."""

    page: str
    scope: Scope

    def bucket(self, index: int, **filters: str) -> str:
        return self._link(*self.scope.range.bounds()[index])

    def whole(self, **filters: str) -> str:
        return f"{self._link(self.scope.range.start, self.scope.range.end)}#projects"

    def between(self, start: datetime, end: datetime) -> str:
        return self._link(start, end)

    def _link(self, start: datetime, end: datetime) -> str:
        given = {"from": in_url(start), "to": in_url(end), "tz": self.scope.range.zone.key}
        environment = {"environment": self.scope.environment} if self.scope.environment else {}
        return f"{self.page}?{urlencode(given | environment)}"


def in_url(moment: datetime) -> str:
    """Return a moment as addresses hold it, to the minute where it is one."""
    text = moment.astimezone(UTC).isoformat(timespec="auto").removesuffix("+00:00").removesuffix(":00")
    return f"{text}Z"
