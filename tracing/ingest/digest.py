"""Claimed batches of one project in, merged rows out, in one transaction.

The number of statements does not depend on the number of events. Work on one trace is serial: its row is
locked from the first read to the commit. Whoever loses a race for a row that neither saw yet starts over.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from accounts.models import Project
from langfuse_site.lib.ids import key_of
from tracing.companions import companions
from tracing.ingest.changes import TraceOutsideLock, merge
from tracing.ingest.intake import Intake, MissingTrace, read_batches
from tracing.ingest.rows import trace_row
from tracing.ingest.writing import write_observations
from tracing.store import observations as observation_store
from tracing.store import traces as trace_store
from tracing.store.bulk import expect_keys
from tracing.store.dirty import mark_dirty
from tracing.store.sessions import upsert_sessions
from tracing.store.spool import LockedBatch, finish_batches, lock_batches
from tracing.store.tombstones import bury_since, deletions

logger = logging.getLogger(__name__)

LOST_RACE = (UniqueViolation, DeadlockDetected, SerializationFailure)
RACES = 5
"""How often a digest may lose a race for a row before it counts as a failure."""


def digest(project_id: str, batch_ids: Sequence[int]) -> int:
    """Digest the batches that still wait; return how many. All of it is committed, or nothing."""

    def attempt(extra: dict[str, MissingTrace]) -> int:
        batches = lock_batches(batch_ids)
        if batches:
            _digest_locked(project_id, batches, extra)
        return len(batches)

    return _committed(project_id, attempt)


def digest_anew(project_id: str, batches: Sequence[LockedBatch]) -> int:
    """Write what kept batches say by today's reading in place of what they wrote before; return how many."""

    def attempt(extra: dict[str, MissingTrace]) -> int:
        _apply(project_id, read_batches(batches), extra, anew=True)
        return len(batches)

    return _committed(project_id, attempt)


def _committed(project_id: str, attempt: Callable[[dict[str, MissingTrace]], int]) -> int:
    """Run a digest in a transaction, again with more traces locked or after a lost race; return its result."""
    extra: dict[str, MissingTrace] = {}
    for _ in range(RACES):
        try:
            with transaction.atomic():
                return attempt(extra)
        except TraceOutsideLock as outside:
            extra |= outside.traces
        except (IntegrityError, OperationalError) as error:
            if not isinstance(error.__cause__, LOST_RACE):
                raise
            logger.info("digest_lost_race", extra={"project_id": project_id})
    raise RuntimeError(f"A digest lost {RACES} races for the same rows")


def _digest_locked(
    project_id: str, batches: Sequence[LockedBatch], extra_traces: dict[str, MissingTrace]
) -> None:
    intake = read_batches(batches)
    project = Project.objects.filter(id=project_id, deleted_at__isnull=True).first()
    if project is not None and not intake.is_empty():
        _apply(project_id, intake, extra_traces)
    keep = settings.KEEP_RAW_BODIES or bool(project and project.keep_raw_bodies)
    finish_batches([batch.id for batch in batches], keep=keep)


def _apply(
    project_id: str, intake: Intake, extra_traces: dict[str, MissingTrace], *, anew: bool = False
) -> None:
    expect_keys()
    locked = _lock_traces(project_id, intake, extra_traces)
    deleted = deletions(project_id, "trace", sorted(locked))
    strays = _bury_orphans(project_id, intake.orphans(deleted), locked=locked)
    named = intake.observation_keys()
    living = intake.without_deleted(traces=deleted, observations=deletions(project_id, "observation", named))
    if living is not intake:
        intake, named = living, living.observation_keys()
    stored = observation_store.lock_observations(project_id, named)
    changes = merge(intake, traces=locked, observations=stored, anew=anew)
    now = intake.now
    upsert_sessions(project_id, intake.sessions())
    write_observations(project_id, changes, now)
    rows = [trace_row(project_id, entity, now) for entity in changes.traces]
    trace_store.write_traces(project_id, rows)
    described = {key_of(entity.id): entity for entity in changes.traces}
    timestamps = {key: entity.values["timestamp"] for key, entity in described.items()}
    timestamps |= trace_store.summarize_traces(project_id, sorted(changes.touched - described.keys()))
    scores: list[datetime] = []
    for companion in companions():
        events = intake.companion_events(companion)
        if events:
            scores.extend(companion.apply(project_id, events))
    affected = changes.affected | strays.keys()
    renamed = observation_store.starts_of(project_id, sorted(changes.renamed)) if changes.renamed else []
    mark_dirty(
        project_id,
        observations=[*changes.starts, *strays.values(), *renamed],
        traces=[locked[key]["timestamp"] for key in affected]
        + [timestamps[key] for key in affected if key in timestamps],
        scores=scores,
    )


def _bury_orphans(
    project_id: str, orphans: dict[str, datetime], *, locked: Mapping[str, object]
) -> dict[str, datetime]:
    """Bury observations along with their trace; return those that were stored, which no other trace holds."""
    if not orphans:
        return {}
    strays = observation_store.strays_of(project_id, orphans)
    if not strays.keys() <= locked.keys():
        raise TraceOutsideLock({key: (None, start) for key, start in strays.items()})
    observation_store.delete_observations(project_id, sorted(strays))
    bury_since(project_id, "observation", orphans)
    return strays


def _lock_traces(
    project_id: str, intake: Intake, extra: dict[str, MissingTrace]
) -> dict[str, dict[str, Any]]:
    """Insert the traces that are missing and lock all that the batches touch; return their rows by key."""
    stored_under = observation_store.traces_of(project_id, intake.keys_without_trace())
    wanted = extra | intake.traces(stored_under)
    if wanted:
        trace_store.insert_missing_traces(project_id, wanted)
    touched = set(wanted) | set(stored_under.values()) | _companion_traces(intake)
    return {str(row["id"]): row for row in trace_store.lock_traces(project_id, sorted(touched))}


def _companion_traces(intake: Intake) -> set[str]:
    return {
        key_of(trace_id)
        for companion in companions()
        for trace_id in companion.trace_ids(intake.companion_events(companion))
    }
