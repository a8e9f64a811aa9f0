"""Sessions, uploads, kept bodies and refused events whose traces are gone in, a portion of them deleted out."""

from datetime import datetime
from typing import Any

from django.db import connection

from tracing.companions import companions
from tracing.retention.expired import Place
from tracing.retention.rules import Policy
from tracing.store.cutoffs import CUTOFF_SQL, cutoff_values
from tracing.store.media import delete_media_of, delete_unlinked_media

SCAN = 2_000
PORTION = 500

# A session's age is the time since we first heard of it: its traces go by theirs.
SEEN_SQL = f"""
    select id, created_at,
        created_at < {CUTOFF_SQL.format(table="sessions")} and {{loose}}
    from sessions
    where project_id = %(project_id)s and created_at < %(newest)s
        and (created_at, id) > (%(after_time)s, %(after_id)s)
    order by created_at, id limit %(limit)s
"""  # noqa: S608 - constants only
LOOSE = """
    not (%(keep_bookmarked)s and sessions.bookmarked) and not exists (
        select from traces
        where traces.project_id = sessions.project_id and traces.session_id = sessions.id
    )
"""
LOCK_SQL = "select id from sessions where project_id = %s and id = any(%s) order by id for update skip locked"
DELETE_SQL = "delete from sessions where project_id = %(project_id)s and id = any(%(ids)s) and {loose}"

STRAY_UPLOADS_SQL = """
    select distinct trace_id from media_links
    where project_id = %(project_id)s
        and media_id in (select id from media where project_id = %(project_id)s and created_at < %(before)s)
        and not exists (
            select from traces where traces.project_id = media_links.project_id and traces.id = media_links.trace_id
        )
    limit %(limit)s
"""
DELETE_BODIES_SQL = """
    delete from kept_batches where id = any(array(
        select id from kept_batches where project_id = %(project_id)s and received_at < %(before)s
        order by id limit %(limit)s
    ))
"""
DELETE_REFUSED_SQL = """
    delete from rejected_events where id = any(array(
        select id from rejected_events where project_id = %(project_id)s and hour < %(before)s limit %(limit)s
    ))
"""


def delete_sessions(
    project_id: str, policy: Policy, *, now: datetime, after: Place
) -> tuple[int, Place | None]:
    """Delete old sessions among the next ones that no trace and no score names; return how many, and the last seen."""
    values: dict[str, Any] = {
        "project_id": project_id,
        **cutoff_values(policy.cutoffs(now)),
        "newest": policy.newest_cutoff(now),
        "after_time": after.time,
        "after_id": after.id,
        "limit": SCAN,
        "keep_bookmarked": policy.keep_bookmarked,
    }
    loose = " and ".join([LOOSE, *(f"not {companion.rides_on['sessions']}" for companion in companions())])
    with connection.cursor() as cursor:
        cursor.execute(SEEN_SQL.format(loose=loose), values)
        found = cursor.fetchall()
        cursor.execute(LOCK_SQL, (project_id, [id_ for id_, _, goes in found if goes]))
        locked = [id_ for (id_,) in cursor.fetchall()]
        cursor.execute(DELETE_SQL.format(loose=loose), {**values, "ids": locked})
        deleted = int(cursor.rowcount)
    return deleted, Place(found[-1][1], found[-1][0]) if found else None


def delete_rest(project_id: str, *, before: datetime) -> int:
    """Delete a portion of what is older than any rule keeps; return how many rows, 0 if nothing is left."""
    values: dict[str, Any] = {"project_id": project_id, "before": before, "limit": PORTION}
    with connection.cursor() as cursor:
        cursor.execute(STRAY_UPLOADS_SQL, values)
        strays = [trace_id for (trace_id,) in cursor.fetchall()]
        delete_media_of(project_id, strays)
        deleted = len(strays) + delete_unlinked_media(project_id, before=before, limit=PORTION)
        for sql in (DELETE_BODIES_SQL, DELETE_REFUSED_SQL):
            cursor.execute(sql, values)
            deleted += cursor.rowcount
    return deleted
