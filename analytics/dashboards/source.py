"""A scope in; the rollup rows that every statement of a page reads out, each with the number of its bucket."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analytics.dashboards.scope import Scope
from analytics.rollups.levels import HOUR, floor, oldest_slice
from analytics.rollups.read import Cover, cover_of, covered, snapshot
from analytics.rollups.tables import OBSERVATIONS, RollupTable
from tracing.queries.pages import bounded

PAGE_SECONDS = 10.0
"""A statement that takes longer is cut off: nobody waits for a page longer than this."""


@dataclass(frozen=True, slots=True)
class Source:
    """A select with `bucket` and the table's columns, and its parameters."""

    sql: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """A scope whose pieces of rollups are chosen: one choice for all statements of a page."""

    scope: Scope
    cover: Cover
    edges: tuple[datetime, ...]

    def rows(self, table: RollupTable, columns: Sequence[str], *, where: str = "true") -> Source:
        """Return the rows of both ranges; `where` is a constant condition on the table's columns."""
        if not self.scope.environment:
            return self.everywhere(table, columns, where=where)
        within = self.everywhere(
            table, columns, where=f"environment = rollup_text(%(environment)s) and ({where})"
        )
        return Source(within.sql, within.params | {"environment": self.scope.environment})

    def everywhere(self, table: RollupTable, columns: Sequence[str], *, where: str = "true") -> Source:
        """Return the rows of both ranges and of all environments."""
        sql, params = covered(table, self.cover, where=where)
        names = ", ".join(["width_bucket(start, %(edges)s::timestamptz[]) as bucket", *columns])
        # The offset keeps the bucket from being sought anew for each value of a sketch.
        select = f"select {names} from ({sql}) piece offset 0"  # noqa: S608 - constants
        return Source(select, params | {"edges": list(self.edges)})


@contextmanager
def reading(scope: Scope, *, now: datetime) -> Iterator[Reading]:
    """Read within one state of the database.

    Where a zone's days begin within an hour, those whose minutes are not kept any more begin with that hour.
    """
    edges = tuple(_known_edge(edge, now) for edge in scope.edges())
    before_start, before_end, start, end = (
        _known_edge(edge, now)
        for edge in (scope.range.before_start, scope.range.before_end, scope.range.start, scope.range.end)
    )
    with snapshot(), bounded(PAGE_SECONDS):
        now_cover = cover_of(OBSERVATIONS, scope.project_ids, start, end, now=now, edges=edges)
        before = cover_of(OBSERVATIONS, scope.project_ids, before_start, before_end, now=now, edges=edges)
        yield Reading(scope, Cover((*before.rollups, *now_cover.rollups), ()), edges)


def _known_edge(edge: datetime, now: datetime) -> datetime:
    return edge if edge >= oldest_slice(now) else floor(edge, HOUR)
