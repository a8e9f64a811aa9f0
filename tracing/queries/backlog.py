"""The state of the write path, asked for by monitors: one statement, cheap whatever waits."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

BACKLOG_SQL = """
    select
        count(*) filter (where failed_at is null),
        coalesce(sum(event_count) filter (where failed_at is null), 0),
        coalesce(extract(epoch from clock_timestamp() - min(received_at) filter (where failed_at is null)), 0),
        count(*) filter (where failed_at is not null)
    from spool where %(projects)s::text[] is null or project_id = any(%(projects)s)
"""
REJECTED_SQL = """
    select coalesce(sum(count), 0) from rejected_events
    where hour >= now() - interval '1 day' and (%(projects)s::text[] is null or project_id = any(%(projects)s))
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is accepted and not yet digested; `oldest_seconds` is 0 when nothing waits."""

    batches: int
    events: int
    oldest_seconds: float
    dead_letters: int
    rejected_events_of_a_day: int


def read_backlog(project_ids: Sequence[str] | None = None) -> Backlog:
    """Return the backlog of these projects, or of the whole installation."""
    values = {"projects": None if project_ids is None else list(project_ids)}
    with connection.cursor() as cursor:
        cursor.execute(BACKLOG_SQL, values)
        batches, events, oldest, dead = cursor.fetchone()
        cursor.execute(REJECTED_SQL, values)
        (rejected,) = cursor.fetchone()
    return Backlog(int(batches), int(events), float(oldest), int(dead), int(rejected))
