"""A policy and a stretch of a project's traces in, what becomes of each out: one statement for preview and deletion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from tracing.companions import companions
from tracing.retention.rules import FOREVER, Policy

# A trace lives until the last that started in it, so that a long conversation does not lose its beginning.
# Each rule is tried in memory; the look-ups of what keeps a trace are made for those alone that would go.
EXPIRED_SQL = """
    with seen as materialized (
        select project_id, id, timestamp, greatest(timestamp, last_start) as lived, environment, tags,
            bookmarked, session_id, observation_count
        from traces where project_id = %(project_id)s and {place}
    )
    select traces.id, traces.timestamp, traces.observation_count, rule.number::int - 1 as rule,
        traces.lived < rule.cutoff as is_old,
        case when traces.lived < rule.cutoff then {kept} else false end as is_kept
    from seen as traces cross join lateral (
        select number, cutoff
        from unnest(%(environments)s::text[], %(tags)s::text[], %(ranks)s::int[], %(cutoffs)s::timestamptz[])
            with ordinality as rules (environment, tag, rank, cutoff, number)
        where (rules.environment is null or rules.environment = traces.environment)
            and (rules.tag is null or rules.tag = any(traces.tags))
        order by rank desc, cutoff, number limit 1
    ) as rule
    order by traces.timestamp, traces.id
"""
COUNT_SQL = """
    with verdicts as materialized ({expired}),
    last as (select timestamp, id from verdicts order by timestamp desc, id desc limit 1)
    select rule, count(*), count(*) filter (where is_old and not is_kept),
        coalesce(sum(observation_count) filter (where is_old and not is_kept), 0),
        count(*) filter (where is_kept),
        min(timestamp) filter (where is_old and not is_kept),
        max(timestamp) filter (where is_old and not is_kept),
        (array_agg(id) filter (where is_old and not is_kept))[1:{sample}],
        (select timestamp from last), (select id from last)
    from verdicts group by rule
"""
SAMPLE = 20
NEXT = """
    timestamp < %(newest)s and (timestamp, id) > (%(after_time)s, %(after_id)s)
    order by timestamp, id limit %(limit)s
"""
OF_IDS = "id = any(%(ids)s)"

BOOKMARKED = """
    (traces.bookmarked or exists (
        select from sessions
        where sessions.project_id = traces.project_id and sessions.id = traces.session_id and sessions.bookmarked
    ))
"""
OF_EXPERIMENT = """
    exists (
        select from observations
        where observations.project_id = traces.project_id and observations.trace_id = traces.id
            and observations.experiment_id is not null
    )
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a walk by time and key; the default is before all of them."""

    time: datetime = FOREVER
    id: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a trace (a key): `rule` is its place in the policy."""

    id: str
    timestamp: datetime
    observation_count: int
    rule: int
    is_old: bool
    is_kept: bool

    @property
    def goes(self) -> bool:
        return self.is_old and not self.is_kept


@dataclass(frozen=True, slots=True)
class Counted:
    """What a rule decides about some of the next traces; `sample`: the keys of a few of those that go."""

    rule: int
    seen: int
    going: int
    observations: int
    kept: int
    oldest: datetime | None
    newest: datetime | None
    sample: list[str] | None


def next_traces(project_id: str, policy: Policy, *, now: datetime, after: Place, limit: int) -> list[Verdict]:
    """Return the next traces that may be old enough for some rule, the oldest first."""
    return _verdicts(project_id, policy, now=now, place=NEXT, values=_walk(policy, now, after, limit))


def verdicts_of(project_id: str, policy: Policy, *, now: datetime, ids: Sequence[str]) -> list[Verdict]:
    """Return what becomes of these traces (keys)."""
    return _verdicts(project_id, policy, now=now, place=OF_IDS, values={"ids": list(ids)})


def count_next(
    project_id: str, policy: Policy, *, now: datetime, after: Place, limit: int
) -> tuple[list[Counted], Place]:
    """Count the next traces by rule; return where the last of them stands, too."""
    expired = EXPIRED_SQL.format(place=NEXT, kept=_kept(policy))
    values = {"project_id": project_id, **policy.columns(now), **_walk(policy, now, after, limit)}
    with connection.cursor() as cursor:
        cursor.execute(COUNT_SQL.format(expired=expired, sample=SAMPLE), values)
        rows = cursor.fetchall()
    return [Counted(*row[:-2]) for row in rows], Place(*rows[0][-2:]) if rows else after


def _walk(policy: Policy, now: datetime, after: Place, limit: int) -> dict[str, Any]:
    return {
        "newest": policy.newest_cutoff(now),
        "after_time": after.time,
        "after_id": after.id,
        "limit": limit,
    }


def _verdicts(
    project_id: str, policy: Policy, *, now: datetime, place: str, values: Mapping[str, Any]
) -> list[Verdict]:
    sql = EXPIRED_SQL.format(place=place, kept=_kept(policy))
    with connection.cursor() as cursor:
        cursor.execute(sql, {"project_id": project_id, **policy.columns(now), **values})
        return [Verdict(*row) for row in cursor.fetchall()]


def _kept(policy: Policy) -> str:
    """Return the SQL condition, of constants alone, by which an old trace stays."""
    reasons = []
    if policy.keep_bookmarked:
        reasons.append(BOOKMARKED)
    if policy.keep_experiments:
        reasons.append(OF_EXPERIMENT)
    if policy.keep_scored:
        reasons += [companion.rides_on["traces"] for companion in companions()]
    return " or ".join(f"({reason})" for reason in reasons) or "false"
