"""A stretch of a project's scores in, those that hang on no stored trace and are old enough deleted out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from tracing.companions import Loose
from tracing.store.cutoffs import CUTOFF_SQL, cutoff_values

SCAN = 2_000

SEEN_SQL = f"""
    select id, timestamp,
        timestamp < {CUTOFF_SQL.format(table="scores")}
        and not (%(keep_runs)s and dataset_run_id is not null)
        and not exists (
            select from traces where traces.project_id = scores.project_id and traces.id = scores.trace_id
        )
    from scores
    where project_id = %(project_id)s and timestamp < %(before)s
        and (timestamp, id) > (%(after_time)s, %(after_id)s)
    order by timestamp, id limit %(limit)s
"""  # noqa: S608 - constants only
DELETE_SQL = """
    delete from scores where project_id = %s and id = any(array(
        select id from scores where project_id = %s and id = any(%s) order by id for update skip locked
    ))
    returning timestamp
"""


def delete_loose_scores(
    project_id: str,
    *,
    before: datetime,
    cutoffs: Mapping[str | None, datetime],
    after: tuple[datetime, str],
    keep_runs: bool,
) -> Loose:
    """Delete the old ones among the next scores, but those of dataset runs where these are kept."""
    values: dict[str, Any] = {
        "project_id": project_id,
        "before": before,
        **cutoff_values(cutoffs),
        "keep_runs": keep_runs,
        "after_time": after[0],
        "after_id": after[1],
        "limit": SCAN,
    }
    with connection.cursor() as cursor:
        cursor.execute(SEEN_SQL, values)
        found = cursor.fetchall()
        cursor.execute(DELETE_SQL, (project_id, project_id, [id_ for id_, _, goes in found if goes]))
        moments = [timestamp for (timestamp,) in cursor.fetchall()]
    return Loose(moments, (found[-1][1], found[-1][0]) if found else None)
