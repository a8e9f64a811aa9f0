"""A reading in; percentiles out, from the sketches of rollups alone: one statement each.

Every statement reads the range and the range before it at once; its buckets tell them apart.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from analytics.dashboards.figures import MOST_GROUPS, TOO_MANY, Key, TooMuch, read_all
from analytics.dashboards.source import Reading
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
    reading: Reading, table: RollupTable, stem: str, *, where: str = "true"
) -> Quantiles | None:
    """Return percentiles over time, in seconds; `stem` names a sketch of milliseconds."""
    return read_sketches(reading, table, stem, where=where).quantiles().get(())


def read_sketches(
    reading: Reading,
    table: RollupTable,
    stem: str,
    *,
    by: Sequence[str] = (),
    where: str = "true",
) -> "Sketches":
    """Return sketches over time; or by the values of some dimensions, of the range as a whole alone."""
    # Both arrays side by side in the list of columns: a function in `from` would be scanned anew for each row.
    values = [f"unnest({stem}_buckets) as b", f"unnest({stem}_counts) as n"]
    source = reading.rows(table, [*by, f"{stem}_buckets", f"{stem}_counts"], where=where)
    names = ", ".join(by or ["bucket"])
    within = "bucket > 1" if by else "true"
    columns = ", ".join([*(by or ["bucket"]), *values])
    # A row for each sketch, not for each of its buckets: those would take Python longer than the database.
    sql = f"""
        select {names}, array_agg(b), array_agg(n) from (
            select {names}, b, sum(n)::bigint as n
            from (select {columns} from ({source.sql}) r where {within}) v
            group by {names}, b limit {MOST_GROUPS + 1}
        ) merged group by {names}
    """  # noqa: S608 - constants
    rows = read_all(sql, source)
    if sum(len(row[-1]) for row in rows) > MOST_GROUPS:
        raise TooMuch(TOO_MANY)
    found = Sketches(0 if by else len(reading.scope.range.starts))
    places = reading.scope.places()
    for *key, buckets, numbers in rows:
        if by:
            found.add(tuple(key), 0, zip(buckets, numbers, strict=True))
        elif key[0] in places:
            found.add((), places[key[0]], zip(buckets, numbers, strict=True))
    return found


class Sketches:
    """By the values of the dimensions, how many values each bucket of a sketch holds, and when."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.by_key: dict[Key, _Sketch] = {}

    def add(self, key: Key, place: int | None, numbers: Iterable[tuple[int, int]]) -> None:
        """Add how many values are in which bucket of a sketch; `place` is None in the range before."""
        if key not in self.by_key:
            self.by_key[key] = _Sketch(self.size)
        self.by_key[key].add(place, numbers)

    def merged(self, key_of: Callable[[Key], Key | None]) -> "Sketches":
        """Return the sketches of other keys, each of several of these; those without one are left out.

        Of ranges as wholes: neither buckets nor the range before are kept.
        """
        merged = Sketches(self.size)
        for key, sketch in self.by_key.items():
            other = key_of(key)
            if other is not None:
                merged.add(other, 0, sketch.whole.items())
        return merged

    def quantiles(self) -> dict[Key, Quantiles]:
        return {key: sketch.quantiles() for key, sketch in self.by_key.items()}


class _Sketch:
    def __init__(self, buckets: int) -> None:
        self.buckets: list[dict[int, int]] = [{} for _ in range(buckets)]
        self.whole: dict[int, int] = {}
        self.before: dict[int, int] = {}

    def add(self, place: int | None, numbers: Iterable[tuple[int, int]]) -> None:
        within = self.buckets[place : place + 1] if place is not None else []
        added = list(numbers)
        for sketch in (self.before,) if place is None else (*within, self.whole):
            for bucket, number in added:
                sketch[bucket] = sketch.get(bucket, 0) + number

    def quantiles(self) -> Quantiles:
        buckets = [_quantiles(sketch) for sketch in self.buckets]
        return Quantiles(buckets, _quantiles(self.whole), _quantiles(self.before), sum(self.whole.values()))


def _quantiles(sketch: dict[int, int]) -> dict[float, float] | None:
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
