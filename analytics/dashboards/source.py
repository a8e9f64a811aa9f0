"""A scope in; the rollup rows that every statement of a page reads out, each with the number of its bucket."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from analytics.dashboards.ranges import Range
from analytics.dashboards.scope import Scope
from analytics.rollups.facets import Facet
from analytics.rollups.levels import HOUR, Level, ceiling, oldest_slice
from analytics.rollups.read import Cover, cover_of, covered, snapshot
from analytics.rollups.tables import OBSERVATIONS, RollupTable
from tracing.queries.pages import bounded

PAGE_SECONDS = 10.0
"""A statement that takes longer is cut off: nobody waits for a page longer than this."""


@dataclass(frozen=True, slots=True)
class Source:
    """A select with `bucket` and the columns asked for, and its parameters."""

    sql: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """A scope whose pieces of rollups are chosen: one choice for all statements of a page."""

    scope: Scope
    cover: Cover
    edges: tuple[datetime, ...]

    def rows(self, groups: RollupTable | Facet, columns: Sequence[str], *, where: str = "true") -> Source:
        """Return the rows of both ranges; `where` is a constant condition on the columns of the groups."""
        if isinstance(groups, Facet):
            return self._of_facet(groups, columns, where)
        if self.scope.environment:
            where = f"environment = rollup_text(%(environment)s) and ({where})"
        return self._bucketed(columns, (groups, self.cover, where))

    def everywhere(self, table: RollupTable, columns: Sequence[str], *, where: str = "true") -> Source:
        """Return the rows of both ranges and of all environments."""
        return self._bucketed(columns, (table, self.cover, where))

    def _of_facet(self, facet: Facet, columns: Sequence[str], where: str) -> Source:
        """Return groups of a facet: of hours and days as they are kept, of slices the finer ones."""
        finer = f"{facet.where} and ({where})"
        if self.scope.environment:
            finer = f"environment = rollup_text(%(environment)s) and {finer}"
        if not facet.has_environments:
            if self.scope.environment:
                return self._bucketed(columns, (facet.of, self.cover, finer))
            within = ""
        elif self.scope.environment:
            within = "and environment = rollup_text(%(environment)s)"
        else:
            within = f"and environment is {'not null' if 'environment' in columns else 'null'}"
        slices = Cover(tuple(piece for piece in self.cover.rollups if piece.level is Level.SLICE), ())
        larger = Cover(tuple(piece for piece in self.cover.rollups if piece.level is not Level.SLICE), ())
        kept = f"facet = '{facet.name}' {within} and ({where})"
        return self._bucketed(columns, (facet.table, larger, kept), (facet.of, slices, finer))

    def _bucketed(self, columns: Sequence[str], *parts: tuple[RollupTable, Cover, str]) -> Source:
        params: dict[str, Any] = {"edges": list(self.edges), "environment": self.scope.environment}
        selects = []
        for number, (table, cover, where) in enumerate(parts):
            sql, values = covered(table, cover, prefix=f"part{number}", where=where)
            selects.append(f"select {', '.join(['start', *columns])} from ({sql}) piece")  # noqa: S608 - constants
            params |= values
        names = ", ".join(["width_bucket(start, %(edges)s::timestamptz[]) as bucket", *columns])
        # The offset keeps the bucket from being sought anew for each value of a sketch.
        return Source(f"select {names} from ({' union all '.join(selects)}) pieces offset 0", params)  # noqa: S608 - constants


@contextmanager
def reading(scope: Scope, *, now: datetime) -> Iterator[Reading]:
    """Read within one state of the database.

    Where a zone's days begin within an hour, those whose minutes are not kept any more begin with the next: so says
    the scope of the reading, which links and labels are to be made by.
    """
    scope = replace(scope, range=_known_range(scope.range, now))
    shown, edges = scope.range, tuple(scope.edges())
    with snapshot(), bounded(PAGE_SECONDS):
        covers = [
            cover_of(OBSERVATIONS, scope.project_ids, start, end, now=now, edges=edges)
            for start, end in ((shown.before_start, shown.before_end), (shown.start, shown.end))
        ]
        yield Reading(scope, Cover(tuple(piece for cover in covers for piece in cover.rollups), ()), edges)


def _known_range(asked: Range, now: datetime) -> Range:
    def known(edge: datetime) -> datetime:
        return edge if edge >= oldest_slice(now) else ceiling(edge, HOUR)

    end = known(asked.end)
    return replace(
        asked,
        starts=tuple(start for start in map(known, asked.starts) if start < end),
        end=end,
        before_start=known(asked.before_start),
        before_end=known(asked.before_end),
    )
