"""Projects and a time since when in, the models that their observations name out, read from rollups."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from analytics.rollups.levels import DAY, SLICE, floor
from analytics.rollups.read import cover_of, covered, snapshot
from analytics.rollups.tables import OBSERVATIONS
from tracing.queries.model_use import ModelUse

MOST = 500
"""The most used ones."""

SQL = """
    select project_id, model, sum(count), sum(coalesce(total_tokens, 0)), sum(coalesce(total_cost, 0)), max(start)
    from ({covered}) r where model is not null
    group by project_id, model order by sum(count) desc, model limit {most}
"""


def model_uses(project_ids: Sequence[str], *, since: datetime, now: datetime) -> list[ModelUse]:
    """Return what each project's models took, from the day (UTC) of `since` on, the most used first."""
    with snapshot():
        found = cover_of(OBSERVATIONS, project_ids, floor(since, DAY), floor(now, SLICE) + SLICE, now=now)
        sql, values = covered(OBSERVATIONS, found)
        with connection.cursor() as cursor:
            cursor.execute(SQL.format(covered=sql, most=MOST), values)
            return [
                ModelUse(project_id, model, int(calls), int(tokens), cost, last)
                for project_id, model, calls, tokens, cost, last in cursor.fetchall()
            ]
