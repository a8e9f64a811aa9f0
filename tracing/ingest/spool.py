"""An accepted request body in, a durable batch out; then the worker hears of it."""

import time

from django.conf import settings

from langfuse_site.lib.errors import TooManyRequests
from tracing.ingest.bell import BELL
from tracing.store.spool import NewBatch, insert_batch, measure_waiting

RETRY_AFTER_SECONDS = 5
DEPTH_IS_KNOWN_SECONDS = 1.0


class _Depth:
    """The backlog as it was within the last second."""

    def __init__(self) -> None:
        self._until = 0.0
        self._batches = 0
        self._bytes = 0

    def is_full(self) -> bool:
        now = time.monotonic()
        if now >= self._until:
            self._batches, self._bytes = measure_waiting(most=settings.SPOOL_MAX_BATCHES + 1)
            self._until = now + DEPTH_IS_KNOWN_SECONDS
        return self._batches > settings.SPOOL_MAX_BATCHES or self._bytes > settings.SPOOL_MAX_BYTES


_depth = _Depth()


def refuse_backlog() -> None:
    """Raise TooManyRequests while more batches or bytes wait than the installation allows."""
    if _depth.is_full():
        raise TooManyRequests("Too much accepted work is waiting", retry_after=RETRY_AFTER_SECONDS)


def append(project_id: str, batch: NewBatch) -> None:
    """Store the batch and ring for the worker. When this returns, nothing that dies loses it."""
    insert_batch(project_id, batch)
    BELL.ring()
