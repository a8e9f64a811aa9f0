"""The state of the write path, asked for by monitors: one statement, cheap whatever waits."""

from dataclasses import dataclass

from django.db import connection

BACKLOG_SQL = """
    select
        count(*) filter (where failed_at is null),
        coalesce(sum(event_count) filter (where failed_at is null), 0),
        coalesce(extract(epoch from clock_timestamp() - min(received_at) filter (where failed_at is null)), 0),
        count(*) filter (where failed_at is not null)
    from spool
"""
REJECTED_SQL = "select coalesce(sum(count), 0) from rejected_events where hour >= now() - interval '1 day'"


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is accepted and not yet digested; `oldest_seconds` is 0 when nothing waits."""

    batches: int
    events: int
    oldest_seconds: float
    dead_letters: int
    rejected_events_of_a_day: int


def read_backlog() -> Backlog:
    """Return the backlog of the whole installation."""
    with connection.cursor() as cursor:
        cursor.execute(BACKLOG_SQL)
        batches, events, oldest, dead = cursor.fetchone()
        cursor.execute(REJECTED_SQL)
        (rejected,) = cursor.fetchone()
    return Backlog(int(batches), int(events), float(oldest), int(dead), int(rejected))
