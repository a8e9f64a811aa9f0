"""Projects and a stretch of time in; what of it stands in rollups, and the SQL that reads that, out.

    with snapshot():
        found = cover_of(OBSERVATIONS, [project_id], start, end, now=now)
        sql, values = covered(OBSERVATIONS, found)
        cursor.execute(f"select model, sum(total_cost) from ({sql}) r group by model", values)

What `found.rows` lists is to be read from the rows themselves. A percentile of merged sketches is
`rollup_percentile(array_agg(bucket), array_agg(number), 0.95)` over
`cross join lateral unnest(latency_buckets, latency_counts) as u (bucket, number)`; rows join in by
`rollup_bucket(…)` with number 1.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from analytics.rollups.cover import Gaps, cover
from analytics.rollups.levels import DAY, Level, floor, oldest_slice
from analytics.rollups.tables import RollupTable

LIVE_SLICES = 10
"""So many stale slices of a project at most are read from its rows; they are the newest ones."""

PENDING_SQL = """
    select project_id, level, start from rollup_pending
    where project_id = any(%(projects)s) and start >= %(since)s and start < %(end)s order by start
"""
STALE_SQL = """
    select project_id, slice_start from unnest(%(projects)s::text[]) as asked (project_id)
    cross join lateral (
        select slice_start from dirty_slices d
        where d.project_id = asked.project_id
            and slice_start > %(start)s - interval '1 minute' and slice_start < %(end)s and kinds & %(kind)s > 0
        order by slice_start desc limit %(limit)s
    ) newest
    order by slice_start
"""
COVERED_SQL = """
    select r.* from unnest(
        %({prefix}_projects)s::text[], %({prefix}_levels)s::smallint[],
        %({prefix}_starts)s::timestamptz[], %({prefix}_ends)s::timestamptz[]
    ) as piece (project_id, level, since, until)
    cross join lateral (
        select project_id, level, start, {columns} from {table} t
        where t.project_id = piece.project_id and t.level = piece.level
            and t.start >= piece.since and t.start < piece.until and ({where})
        offset 0
    ) r
"""
"""Lateral and with an offset: each piece is one scan of the key, whatever the planner thinks of it."""


@dataclass(frozen=True, slots=True)
class ProjectPiece:
    project_id: str
    level: Level
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class RowPiece:
    project_id: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Cover:
    """A stretch of time of some projects: what stands in rollups, what is to be read from the rows."""

    rollups: tuple[ProjectPiece, ...]
    rows: tuple[RowPiece, ...]


@contextmanager
def snapshot() -> Iterator[None]:
    """Let all statements see one state, so that no refresh comes between a cover and what is read by it.

    Within a transaction that has begun before, nothing changes.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
        yield


def cover_of(
    table: RollupTable,
    project_ids: Sequence[str],
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    edges: Iterable[datetime] = (),
    grain: Level = Level.DAY,
    live: bool = False,
) -> Cover:
    """Cover [start, end) by pieces up to `grain` that don't go over an edge.

    `live`: slices that are stale, the newest few, are read from the rows, so that what was just ingested counts.
    """
    if start >= end:
        return Cover((), ())
    edges = list(edges)
    gaps = _gaps(table, project_ids, start, end, now=now, live=live)
    whole = Gaps(oldest_slice=oldest_slice(now))
    usual = cover(start, end, whole, edges=edges, grain=grain)
    rollups: list[ProjectPiece] = []
    rows: list[RowPiece] = []
    for project_id in project_ids:
        own = gaps.get(project_id)
        pieces = usual if own is None else cover(start, end, own, edges=edges, grain=grain)
        for piece in pieces:
            if piece.level is None:
                rows.append(RowPiece(project_id, piece.start, piece.end))
            else:
                rollups.append(ProjectPiece(project_id, piece.level, piece.start, piece.end))
    return Cover(tuple(rollups), tuple(rows))


def covered(
    table: RollupTable, found: Cover, *, prefix: str = "piece", where: str = "true"
) -> tuple[str, dict[str, Any]]:
    """Return a select of the rollup rows of a cover, and its parameters, whose names begin with `prefix`.

    `where` is a constant condition on the table's columns, said where an index can serve it.
    """
    columns = ", ".join(table.columns)
    sql = COVERED_SQL.format(prefix=prefix, table=table.name, columns=columns, where=where)
    return sql, {
        f"{prefix}_projects": [piece.project_id for piece in found.rollups],
        f"{prefix}_levels": [int(piece.level) for piece in found.rollups],
        f"{prefix}_starts": [piece.start for piece in found.rollups],
        f"{prefix}_ends": [piece.end for piece in found.rollups],
    }


def _gaps(
    table: RollupTable,
    project_ids: Sequence[str],
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    live: bool,
) -> dict[str, Gaps]:
    values: dict[str, Any] = {"projects": list(project_ids), "start": start, "end": end}
    values |= {"since": floor(start, DAY), "kind": int(table.kind), "limit": LIVE_SLICES}
    pending: dict[tuple[str, int], list[datetime]] = defaultdict(list)
    stale: dict[str, list[datetime]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(PENDING_SQL, values)
        for project_id, level, moment in cursor.fetchall():
            pending[project_id, level].append(moment)
        if live:
            cursor.execute(STALE_SQL, values)
            for project_id, moment in cursor.fetchall():
                stale[project_id].append(moment)
    return {
        project_id: Gaps(
            days=pending[project_id, Level.DAY],
            hours=pending[project_id, Level.HOUR],
            stale=stale[project_id],
            oldest_slice=oldest_slice(now),
        )
        for project_id in {project for project, _ in list(pending)} | set(stale)
    }
