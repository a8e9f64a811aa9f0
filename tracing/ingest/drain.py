"""The spool in, an empty spool out: claims, digests, and what happens to a batch that fails."""

import gc
import logging
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from django.conf import settings
from django.db import InterfaceError, OperationalError

from tracing.ingest.digest import digest
from tracing.store.spool import Claim, claim_batches, refund_claims, retry_batches, vacuum_spool

logger = logging.getLogger(__name__)

KILLED = "The worker died each time while it digested this batch"
OUTAGES = ("08", "57P", "53100", "53300")
"""Beginnings of SQLSTATEs: no connection, a server that stops or starts, a full disk, no connection left."""

VACUUM_BYTES = 8_000_000
"""Bodies of so many bytes are digested between two vacuums of the spool: what is reused at once stays in memory."""
VACUUM_PAUSE = 20
"""Times its own length until the next: while somebody holds an old snapshot, a vacuum takes long and frees nothing."""

_interrupted: list[Claim] = []
"""Claims of this process that the loss of the database cut short: no fault of theirs, so no attempt."""


class _Leftovers:
    """What digested batches leave behind in the spool, as far as this process knows."""

    def __init__(self) -> None:
        self._bytes = 0
        self._not_before = 0.0

    def add(self, claims: Sequence[Claim]) -> None:
        self._bytes += sum(claim.body_bytes for claim in claims)

    def clear(self) -> None:
        """Vacuum the spool where it is worth it."""
        began = time.monotonic()
        if self._bytes < VACUUM_BYTES or began < self._not_before:
            return
        vacuum_spool()
        self._bytes = 0
        ended = time.monotonic()
        self._not_before = ended + VACUUM_PAUSE * (ended - began)


_leftovers = _Leftovers()


def drain_spool(*, gather: float = 0, limit: float = math.inf) -> int:
    """Digest until nothing waits, or `limit` seconds have passed; return how many batches were digested.

    `gather`: seconds from the start of one digest to the next, so that what comes in meanwhile is digested
    together; the first starts at once.

    Raises OperationalError or InterfaceError where the database goes away; nothing is lost by that.
    """
    if _interrupted:
        refund_claims(_interrupted)
        _interrupted.clear()
    total, until = 0, time.monotonic() + limit
    while time.monotonic() < until and (claims := claim_batches()):
        began = time.monotonic()
        total += _digest_claims(claims)
        _leftovers.add(claims)
        _leftovers.clear()
        time.sleep(max(0.0, began + gather - time.monotonic()))
    return total


def _digest_claims(claims: Sequence[Claim]) -> int:
    try:
        with _collector_paused():
            return _digest_each(claims)
    except (OperationalError, InterfaceError):
        _interrupted.extend(claims)
        raise


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep Python's cycle collector out: a digest makes no cycles; walking its objects took a quarter of its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _digest_each(claims: Sequence[Claim]) -> int:
    """Digest together what is claimed for the first time, project by project, and alone what was tried before."""
    digested = 0
    fresh = sorted((c for c in claims if c.attempts == 1), key=lambda c: (c.project_id, c.id))
    for project_id, group in groupby(fresh, key=lambda c: c.project_id):
        digested += _digest_together(project_id, [claim.id for claim in group])
    for claim in claims:
        if claim.attempts > settings.DIGEST_MAX_ATTEMPTS:
            retry_batches([claim.id], error=KILLED, wait=0)
        elif claim.attempts > 1:
            digested += _digest_alone(claim.project_id, claim.id)
    return digested


def _digest_together(project_id: str, ids: Sequence[int]) -> int:
    try:
        return digest(project_id, ids)
    except Exception as error:  # noqa: BLE001 - whatever it is, each batch is tried alone and keeps its own error
        if _is_outage(error):
            raise
        logger.exception("digest_of_many_failed", extra={"project_id": project_id, "batches": len(ids)})
    return sum(_digest_alone(project_id, batch_id) for batch_id in ids)


def _digest_alone(project_id: str, batch_id: int) -> int:
    try:
        return digest(project_id, [batch_id])
    except Exception as error:  # noqa: BLE001 - kept with the batch, which ends as a dead letter
        if _is_outage(error):
            raise
        logger.exception("digest_failed", extra={"project_id": project_id, "batch_id": batch_id})
        retry_batches([batch_id], error=f"{type(error).__name__}: {error}", wait=1)
        return 0


def _is_outage(error: Exception) -> bool:
    """Say whether the database went away or is full; Django may have connected again by the time one asks it."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(OUTAGES)
