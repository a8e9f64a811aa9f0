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
select day, sum(traces)
from (
    select (timestamp at time zone 'UTC')::date as day, count(*) as traces from t group by 1
    union all
    select distinct (o.start_time at time zone 'UTC')::date, 0
    from observations o join t on t.id = o.trace_id
    where o.project_id = %s and (%s::text[] is null or o.environment = any(%s::text[]))
) as days
group by day order by day desc
"""
# By trace first: to group is cheaper than to sort, which count(distinct …) does.
USAGE_SQL = """
with t as ({traces}), usage as (
    select (o.start_time at time zone 'UTC')::date as day, o.model, o.trace_id, count(*) as observations,
        sum(o.input_tokens) as input_tokens, sum(o.output_tokens) as output_tokens,
        sum(o.total_tokens) as total_tokens, sum(o.total_cost) as cost
    from observations o join t on t.id = o.trace_id
    where o.project_id = %s and (%s::text[] is null or o.environment = any(%s::text[]))
      and o.start_time >= %s and o.start_time < %s
    group by 1, 2, 3
)
select day, model, sum(input_tokens), sum(output_tokens), sum(total_tokens), coalesce(sum(cost), 0) as cost,
    sum(observations)::bigint, count(*)
from usage group by 1, 2 order by cost desc, model
"""


class Usage(msgspec.Struct, frozen=True):
    """What one model did on one day: whole tokens, USD."""

    model: str | None
    input_tokens: Decimal
    output_tokens: Decimal
    total_tokens: Decimal
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
        days = [(day, int(count)) for day, count in cursor.fetchall()]
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
