"""The statements that merge slices into hours and hours into days, and sum up their facets, for many at once.

Each reads the parameters `project_id`, `level`, `starts` and `width` of what is made, those that merge also `parts`,
the level it is made of.
"""

from collections.abc import Iterable

from analytics.rollups.facets import FACETS, Facet
from analytics.rollups.tables import TABLES, RollupTable


def _sketch(stem: str) -> str:
    return f""", {stem}_sketch as (
        select whole, key, array_agg(bucket order by bucket) as {stem}_buckets,
            array_agg(number order by bucket) as {stem}_counts
        from (
            select whole, key, bucket, sum(number)::bigint as number
            from rows cross join lateral unnest({stem}_buckets, {stem}_counts) as u (bucket, number)
            group by whole, key, bucket
        ) b
        group by whole, key
    )"""  # noqa: S608 - constants only


def _insert(table: RollupTable, rows: str) -> str:
    """Return the statement that writes the groups of a CTE `rows`: its `whole` and the table's columns.

    In the order of the key, so that who reads a day finds its rows beside each other.
    """
    columns = ", ".join(table.columns)
    dimensions = ", ".join(f"max({name}) as {name}" for name in table.dimensions)
    measures = ", ".join(f"{merged} as {name}" for name, merged in table.merges.items())
    arrays = [f"coalesce({s}_{part}, '{{}}')" for s in table.sketches for part in ("buckets", "counts")]
    made = ", ".join(("key", *table.dimensions, *table.merges, *arrays))
    joins = "".join(f" left join {stem}_sketch using (whole, key)" for stem in table.sketches)
    order = "facet, whole, key" if table in FACETS else "whole, key"
    return f"""
    insert into {table.name} (project_id, level, start, {columns})
    with {rows}, merged as (
        select whole, key, {dimensions}, {measures} from rows group by whole, key
    ){"".join(_sketch(stem) for stem in table.sketches)}
    select %(project_id)s, %(level)s, whole, {made} from merged{joins} order by {order}
    """  # noqa: S608 - constants only


def _merge(table: RollupTable) -> str:
    columns = ", ".join(table.columns)
    rows = f"""rows as materialized (
        select piece.start as whole, r.*
        from unnest(%(starts)s::timestamptz[]) as piece (start)
        cross join lateral (
            select {columns} from {table.name}
            where project_id = %(project_id)s and level = %(parts)s
                and start >= piece.start and start < piece.start + %(width)s::interval
            offset 0
        ) r
    )"""  # noqa: S608 - constants only
    return _insert(table, rows)


def _sum_up(table: RollupTable, facets: tuple[Facet, ...]) -> list[str]:
    """Return the statements that make facets of the finer rollups of the same hours or days."""
    (finer,) = {facet.of for facet in facets}
    groups = " union all ".join(_group(table, facet) for facet in facets)
    names = [name for name in table.dimensions if name != "environment"]
    if len(names) == len(table.dimensions):
        return [_insert(table, _groups_of(table, finer, f"cross join lateral ({groups}) each"))]
    each = f"cross join lateral (select finer.environment, facets.* from ({groups}) facets) each"  # noqa: S608 - constants only
    # From those of each environment: fewer by far than the finer ones.
    every = f"cross join lateral (select null::text as environment, {_of('finer', names)}) each"
    return [
        _insert(table, _groups_of(table, finer, each)),
        _insert(table, _groups_of(table, table, every, where="facet = any(%(facets)s)")),
    ]


def _groups_of(table: RollupTable, finer: RollupTable, each: str, *, where: str = "true") -> str:
    """Return a CTE `rows` with the finer rollups, each with the dimensions that `each` finds for it."""
    arrays = [f"{stem}_{part}" for stem in table.sketches for part in ("buckets", "counts")]
    measures = [*table.merges, *arrays]
    dimensions = _of("each", table.dimensions)
    return f"""finer as materialized (
        select piece.start as whole, r.*
        from unnest(%(starts)s::timestamptz[]) as piece (start)
        cross join lateral (
            select {", ".join([*finer.dimensions, *measures])} from {finer.name}
            where project_id = %(project_id)s and level = %(level)s and start = piece.start and {where}
            offset 0
        ) r
    ), rows as materialized (
        select whole, md5(row({dimensions})::text)::uuid as key, {dimensions}, {", ".join(measures)}
        from finer {each}
    )"""  # noqa: S608 - constants only


def _of(relation: str, names: Iterable[str]) -> str:
    return ", ".join(f"{relation}.{name}" for name in names)


def _group(table: RollupTable, facet: Facet) -> str:
    """Return a select of what a row of the finer rollups is grouped by in a facet; nothing where it has no place."""
    names = [name for name in table.dimensions if name not in {"facet", "environment"}]
    columns = ", ".join(
        f"finer.{name}" if name in facet.dimensions else f"{_nothing(name)} as {name}" for name in names
    )
    return f"select '{facet.name}'::text as facet, {columns} where {facet.where}"  # noqa: S608 - constants only


def _nothing(name: str) -> str:
    return "null::integer" if name == "prompt_version" else "null::text"


MERGE_SQL = {table: _merge(table) for table in TABLES}
FACETS_SQL = {table: _sum_up(table, facets) for table, facets in FACETS.items()}
