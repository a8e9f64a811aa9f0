"""Traces of a project in, a page of its days out: what each counted and, by model, used and cost (UTC)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import msgspec
from django.db import connection
from django.db.models import QuerySet

from tracing.models import Trace

# A day is told when it has traces or observations of the traces in question.
DAYS_SQL = """
with t as ({traces})
select day, sum(traces)::bigint
from (
    select (timestamp at time zone 'UTC')::date as day, count(*) as traces from t group by 1
    union all
    select distinct (o.start_time at time zone 'UTC')::date, 0
    from observations o join t on t.id = o.trace_id
    where o.project_id = %s and (%s::text[] is null or o.environment = any(%s::text[]))
) as days
group by day order by day desc
"""
USAGE_SQL = """
with t as ({traces})
select (o.start_time at time zone 'UTC')::date, o.model,
    sum(o.input_tokens)::bigint, sum(o.output_tokens)::bigint, sum(o.total_tokens)::bigint,
    coalesce(sum(o.total_cost), 0), count(*), count(distinct o.trace_id)
from observations o join t on t.id = o.trace_id
where o.project_id = %s and (%s::text[] is null or o.environment = any(%s::text[]))
  and o.start_time >= %s and o.start_time < %s
group by 1, 2 order by 6 desc, 2
"""


class Usage(msgspec.Struct, frozen=True):
    """What one model did on one day; costs in USD."""

    model: str | None
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cost: Decimal
    observations: int
    traces: int


class Day(msgspec.Struct, frozen=True):
    date: date
    traces: int
    usage: list[Usage]


class Days(msgspec.Struct, frozen=True):
    """A page of days, the newest first; `total` is how many days have traces."""

    rows: list[Day]
    total: int


def read_days(
    project_id: str, traces: QuerySet[Trace], *, environments: Sequence[str], offset: int, limit: int
) -> Days:
    """Return the days of `traces` and of their observations, those in `environments` where there are any."""
    sql, params = traces.order_by().values("id", "timestamp").query.sql_with_params()
    named = list(environments) or None
    scope = (*params, project_id, named, named)
    with connection.cursor() as cursor:
        cursor.execute(DAYS_SQL.format(traces=sql), scope)
        days: list[tuple[date, int]] = cursor.fetchall()
        page = days[offset : offset + limit]
        usage: dict[date, list[Usage]] = {day: [] for day, _ in page}
        if page:
            cursor.execute(USAGE_SQL.format(traces=sql), (*scope, *_range(page[-1][0], page[0][0])))
            for day, *figures in cursor.fetchall():
                usage[day].append(Usage(*figures))
    return Days([Day(day, count, usage[day]) for day, count in page], sum(1 for _, count in days if count))


def _range(first: date, last: date) -> tuple[datetime, datetime]:
    return _midnight(first), _midnight(last + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
