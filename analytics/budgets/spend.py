"""A project and a stretch of time in, what its observations cost out: from rollups, and rows where these lag."""

from datetime import datetime
from decimal import Decimal

from django.db import connection

from analytics.rollups.read import cover_of, covered, snapshot
from analytics.rollups.tables import OBSERVATIONS

ROLLUPS_SQL = "select coalesce(sum(total_cost), 0) from ({covered}) r"
ROWS_SQL = """
    select coalesce(sum(o.total_cost), 0)
    from unnest(%s::timestamptz[], %s::timestamptz[]) as piece (since, until)
    cross join lateral (
        select total_cost from observations
        where project_id = %s and start_time >= piece.since and start_time < piece.until
        offset 0
    ) o
"""


def spend_of(project_id: str, start: datetime, end: datetime, *, now: datetime) -> Decimal:
    """Return the USD spent from `start` to before `end`."""
    with snapshot():
        found = cover_of(OBSERVATIONS, [project_id], start, end, now=now, live=True)
        sql, values = covered(OBSERVATIONS, found)
        with connection.cursor() as cursor:
            cursor.execute(ROLLUPS_SQL.format(covered=sql), values)
            spent: Decimal = cursor.fetchone()[0]
            if found.rows:
                pieces = ([piece.start for piece in found.rows], [piece.end for piece in found.rows])
                cursor.execute(ROWS_SQL, (*pieces, project_id))
                spent += cursor.fetchone()[0]
    return spent
