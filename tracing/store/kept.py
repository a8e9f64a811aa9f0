"""Batches that were kept after their digest, in the order they came in."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tracing.store.spool import CLAIM_BYTES, LockedBatch, batch_of_row, body_cursor

READ_AT_ONCE = 50

READ_SQL = """
    select id, project_id, kind, encoding, body, rejected::text, api_key_id, access_level,
        sdk_name, sdk_version, received_at, 0
    from kept_batches
    where project_id = %(project_id)s and id > %(after)s and kind = any(%(kinds)s)
        and received_at >= coalesce(%(since)s::timestamptz, '-infinity')
        and received_at < coalesce(%(until)s::timestamptz, 'infinity')
    order by id limit %(limit)s
"""
COUNT_SQL = """
    select count(*) from kept_batches
    where project_id = %(project_id)s and kind = any(%(kinds)s)
        and received_at >= coalesce(%(since)s::timestamptz, '-infinity')
        and received_at < coalesce(%(until)s::timestamptz, 'infinity')
"""


def count_kept(project_id: str, *, kinds: list[str], since: datetime | None, until: datetime | None) -> int:
    """Return how many batches of these kinds are kept that were accepted in this stretch of time."""
    with body_cursor() as cursor:
        cursor.execute(COUNT_SQL, {"project_id": project_id, "kinds": kinds, "since": since, "until": until})
        row: Any = cursor.fetchone()
        return int(row[0])


def read_kept(
    project_id: str, *, kinds: list[str], since: datetime | None, until: datetime | None
) -> Iterator[list[LockedBatch]]:
    """Yield them group by group, each as much as one digest takes."""
    after, values = 0, {"project_id": project_id, "kinds": kinds, "since": since, "until": until}
    while True:
        with body_cursor() as cursor:
            cursor.execute(READ_SQL, {**values, "after": after, "limit": READ_AT_ONCE}, binary=True)
            batches = [batch_of_row(row) for row in cursor.fetchall()]
        if not batches:
            return
        yield from _groups(batches)
        after = batches[-1].id


def _groups(batches: list[LockedBatch]) -> Iterator[list[LockedBatch]]:
    group: list[LockedBatch] = []
    size = 0
    for batch in batches:
        if group and size + len(batch.body) > CLAIM_BYTES:
            yield group
            group, size = [], 0
        group.append(batch)
        size += len(batch.body)
    yield group
