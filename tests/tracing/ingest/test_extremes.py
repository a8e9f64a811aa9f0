"""Batches at the edge of what is accepted: they are digested as any other, and by work that grows with them alone."""

import os
import time
from pathlib import Path

import pytest
from django.db import connection

from tests.cast import Cast
from tests.tracing.ingest.pipeline import accept, event, ingest
from tracing.ingest.changes import TraceOutsideLock, merge
from tracing.ingest.drain import drain_spool
from tracing.ingest.intake import read_batches
from tracing.models import Observation, SpooledBatch, Trace
from tracing.store.spool import lock_batches

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 12_000
QUADRATIC_SECONDS = 5.0
"""Less CPU than `MANY` rows or writes took when each was compared with each; now one or two."""


def cpu_seconds_of_digest() -> float:
    """Digest; return the processor's time of it, here and in the database, which a busy machine hardly stretches."""
    began = cpu_seconds()
    drain_spool()
    return cpu_seconds() - began


def cpu_seconds() -> float:
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text()
    user, system = stat.rpartition(")")[2].split()[11:13]
    return time.process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_events_of_many_traces_cost_each_the_same(cast: Cast) -> None:
    places = [{"id": f"o{number}", "traceId": f"t{number}"} for number in range(MANY)]
    ingest(cast.a, [event("span-create", place) for place in places[:500]])
    with connection.cursor() as cursor:
        cursor.execute("analyze traces, observations")  # What an earlier test left would mislead the planner.
    ingest(cast.a, [event("span-create", place) for place in places])
    accept(cast.a, [event("span-update", {**place, "name": "late"}) for place in places])
    assert cpu_seconds_of_digest() < QUADRATIC_SECONDS
    assert Observation.objects.filter(name="late").count() == MANY
    assert Trace.objects.filter(observation_count=1).count() == MANY


@pytest.mark.parametrize("type_", ["span-update", "score-create"])
def test_metadata_written_many_times_is_parsed_once(cast: Cast, type_: str) -> None:
    body = {"id": "one", "traceId": "trace", "name": "name", "value": 1}
    accept(cast.a, [event(type_, {**body, "metadata": {f"key{n}": "x" * 150}}) for n in range(MANY)])
    assert cpu_seconds_of_digest() < QUADRATIC_SECONDS
    assert not SpooledBatch.objects.exists()


def test_tokens_of_a_trace_beyond_eight_bytes_are_cut(cast: Cast) -> None:
    ingest(cast.a, [event("span-create", {"id": f"o{n}", "traceId": "trace"}) for n in range(3)])
    Observation.objects.update(total_tokens=2**62)
    ingest(cast.a, [event("trace-create", {"id": "trace"})])
    assert Trace.objects.get().total_tokens == 2**63 - 1
    ingest(cast.a, [event("score-create", {"traceId": "trace", "name": "name", "value": 1})])
    assert not SpooledBatch.objects.exists()


def test_a_trace_deleted_before_its_lock_starts_the_digest_over(cast: Cast) -> None:
    accept(cast.a, [event("trace-create", {"id": "trace"})])
    with pytest.raises(TraceOutsideLock):
        merge(
            read_batches(lock_batches(list(SpooledBatch.objects.values_list("id", flat=True)))),
            traces={},
            observations=[],
        )
