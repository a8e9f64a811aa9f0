"""Deletions that pending events must respect."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

FIND_SQL = "select id, deleted_at from tombstones where project_id = %s and kind = %s and id = any(%s)"

BURY_SQL = """
    insert into tombstones (project_id, kind, id, deleted_at)
    select %s, %s, id, clock_timestamp() from unnest(%s::text[]) as buried (id) order by id
    on conflict (project_id, kind, id) do update set deleted_at = excluded.deleted_at
"""

BURY_SINCE_SQL = """
    insert into tombstones (project_id, kind, id, deleted_at)
    select %s, %s, id, deleted_at from unnest(%s::text[], %s::timestamptz[]) as buried (id, deleted_at) order by id
    on conflict (project_id, kind, id) do update
        set deleted_at = greatest(tombstones.deleted_at, excluded.deleted_at)
"""

SWEEP_SQL = """
    delete from tombstones where deleted_at < now() - interval '1 hour'
    and deleted_at < coalesce((select min(received_at) from spool), now())
"""


def deletions(project_id: str, kind: str, ids: Sequence[str]) -> dict[str, datetime]:
    """Return when each of the entities (keys) was deleted, those that were."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_SQL, (project_id, kind, list(ids)))
        return dict(cursor.fetchall())


def bury(project_id: str, kind: str, ids: Sequence[str]) -> None:
    """Record the deletion of entities of a kind; call it with their rows locked."""
    with connection.cursor() as cursor:
        cursor.execute(BURY_SQL, (project_id, kind, list(ids)))


def bury_since(project_id: str, kind: str, deleted: Mapping[str, datetime]) -> None:
    """Record deletions that took place at these times."""
    keys = sorted(deleted)
    with connection.cursor() as cursor:
        cursor.execute(BURY_SINCE_SQL, (project_id, kind, keys, [deleted[key] for key in keys]))


def sweep_tombstones() -> None:
    """Forget deletions that no waiting batch is older than."""
    with connection.cursor() as cursor:
        cursor.execute(SWEEP_SQL)
