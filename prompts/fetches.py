"""Who got which version in, counts by day out: kept in memory for seconds, written by one statement."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.util import Finalize
from threading import Lock, Timer

from django.db import InterfaceError, OperationalError, connection
from django.db.models import QuerySet
from django.utils import timezone

from prompts.models import PromptFetch

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 3.0
MAX_PENDING = 5_000
"""Kinds of fetches that wait to be written; what comes beyond them is not counted by SDK."""
MAX_SDK_CHARACTERS = 64
SECONDS_A_DAY = 86_400

# Sorted, so that two processes that write the same rows do not wait for each other in a circle.
WRITE = """
insert into prompt_fetches
       (project_id, version_id, day, label, api_key_id, sdk_name, sdk_version, count, last_seen)
select f.project_id, f.version_id, f.day, f.label, f.api_key_id, f.sdk_name, f.sdk_version, f.count, f.last_seen
  from unnest(%s::text[], %s::text[], %s::date[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[],
              %s::timestamptz[])
       as f (project_id, version_id, day, label, api_key_id, sdk_name, sdk_version, count, last_seen)
  join prompt_versions as v on v.id = f.version_id
  join projects as p on p.id = f.project_id
 order by 1, 3, 2, 4, 5, 6, 7
    on conflict (project_id, day, version_id, label, api_key_id, sdk_name, sdk_version)
    do update set count = prompt_fetches.count + excluded.count,
                  last_seen = greatest(prompt_fetches.last_seen, excluded.last_seen)
"""


@dataclass(frozen=True, slots=True)
class Fetch:
    """One kind of fetch; empty text where nothing is known."""

    project_id: str
    version_id: str
    label: str
    api_key_id: str
    sdk_name: str = ""
    sdk_version: str = ""


_Key = tuple[Fetch, int]
_pending: dict[_Key, tuple[int, float]] = {}
_lock = Lock()
_timer: Timer | None = None


def note_fetch(fetch: Fetch) -> None:
    """Count a fetch; nothing is written now."""
    now = time.time()
    key = (fetch, int(now // SECONDS_A_DAY))
    with _lock:
        if key not in _pending and len(_pending) >= MAX_PENDING:
            key = (Fetch(fetch.project_id, fetch.version_id, fetch.label, fetch.api_key_id), key[1])
        count, _ = _pending.get(key, (0, 0.0))
        _pending[key] = (count + 1, now)
        _start_timer()


def write_fetches() -> None:
    """Write what has been counted; where the database is away it is kept for later."""
    with _lock:
        counted = dict(_pending)
        _pending.clear()
    if not counted:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(WRITE, _columns(counted))
    except (OperationalError, InterfaceError):
        logger.warning("prompt_fetches_not_written", extra={"kinds": len(counted)}, exc_info=True)
        _keep(counted)


def delete_old_fetches(*, days: int) -> int:
    """Delete what is older than so many days; return how many rows that were."""
    since = (timezone.now() - timedelta(days=days)).date()
    deleted, _ = PromptFetch.objects.filter(day__lt=since).delete()
    return deleted


def forget_fetches() -> None:
    """Drop what has been counted and not written."""
    with _lock:
        _pending.clear()


def sdk_text(header: str | None) -> str:
    """Return the name or version that an SDK tells of itself as it is counted."""
    return header.replace("\x00", "")[:MAX_SDK_CHARACTERS] if header else ""


def list_fetches(project_id: str, version_ids: Sequence[str], *, days: int = 7) -> QuerySet[PromptFetch]:
    """Return who got these versions in the last days, the latest seen first."""
    since = (timezone.now() - timedelta(days=days)).date()
    return PromptFetch.objects.filter(
        project_id=project_id, version_id__in=version_ids, day__gt=since
    ).order_by("-last_seen")


def _start_timer() -> None:
    global _timer
    if _timer is None:
        _timer = Timer(FLUSH_SECONDS, _write_in_thread)
        _timer.daemon = True
        _timer.start()


def _write_in_thread() -> None:
    global _timer
    with _lock:
        _timer = None
    try:
        write_fetches()
    finally:
        connection.close()


def _columns(counted: dict[_Key, tuple[int, float]]) -> list[list[object]]:
    rows = [
        (
            *(fetch.project_id, fetch.version_id, datetime.fromtimestamp(day * SECONDS_A_DAY, UTC).date()),
            *(fetch.label, fetch.api_key_id, fetch.sdk_name, fetch.sdk_version),
            *(count, datetime.fromtimestamp(last, UTC)),
        )
        for (fetch, day), (count, last) in counted.items()
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _keep(counted: dict[_Key, tuple[int, float]]) -> None:
    with _lock:
        for key, (count, last) in counted.items():
            more, newest = _pending.get(key, (0, 0.0))
            if more or len(_pending) < MAX_PENDING:
                _pending[key] = (count + more, max(last, newest))
        _start_timer()


# The web server's workers are children of multiprocessing: they end without what `atexit` knows.
Finalize(None, write_fetches, exitpriority=10)
