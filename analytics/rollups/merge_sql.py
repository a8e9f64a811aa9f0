"""The statements that merge slices into hours and hours into days, for many of them of one project at once.

Each reads the parameters `project_id`, `level`, `starts` and `width` of what is made, and `parts`, the level it is
made of.
"""

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


def _merge(table: RollupTable) -> str:
    columns = ", ".join(table.columns)
    dimensions = ", ".join(f"max({name}) as {name}" for name in table.dimensions)
    measures = ", ".join(f"{merged} as {name}" for name, merged in table.merges.items())
    arrays = [f"coalesce({s}_{part}, '{{}}')" for s in table.sketches for part in ("buckets", "counts")]
    made = ", ".join(("key", *table.dimensions, *table.merges, *arrays))
    joins = "".join(f" left join {stem}_sketch using (whole, key)" for stem in table.sketches)
    return f"""
    insert into {table.name} (project_id, level, start, {columns})
    with rows as materialized (
        select piece.start as whole, r.*
        from unnest(%(starts)s::timestamptz[]) as piece (start)
        cross join lateral (
            select {columns} from {table.name}
            where project_id = %(project_id)s and level = %(parts)s
                and start >= piece.start and start < piece.start + %(width)s::interval
            offset 0
        ) r
    ), merged as (
        select whole, key, {dimensions}, {measures} from rows group by whole, key
    ){"".join(_sketch(stem) for stem in table.sketches)}
    select %(project_id)s, %(level)s, whole, {made} from merged{joins}
    """  # noqa: S608 - constants only


MERGE_SQL = {table: _merge(table) for table in TABLES}
