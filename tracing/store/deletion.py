"""Ids of traces in; gone are the traces, their observations and what rides on them, for every reader at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from accounts.audit import Author, record
from langfuse_site.lib.ids import key_of
from tracing.companions import companions
from tracing.store.dirty import SLICE_SECONDS, mark_dirty
from tracing.store.media import delete_media_of
from tracing.store.tombstones import bury
from tracing.store.traces import insert_missing_traces

LOCK_SQL = "select id from traces where project_id = %s and id = any(%s) order by id for update"

DELETE_TRACES_SQL = """
    delete from traces where project_id = %s and id = any(%s)
    returning timestamp, clocks is not null or observation_count > 0
"""

# An observation that waits in a batch must not bring its trace back either: each gets its tombstone.
DELETE_OBSERVATIONS_SQL = """
    with gone as (
        delete from observations where project_id = %(project_id)s and trace_id = any(%(ids)s)
        returning id, start_time
    ), stones as (
        insert into tombstones (project_id, kind, id, deleted_at)
        select %(project_id)s, 'observation', id, clock_timestamp() from gone where %(bury)s order by id
        on conflict (project_id, kind, id) do update set deleted_at = excluded.deleted_at
    )
    select to_timestamp(floor(extract(epoch from start_time) / %(seconds)s) * %(seconds)s), count(*)
    from gone group by 1
"""


@dataclass(frozen=True, slots=True)
class Removed:
    """How many rows went with their traces."""

    traces: int
    observations: int
    scores: int


def delete_traces(project_id: str, trace_ids: Sequence[str], *, author: Author) -> None:
    """Delete traces (wire ids) and all that belongs to them.

    Events accepted before don't bring them back, not even those of traces that no digest has seen yet.
    """
    wire_ids = {key_of(wire_id): wire_id for wire_id in trace_ids}
    keys = sorted(wire_ids)
    with transaction.atomic():
        _lock(project_id, keys)
        remove_locked(project_id, keys, bury_them=True)
        for key in keys:
            record(author, "delete", resource_type="trace", resource_id=wire_ids[key], project_id=project_id)


def remove_locked(project_id: str, keys: list[str], *, bury_them: bool) -> Removed:
    """Remove traces (keys) whose rows the caller has locked, and all that belongs to them.

    Without tombstones, an event that waits would bring its part of a trace back.
    """
    if bury_them:
        bury(project_id, "trace", keys)
    observations = _delete_observations(project_id, keys, bury_them=bury_them)
    scores = [moment for companion in companions() for moment in companion.delete_for(project_id, keys)]
    delete_media_of(project_id, keys)
    traces = _delete_rows(project_id, keys)
    mark_dirty(project_id, observations=observations, traces=traces, scores=scores)
    return Removed(len(traces), sum(observations.values()), len(scores))


def _lock(project_id: str, keys: list[str]) -> None:
    """Lock the rows of the traces, made for the purpose where they are missing, as a digest does."""
    now = datetime.now(UTC)
    insert_missing_traces(project_id, dict.fromkeys(keys, (None, now)))
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SQL, (project_id, keys))


def _delete_observations(project_id: str, keys: list[str], *, bury_them: bool) -> dict[datetime, int]:
    """Delete the observations; return how many of each slice of time."""
    values: dict[str, Any] = {
        "project_id": project_id,
        "ids": keys,
        "seconds": SLICE_SECONDS,
        "bury": bury_them,
    }
    with connection.cursor() as cursor:
        cursor.execute(DELETE_OBSERVATIONS_SQL, values)
        return dict(cursor.fetchall())


def _delete_rows(project_id: str, keys: list[str]) -> list[datetime]:
    """Delete the rows; return the times of those that were more than a lock."""
    with connection.cursor() as cursor:
        cursor.execute(DELETE_TRACES_SQL, (project_id, keys))
        return [moment for moment, existed in cursor.fetchall() if existed]
