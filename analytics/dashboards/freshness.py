"""Projects in; as of when their rollups are, and what there is to choose from, out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from analytics.dashboards.source import Reading
from analytics.rollups.status import as_of_and_standstill
from analytics.rollups.tables import TRACES

LATE = timedelta(minutes=3)
MOST_ENVIRONMENTS = 100


@dataclass(frozen=True, slots=True)
class Freshness:
    """All that was written before `as_of` is counted."""

    as_of: datetime
    is_late: bool
    stands_still_since: datetime | None
    """Since when nobody has counted: beat or all workers are down."""


def read_freshness(project_ids: Sequence[str], *, now: datetime) -> Freshness:
    """Return as of when the rollups of all these projects are."""
    oldest, standstill = as_of_and_standstill(project_ids, now=now)
    moment = min(oldest, now)
    return Freshness(moment, now - moment > LATE, standstill)


def list_environments(reading: Reading) -> list[str]:
    """Return the environments that have traces in the range or in the one before."""
    source = reading.everywhere(TRACES, ["environment"], where="facet = 'name'")
    sql = f"select distinct environment from ({source.sql}) r order by 1 limit {MOST_ENVIRONMENTS}"  # noqa: S608 - constants
    with connection.cursor() as cursor:
        cursor.execute(sql, source.params)
        return [environment for (environment,) in cursor.fetchall()]
