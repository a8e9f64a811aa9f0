"""Sessions that events name in, rows out: a session exists from the first event that names it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

SessionSeen = tuple[str, str | None, str, datetime]
"""(key, the id itself where it is long, environment, time of the event)"""

UPSERT_SQL = """
    insert into sessions (project_id, id, long_id, environment, first_event, public, bookmarked, created_at)
    select %s, id, long_id, environment, first_event, false, false, now()
    from unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[]) as seen (id, long_id, environment, first_event)
    order by id
    on conflict (project_id, id) do update
        set environment = excluded.environment, first_event = excluded.first_event
        where (excluded.first_event, excluded.environment) < (sessions.first_event, sessions.environment)
"""


def upsert_sessions(project_id: str, seen: Sequence[SessionSeen]) -> None:
    """Insert sessions, one entry a session; the environment of the earliest event stays."""
    if not seen:
        return
    with connection.cursor() as cursor:
        cursor.execute(UPSERT_SQL, (project_id, *(list(column) for column in zip(*seen, strict=True))))
