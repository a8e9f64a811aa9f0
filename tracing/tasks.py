"""Celery messages in, calls of the functions that do the work out; every message is without payload."""

import time

from celery import shared_task

from tracing.ingest.bell import BELL
from tracing.ingest.drain import drain_spool as drain
from tracing.repricing.runs import reprice as go_on
from tracing.retention.runs import apply_retention as apply
from tracing.store.spool import oldest_waiting_seconds
from tracing.store.tombstones import sweep_tombstones as sweep

OVERDUE_SECONDS = 2.0
TURN_SECONDS = 10.0
"""A worker does one thing at a time: under steady load its other tasks get their turn after this."""
GATHER_SECONDS = 0.1
"""A digest costs some 12 ms whatever it digests: under load ten a second cost an eighth of a core, not all of it."""
RETENTION_SECONDS = 1.0
"""Of every five: a single worker has digestion to do beside it."""
REPRICE_SECONDS = 1.0
"""Of every three."""


@shared_task(name="tracing.tasks.drain_spool", ignore_result=True)
def drain_spool() -> None:
    """Digest until nothing waits."""
    _take_turn()


@shared_task(name="tracing.tasks.ring_again", ignore_result=True)
def ring_again() -> None:
    """Digest what waits longer than a bell takes: a lost broker loses nothing."""
    if oldest_waiting_seconds() > OVERDUE_SECONDS:
        _take_turn()


@shared_task(name="tracing.tasks.sweep_tombstones", ignore_result=True)
def sweep_tombstones() -> None:
    """Forget deletions that no waiting batch is older than."""
    sweep()


@shared_task(name="tracing.tasks.apply_retention", ignore_result=True)
def apply_retention() -> None:
    """Delete for a moment what has expired, unless ingestion is behind."""
    if oldest_waiting_seconds() <= OVERDUE_SECONDS:
        apply(limit=RETENTION_SECONDS)


@shared_task(name="tracing.tasks.reprice", ignore_result=True)
def reprice() -> None:
    """Check or apply prices for a moment, unless ingestion is behind."""
    if oldest_waiting_seconds() <= OVERDUE_SECONDS:
        go_on(limit=REPRICE_SECONDS)


def _take_turn() -> None:
    """Digest for a while; ring for another turn if that was not enough."""
    began = time.monotonic()
    drain(gather=GATHER_SECONDS, limit=TURN_SECONDS)
    if time.monotonic() - began >= TURN_SECONDS:
        BELL.ring()
