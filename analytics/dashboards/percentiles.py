"""A reading in; percentiles out, from the sketches of rollups alone: one statement each.

Every statement reads the range and the range before it at once; its buckets tell them apart.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.dashboards.figures import MOST_GROUPS, TOO_MANY, Key, Row, TooMuch, read_all
from analytics.dashboards.source import Reading
from analytics.rollups.facets import Facet
from analytics.rollups.sketch import value_of
from analytics.rollups.tables import RollupTable

QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99)
MILLISECOND = 0.001


@dataclass(slots=True)
class Quantiles:
    """Percentiles by their fraction: bucket by bucket, of the range, of the range before; None of no values."""

    buckets: list[dict[float, float] | None]
    whole: dict[float, float] | None
    before: dict[float, float] | None
    count: int

    def series(self, fraction: float) -> list[float | None]:
        return [None if one is None else one[fraction] for one in self.buckets]

    def now(self, fraction: float) -> float | None:
        return None if self.whole is None else self.whole[fraction]

    def then(self, fraction: float) -> float | None:
        return None if self.before is None else self.before[fraction]


def read_quantiles(
    reading: Reading, groups: RollupTable | Facet, stem: str, *, where: str = "true"
) -> Quantiles | None:
    """Return percentiles over time, in seconds; `stem` names a sketch of milliseconds."""
    places = reading.scope.places()
    over_time = OverTime(len(reading.scope.range.starts))
    for bucket, sketch in _read(reading, groups, stem, by=["bucket"], where=where):
        if bucket in places:
            over_time.add(places[bucket], sketch)
    return over_time.quantiles()


def read_slowness(
    reading: Reading, groups: RollupTable | Facet, stem: str, *, by: Sequence[str], where: str = "true"
) -> dict[Key, Quantiles]:
    """Return percentiles of the range as a whole, in seconds, by the values of some dimensions."""
    rows = _read(reading, groups, stem, by=by, where=where, within="bucket > 1")
    return {
        tuple(key): Quantiles([], _quantiles(sketch), None, sum(sketch.values())) for *key, sketch in rows
    }


def _read(
    reading: Reading,
    groups: RollupTable | Facet,
    stem: str,
    *,
    by: Sequence[str],
    where: str,
    within: str = "true",
) -> list[Row]:
    """Return the values of `by` and the merged sketch of each of their groups."""
    columns = [f"{stem}_buckets", f"{stem}_counts"]
    source = reading.rows(groups, [*(name for name in by if name != "bucket"), *columns], where=where)
    names = ", ".join(by)
    # Both arrays side by side in the list of columns: a function in `from` would be scanned anew for each row.
    # A row for each sketch, not for each of its buckets: those would take Python longer than the database.
    sql = f"""
        select {names}, array_agg(b), array_agg(n) from (
            select {names}, b, sum(n)::bigint as n
            from (
                select {names}, unnest({stem}_buckets) as b, unnest({stem}_counts) as n
                from ({source.sql}) r where {within}
            ) v
            group by {names}, b limit {MOST_GROUPS + 1}
        ) merged group by {names}
    """  # noqa: S608 - constants
    rows = read_all(sql, source)
    if sum(len(row[-1]) for row in rows) > MOST_GROUPS:
        raise TooMuch(TOO_MANY)
    return [(*key, dict(zip(buckets, counts, strict=True))) for *key, buckets, counts in rows]


class OverTime:
    """Sketches, as how many values each of their buckets holds: of each bucket of time, of all, and of before."""

    def __init__(self, size: int) -> None:
        self.buckets: list[dict[int, int]] = [{} for _ in range(size)]
        self.whole: dict[int, int] = {}
        self.before: dict[int, int] = {}

    def add(self, place: int | None, sketch: Mapping[int, int]) -> None:
        """Add the sketch of a bucket of time; `place` is None in the range before."""
        merged = [self.before] if place is None else [self.buckets[place], self.whole]
        for into in merged:
            for bucket, number in sketch.items():
                into[bucket] = into.get(bucket, 0) + number

    def quantiles(self) -> Quantiles | None:
        if not self.whole and not self.before:
            return None
        buckets = [_quantiles(sketch) for sketch in self.buckets]
        return Quantiles(buckets, _quantiles(self.whole), _quantiles(self.before), sum(self.whole.values()))


def _quantiles(sketch: Mapping[int, int]) -> dict[float, float] | None:
    """Return the nearest ranks of all fractions in one walk over the buckets."""
    if not sketch:
        return None
    total = sum(sketch.values())
    waiting = [(max(math.ceil(fraction * total), 1), fraction) for fraction in reversed(QUANTILES)]
    found, upto = {}, 0
    for bucket in sorted(sketch):
        upto += sketch[bucket]
        while waiting and upto >= waiting[-1][0]:
            found[waiting.pop()[1]] = value_of(bucket) * MILLISECOND
    return found
