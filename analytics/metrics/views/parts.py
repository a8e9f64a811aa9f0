"""What views are made of: tables of entities, dimensions and measures, each with its SQL over a table's rows.

A row of a table is one entity; a join finds at most one row for it. What explodes makes as many rows of an
entity as an array or object has elements, and none where it has none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from analytics.metrics.query import AGGREGATIONS, Aggregation, ViewName
from tracing.models.traces import INDEXED_PREFIX
from tracing.queries.filters import Column

MeasureKind = Literal["integer", "number", "USD", "text"]

PAIR_KEY, PAIR_VALUE = "pair.key", "pair.value::numeric"
"""What an object explodes into, where a dimension has `pairs`."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """What entities are grouped and filtered by; `column` says how in the grammar of filters."""

    column: Column
    joins: tuple[str, ...] = ()
    """Names of the table's joins that the column speaks of."""
    shown: str | None = None
    """What stands in the answer, where it isn't what is compared."""
    pairs: str | None = None
    """The object that entities explode by when they are grouped by its keys."""
    distinct: bool = False
    """An entity explodes once by each different element of the array."""
    groups: bool = True
    """Without it the column is for filters only."""

    @property
    def id(self) -> str:
        return self.column.id


@dataclass(frozen=True, slots=True)
class Measure:
    """A value of each entity; `distinct` is what `uniq` counts, where that isn't the value."""

    id: str
    sql: str
    kind: MeasureKind = "integer"
    joins: tuple[str, ...] = ()
    distinct: str | None = None
    needs: str | None = None
    """The dimension that is grouped by whenever this is measured."""

    @property
    def aggregations(self) -> tuple[Aggregation, ...]:
        return ("count", "uniq") if self.kind == "text" else AGGREGATIONS


@dataclass(frozen=True, slots=True)
class Table:
    """Where entities come from: `time` is when they count, `where` holds for each of them."""

    name: str
    time: str
    joins: Mapping[str, str]
    where: str = "true"


@dataclass(frozen=True, slots=True)
class MetricsView:
    name: ViewName
    table: Table
    columns: Mapping[str, Dimension]
    """By id and by other names: the dimensions, and what is for filters only."""
    measures: Mapping[str, Measure]
    high_cardinality: frozenset[str] = frozenset()
    """Dimensions of so many values that v2 answers with the largest few only."""

    @property
    def dimensions(self) -> list[str]:
        return list(dict.fromkeys(one.id for one in self.columns.values() if one.groups))


def make_view(
    name: ViewName,
    table: Table,
    columns: Iterable[Dimension],
    measures: Iterable[Measure],
    *,
    high_cardinality: Iterable[str] = (),
) -> MetricsView:
    """Return a view that finds each of its columns by its id and its other names."""
    by_id = {column.id: column for column in columns}
    aliases = {alias: one for one in by_id.values() for alias in one.column.names if alias not in by_id}
    return MetricsView(
        name,
        table,
        {**by_id, **aliases},
        {measure.id: measure for measure in measures},
        frozenset(high_cardinality) & by_id.keys(),
    )


def text(id_: str, sql: str, *names: str, joins: tuple[str, ...] = ()) -> Dimension:
    return Dimension(Column(id_, "text", sql, names), joins)


def user_id(sql: str, *, joins: tuple[str, ...] = ()) -> Dimension:
    return Dimension(Column("userId", "text", sql, indexed_prefix=INDEXED_PREFIX), joins)


def number(id_: str, sql: str, *, joins: tuple[str, ...] = ()) -> Dimension:
    return Dimension(Column(id_, "number", sql), joins)


def boolean(id_: str, sql: str) -> Dimension:
    return Dimension(Column(id_, "boolean", sql))


def array(id_: str, sql: str) -> Dimension:
    return Dimension(Column(id_, "array", sql))


def tags(sql: str, *, joins: tuple[str, ...] = ()) -> Dimension:
    return Dimension(Column("tags", "array", sql, ("traceTags",)), joins, distinct=True)


def client_id(id_: str, table: str, column: str, *, joins: tuple[str, ...] = ()) -> Dimension:
    """Return a dimension of ids that clients chose: compared as keys, shown as they came."""
    shown = f"coalesce({table}.long_ids ->> '{column}', {table}.{column})"
    return Dimension(Column(id_, "text", f"{table}.{column}", is_id=True), joins, shown=shown)


def pairs(id_: str, sql: str) -> Dimension:
    """Return a dimension of the keys of an object."""
    within = f"exists (select from jsonb_object_keys({sql}) as pair (key) where {{}})"
    return Dimension(Column(id_, "text", PAIR_KEY, within=within), pairs=sql)


def time_filter(sql: str, *names: str) -> Dimension:
    return Dimension(Column("timestamp", "datetime", sql, names), groups=False)


def metadata_filter(sql: str, *, joins: tuple[str, ...] = (), dotted: bool = False) -> Dimension:
    return Dimension(Column("metadata", "object", sql, dotted=dotted), joins, groups=False)


def month(id_: str, time: str) -> Dimension:
    return text(id_, f"to_char({time} at time zone 'UTC', 'YYYY-MM')")


def day(id_: str, time: str) -> Dimension:
    return text(id_, f"to_char({time} at time zone 'UTC', 'YYYY-MM-DD')")


def milliseconds(start: str, end: str) -> str:
    """Return the exact milliseconds between two columns; null where one of them is."""
    return f"extract(epoch from {end} - {start}) * 1000"


def per_second(amount: str, start: str, end: str) -> str:
    return f"{amount} / nullif(extract(epoch from {end} - {start}), 0)"


def ones(id_: str) -> Measure:
    """Return the measure that is 1 for each entity."""
    return Measure(id_, "1")


def unique(id_: str, sql: str, *, joins: tuple[str, ...] = ()) -> Measure:
    """Return a measure of ids: 1 for an entity that has one, else 0; `uniq` counts the different ones."""
    return Measure(id_, f"({sql} is not null)::int", joins=joins, distinct=sql)
