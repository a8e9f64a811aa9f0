"""The database's own figures in; how large its tables are and were, out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from analytics.charts.series import Form, Series, draw_series
from analytics.charts.units import Unit, exact, short
from analytics.dashboards.ranges import Range
from analytics.dashboards.tiles import TONES, Cell, Table, Tile

EVERY = timedelta(minutes=55)
KEPT = timedelta(days=400)
LEAST_BYTES = 1_000_000
"""Smaller tables are counted as one."""
REST = "other tables"
MOST_TABLES = 6

SIZES_SQL = """
    select case when bytes >= %(least)s then relname else %(rest)s end, sum(bytes)::bigint, sum(rows)::bigint
    from (
        select relname, pg_total_relation_size(c.oid) as bytes, greatest(reltuples, 0)::bigint as rows
        from pg_class c where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
    ) tables
    group by 1 order by 2 desc, 1
"""
SAMPLE_SQL = f"""
    insert into storage_samples (at, table_name, bytes, rows)
    select %(now)s, table_name, bytes, rows from ({SIZES_SQL}) sizes (table_name, bytes, rows)
    where not exists (select from storage_samples where at > %(since)s)
"""  # noqa: S608 - constants
DROP_SQL = "delete from storage_samples where at < %(before)s"
HISTORY_SQL = """
    select width_bucket(at, %(edges)s::timestamptz[]) - 1, table_name, (array_agg(bytes order by at desc))[1]
    from storage_samples where at >= %(start)s and at < %(end)s group by 1, 2
"""


@dataclass(frozen=True, slots=True)
class TableSize:
    name: str
    bytes: int
    rows: int


def take_sample(now: datetime) -> None:
    """Note the sizes of all tables, where that is due; forget those of long ago."""
    with connection.cursor() as cursor:
        cursor.execute(SAMPLE_SQL, {"now": now, "since": now - EVERY, "least": LEAST_BYTES, "rest": REST})
        cursor.execute(DROP_SQL, {"before": now - KEPT})


def read_sizes() -> list[TableSize]:
    """Return the sizes of the tables now, the largest first."""
    with connection.cursor() as cursor:
        cursor.execute(SIZES_SQL, {"least": LEAST_BYTES, "rest": REST})
        return [TableSize(*row) for row in cursor.fetchall()]


def read_history(shown: Range) -> dict[str, list[int | None]]:
    """Return by table its last size in each bucket; None where no sample was taken."""
    edges = [*shown.starts, shown.end]
    found: dict[str, list[int | None]] = {}
    with connection.cursor() as cursor:
        cursor.execute(HISTORY_SQL, {"edges": edges, "start": shown.start, "end": shown.end})
        for index, name, size in cursor.fetchall():
            found.setdefault(name, [None] * len(shown.starts))[index] = size
    return found


def growth_tile(shown: Range, sizes: list[TableSize]) -> Tile:
    """Draw how the tables grew; a bucket without a sample is a gap."""
    history = read_history(shown)
    names = [one.name for one in sizes if one.name in history and one.name != REST][:MOST_TABLES]
    others = [sizes for name, sizes in history.items() if name not in names]
    series = [Series(name, history[name], tone) for name, tone in zip(names, TONES, strict=False)]
    if others:
        sums = [_sum(column) for column in zip(*others, strict=True)]
        series.append(Series(REST, sums, "rest"))
    current = {one.name: one.bytes for one in sizes}
    totals = [short(current.get(one.name), Unit.BYTES) if one.tone != "rest" else "" for one in series]
    chart = draw_series(shown.axis, series, Unit.BYTES, form=Form.AREA, totals=totals)
    whole = short(sum(current.values()), Unit.BYTES)
    return Tile(
        "Storage",
        chart,
        "two-thirds",
        figure=whole,
        nothing="No size was noted in this range; a new installation notes its first within five minutes.",
    )


def sizes_tile(sizes: list[TableSize]) -> Tile:
    rows = [
        [
            Cell(one.name, is_number=False),
            Cell(exact(one.bytes, Unit.BYTES)),
            Cell(short(one.rows, Unit.COUNT)),
        ]
        for one in sizes[:10]
    ]
    return Tile("Tables", Table(["Table", "Size", "Rows, about"], rows), "third")


def _sum(sizes: tuple[int | None, ...]) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if known else None
