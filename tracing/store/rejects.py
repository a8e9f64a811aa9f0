"""Refused events in, counts by reason, key, SDK and hour out, with a few samples to learn from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import connection

SAMPLES = 3
SAMPLE_CHARS = 500

COUNT_SQL = """
    insert into rejected_events
        (project_id, hour, reason, api_key_id, sdk_name, sdk_version, count, samples, last_seen)
    select %s, date_trunc('hour', now()), reason, %s, %s, %s, count, samples::jsonb, now()
    from unnest(%s::text[], %s::bigint[], %s::text[]) as refused (reason, count, samples)
    order by reason
    on conflict (project_id, hour, reason, api_key_id, sdk_name, sdk_version) do update set
        count = rejected_events.count + excluded.count,
        last_seen = excluded.last_seen,
        samples = case when jsonb_array_length(rejected_events.samples) < %s
            then rejected_events.samples || excluded.samples else rejected_events.samples end
"""


@dataclass(frozen=True, slots=True)
class Refused:
    """One event that was refused: a stable short reason, and what was said of it."""

    reason: str
    event_id: str
    detail: str


def count_rejects(
    project_id: str,
    refused: Sequence[Refused],
    *,
    api_key_id: str | None,
    sdk_name: str | None,
    sdk_version: str | None,
) -> None:
    """Add the refused events to this hour's counts."""
    if not refused:
        return
    reasons, counts, samples = [], [], []
    for reason, group in groupby(sorted(refused, key=lambda one: one.reason), key=lambda one: one.reason):
        events = list(group)
        reasons.append(reason)
        counts.append(len(events))
        samples.append(json.dumps([_sample(one) for one in events[:SAMPLES]]))
    with connection.cursor() as cursor:
        who = (api_key_id or "", sdk_name or "", sdk_version or "")
        cursor.execute(COUNT_SQL, (project_id, *who, reasons, counts, samples, SAMPLES))


def _sample(refused: Refused) -> dict[str, str]:
    return {"id": _clean(refused.event_id), "detail": _clean(refused.detail)}


def _clean(text: str) -> str:
    return text[:SAMPLE_CHARS].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
