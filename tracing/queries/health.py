"""Questions of load balancers and monitors in, one statement each out."""

from django.db import connection

RECENT_SQL = """
    select exists (
        select 1 from projects p cross join lateral (
            select 1 from traces t where t.project_id = p.id and t.timestamp > now() - interval '3 minutes' limit 1
        ) recent
    )
"""


def has_recent_events() -> bool:
    """Say whether any project has a trace of the last three minutes."""
    with connection.cursor() as cursor:
        cursor.execute(RECENT_SQL)
        return bool(cursor.fetchone()[0])


def ping() -> None:
    """Raise DatabaseError if the database doesn't answer."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
