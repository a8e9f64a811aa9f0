"""Numbers of events on the command line; the statements that the digest of a batch of each size runs, as JSON.

Runs in the environment of an installation and leaves nothing behind: batch and digest are rolled back together.
"""

import json
import random
import sys
from itertools import count

import django
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

django.setup()

from accounts.models import ApiKey  # noqa: E402 - Django must know its models first
from benchmarks.traces import Reel, fresh_token, make_reel  # noqa: E402
from tracing.ingest.drain import drain_spool  # noqa: E402
from tracing.queries.prices import forget_matches  # noqa: E402
from tracing.store.spool import NewBatch, insert_batch  # noqa: E402

NESTING = ("SAVEPOINT", "RELEASE")
"""What the roll-back adds to the digest's own statements."""


def count_statements(events: int) -> int:
    """Return how many statements it takes to claim and digest one batch of so many events."""
    reel = _scored_reel(events)
    body = reel.fresh(0, fresh_token(random.Random()))
    key = ApiKey.objects.filter(project__isnull=False)[0]
    forget_matches()  # They are remembered for a second: each digest asks, however quick the one before was.
    with transaction.atomic():
        insert_batch(str(key.project_id), _batch(body, reel.counts[0], key.id))
        with CaptureQueriesContext(connection) as captured:
            digested = drain_spool()
        transaction.set_rollback(True)
    if not digested:
        raise RuntimeError("the batch was not digested")
    return sum(not query["sql"].startswith(NESTING) for query in captured.captured_queries)


def _scored_reel(events: int) -> Reel:
    """Return a body with a score in it, so that small ones ask for all that large ones do."""
    reels = (make_reel(events, batches=1, seed=seed) for seed in count(1))
    return next(reel for reel in reels if b"score-create" in reel.bodies[0])


def _batch(body: bytes, events: int, api_key_id: str) -> NewBatch:
    return NewBatch(
        kind="ingestion",
        encoding="",
        body=body,
        body_bytes=len(body),
        event_count=events,
        rejected=[],
        api_key_id=api_key_id,
        access_level="project",
        sdk_name=None,
        sdk_version=None,
        ingestion_version=None,
    )


def main() -> None:
    sizes = [int(argument) for argument in sys.argv[1:]]
    count_statements(max(sizes))  # What a process asks but once, it has asked then.
    print(json.dumps({str(size): count_statements(size) for size in sizes}))


if __name__ == "__main__":
    main()
