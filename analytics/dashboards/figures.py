"""A reading in; sums by bucket and rankings out, from rollups alone: one statement each.

Every statement reads the range and the range before it at once; its buckets tell them apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import OperationalError, connection

from analytics.dashboards.source import Reading, Source
from analytics.rollups.facets import Facet
from analytics.rollups.tables import RollupTable
from tracing.queries.pages import was_cut_off

MOST_GROUPS = 100_000
"""More groups than this are no chart; they would be held in memory at once."""


TOO_MANY = "There is too much to tell apart in this range: choose a shorter one, or one environment."


class TooMuch(Exception):
    """The range holds more than a page can show; the text says what to do."""


Key = tuple[Any, ...]
Row = tuple[Any, ...]


@dataclass(slots=True)
class Sums:
    """One group's sums of one measure: bucket by bucket, of the range, and of the range before."""

    buckets: list[Decimal]
    whole: Decimal = Decimal(0)
    before: Decimal = Decimal(0)

    def add(self, bucket: int | None, number: Decimal | int | None) -> None:
        if bucket is None:
            self.before += number or 0
            return
        self.buckets[bucket] += number or 0
        self.whole += number or 0


@dataclass(slots=True)
class Groups:
    """By the values of the dimensions, the sums by measure."""

    size: int
    by_key: dict[Key, dict[str, Sums]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_key)

    def sums(self, key: Key, measures: Sequence[str]) -> dict[str, Sums]:
        """Return the sums of a group, to be added to."""
        return self.by_key.setdefault(key, {measure: self.nothing() for measure in measures})

    def total(self, measure: str) -> Sums:
        """Return the sums of all groups."""
        return self.add_up(sums[measure] for sums in self.by_key.values())

    def of(self, key: Key, measure: str) -> Sums:
        """Return the sums of one group, which may not be there."""
        return self.by_key[key][measure] if key in self.by_key else self.nothing()

    def add_up(self, sums: Iterable[Sums]) -> Sums:
        added = self.nothing()
        for one in sums:
            added.buckets = [a + b for a, b in zip(added.buckets, one.buckets, strict=True)]
            added.whole += one.whole
            added.before += one.before
        return added

    def nothing(self) -> Sums:
        return Sums([Decimal(0)] * self.size)


def read_groups(
    reading: Reading,
    groups: RollupTable | Facet,
    sets: Sequence[tuple[str, ...]],
    measures: Sequence[str],
    *,
    where: str = "true",
) -> list[Groups]:
    """Return for each set of dimensions its groups; `where` is a constant condition on their columns."""
    dimensions = sorted({name for names in sets for name in names})
    source = reading.rows(groups, [*dimensions, *measures], where=where)
    groupings = ", ".join(f"({', '.join(('bucket', *names))})" for names in sets)
    columns = ", ".join([*dimensions, *(f"sum({measure})" for measure in measures)])
    mask = f"grouping({', '.join(dimensions)})" if dimensions else "0"
    sql = f"select {mask}, bucket, {columns} from ({source.sql}) r group by grouping sets ({groupings})"  # noqa: S608 - constants
    masks = [_mask(dimensions, names) for names in sets]
    found = [Groups(len(reading.scope.range.starts)) for _ in sets]
    places = reading.scope.places()
    for which, place, *values in read_all(sql, source):
        if place not in places:
            continue
        index = masks.index(which)
        key = tuple(values[dimensions.index(name)] for name in sets[index])
        sums = found[index].sums(key, measures)
        for measure, number in zip(measures, values[len(dimensions) :], strict=True):
            sums[measure].add(places[place], number)
    return found


def _mask(dimensions: Sequence[str], names: Sequence[str]) -> int:
    """Return what PostgreSQL's grouping() says of a set: a bit for each dimension that is not part of it."""
    mask = 0
    for name in dimensions:
        mask = mask * 2 + (name not in names)
    return mask


@dataclass(frozen=True, slots=True)
class Ranked:
    """One of the first of a ranking: its measures in the range, and in the range before."""

    key: Key
    now: dict[str, Decimal]
    before: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first of a ranking, and how many there are in all, now and before."""

    rows: list[Ranked] = field(default_factory=list)
    count: int = 0
    count_before: int = 0


def read_ranking(
    reading: Reading,
    groups: RollupTable | Facet,
    dimensions: Sequence[str],
    measures: Sequence[str],
    *,
    limit: int = 8,
    where: str = "true",
) -> Ranking:
    """Rank the groups of some dimensions by the first of the measures (then by the next), the largest first."""
    source = reading.rows(groups, [*dimensions, *measures], where=where)
    names = ", ".join(dimensions)
    now = ", ".join(f"coalesce(sum({m}) filter (where bucket > 1), 0) as {m}_now" for m in measures)
    before = ", ".join(f"coalesce(sum({m}) filter (where bucket = 1), 0) as {m}_before" for m in measures)
    order = ", ".join(f"{m}_now desc" for m in measures)
    columns = ", ".join(f"{m}_{when}" for when in ("now", "before") for m in measures)
    sql = f"""
        select count(*) filter (where is_now) over (), count(*) filter (where is_before) over (), {names}, {columns}
        from (
            select {names}, {now}, {before}, bool_or(bucket > 1) as is_now, bool_or(bucket = 1) as is_before
            from ({source.sql}) r group by {names}
        ) g order by {order}, {names} limit {int(limit)}
    """  # noqa: S608 - constants
    rows = read_all(sql, source)
    if not rows:
        return Ranking()
    first = len(dimensions) + 2
    second = first + len(measures)
    ranked = [
        Ranked(
            tuple(row[2:first]),
            dict(zip(measures, row[first:second], strict=True)),
            dict(zip(measures, row[second:], strict=True)),
        )
        for row in rows
    ]
    return Ranking([one for one in ranked if any(one.now.values())], int(rows[0][0]), int(rows[0][1]))


def read_all(sql: str, source: Source) -> list[Row]:
    """Return all rows of a statement about a source; raise TooMuch where they are too many or take too long."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, source.params)
            rows: list[Row] = cursor.fetchmany(MOST_GROUPS + 1)
    except OperationalError as error:
        if was_cut_off(error):
            raise TooMuch("These numbers take too long to add up: choose a shorter range.") from error
        raise
    if len(rows) > MOST_GROUPS:
        raise TooMuch(TOO_MANY)
    return rows
