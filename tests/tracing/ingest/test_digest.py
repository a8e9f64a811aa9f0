"""From acknowledged bodies to rows: order, repetition and partition make no difference."""

import random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import Cast
from tests.tracing.ingest import oracle
from tests.tracing.ingest.pipeline import accept, event, ingest, observation_rows, trace_rows
from tracing.ingest.drain import drain_spool
from tracing.models import DirtySlice, Observation, RejectedEvents, Session, SpooledBatch, Trace

pytestmark = pytest.mark.django_db(transaction=True)

MOMENTS = [f"2026-01-01T00:00:0{second}.{ms}Z" for second in range(3) for ms in ("000", "500000")]
TEXTS = st.sampled_from(["a text", "b text", "c text"])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(0, 3), TEXTS)
METADATA = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(
        LEAVES,
        lambda inner: st.one_of(st.dictionaries(st.sampled_from("xy"), inner), st.lists(inner, max_size=2)),
        max_leaves=4,
    ),
    min_size=1,
    max_size=3,
)
PAYLOADS = st.one_of(
    TEXTS, st.sampled_from([0, False, "", 7, True]), st.dictionaries(TEXTS, LEAVES, max_size=2)
)


def some(**fields: Any) -> Any:
    return st.fixed_dictionaries({}, optional=fields)


NULLABLE = st.one_of(st.none(), TEXTS)
TRACE_BODIES = some(
    timestamp=st.sampled_from(MOMENTS), environment=st.sampled_from(["prod", "dev"]), name=NULLABLE, userId=NULLABLE,
    sessionId=NULLABLE, release=NULLABLE, version=NULLABLE, public=st.booleans(), tags=st.lists(TEXTS, max_size=2),
    metadata=METADATA, input=PAYLOADS, output=PAYLOADS,
)  # fmt: skip
OBSERVATION_BODIES = some(
    traceId=st.sampled_from(["t1", "t2"]), startTime=st.sampled_from(MOMENTS), endTime=st.sampled_from(MOMENTS),
    environment=st.sampled_from(["prod", "dev"]), name=NULLABLE, statusMessage=NULLABLE, version=NULLABLE,
    parentObservationId=st.sampled_from(["o1", "o2"]), metadata=METADATA, input=PAYLOADS, output=PAYLOADS,
    level=st.sampled_from([None, "DEBUG", "DEFAULT", "WARNING", "ERROR"]),
)  # fmt: skip
KINDS = st.sampled_from(
    ["trace-create", "span-create", "span-update", "generation-create", "generation-update"]
)


@st.composite
def wire_events(draw: Any) -> oracle.Event:
    kind = draw(KINDS)
    if kind == "trace-create":
        body = {"id": draw(st.sampled_from(["t1", "t2"])), **draw(TRACE_BODIES)}
    else:
        body = {"id": draw(st.sampled_from(["o1", "o2", "o3"])), **draw(OBSERVATION_BODIES)}
    if kind.startswith("generation"):
        body |= draw(some(model=NULLABLE))
    return event(kind, body, at=draw(st.sampled_from(MOMENTS)))


def distinct_places(batches: list[list[oracle.Event]]) -> bool:
    """Say whether no two events of one entity count as of the same moment and place."""
    places = [(place, e["type"][:5] == "trace", e["body"]["id"]) for place, e in oracle.placed(batches)]
    return len(places) == len(set(places))


BATCHES = st.lists(st.lists(wire_events(), min_size=1, max_size=5), min_size=1, max_size=4)
SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def clear() -> None:
    for model in (Trace, Observation, Session, SpooledBatch):
        model.objects.all().delete()


@SETTINGS
@given(batches=BATCHES.filter(distinct_places), seed=st.integers())
def test_any_order_equals_the_independent_fold(
    cast: Cast, batches: list[list[oracle.Event]], seed: int
) -> None:
    clear()
    shuffled = random.Random(seed).sample(batches * 2, len(batches) * 2)
    ingest(cast.a, *shuffled)
    assert observation_rows(cast.a.project_id) == oracle.observations(batches)
    assert trace_rows(cast.a.project_id) == oracle.traces(batches)


@SETTINGS
@given(batches=BATCHES, seed=st.integers())
def test_ties_give_the_same_in_every_order_and_grouping(
    cast: Cast, batches: list[list[oracle.Event]], seed: int
) -> None:
    clear()
    for batch in batches:
        accept(cast.a, batch)
    drain_spool()
    together = observation_rows(cast.a.project_id), trace_rows(cast.a.project_id)
    clear()
    ingest(cast.a, *random.Random(seed).sample(batches, len(batches)))
    assert (observation_rows(cast.a.project_id), trace_rows(cast.a.project_id)) == together


@SETTINGS
@given(batches=BATCHES)
def test_summaries_are_those_of_the_rows(cast: Cast, batches: list[list[oracle.Event]]) -> None:
    clear()
    ingest(cast.a, *batches)
    for trace in Trace.objects.all():
        rows = list(Observation.objects.filter(trace_id=trace.id))
        assert trace.observation_count == len(rows)
        assert trace.error_count == sum(row.level == "ERROR" for row in rows)
        assert trace.first_start == min((row.start_time for row in rows), default=None)
        if trace.clocks is None:
            assert trace.timestamp == trace.first_start


def test_a_generation_gets_tokens_and_cost(cast: Cast) -> None:
    usage = {"input": 1000, "output": 500, "unit": "TOKENS"}
    body = {"id": "g", "traceId": "t", "model": "gpt-4o", "usage": usage, "startTime": "2026-01-01T00:00:00Z"}
    ingest(cast.a, [event("generation-create", body)])
    row = Observation.objects.get(id="g")
    assert row.usage_details == {"input": 1000, "output": 500, "total": 1500}
    assert float(row.total_cost or 0) == pytest.approx(1000 * 2.5e-6 + 500 * 10e-6)
    trace = Trace.objects.get(id="t")
    assert (trace.total_tokens, trace.total_cost, trace.clocks) == (1500, row.total_cost, None)


def test_sessions_exist_from_the_first_event_that_names_them(cast: Cast) -> None:
    late = event("trace-create", {"id": "t1", "sessionId": "s", "environment": "late"}, at=MOMENTS[2])
    early = event("trace-create", {"id": "t2", "sessionId": "s", "environment": "early"}, at=MOMENTS[0])
    ingest(cast.a, [late], [early])
    assert [(row.id, row.environment) for row in Session.objects.all()] == [("s", "early")]


def test_long_ids_are_stored_and_found(cast: Cast) -> None:
    long, user = "\U0001f600" * 800, "u" * 100_000
    body = {"id": long, "userId": user, "sessionId": user, "name": "long"}
    ingest(cast.a, [event("trace-create", body), event("span-create", {"id": "s", "traceId": long})])
    trace = Trace.objects.get(name="long")
    assert trace.user_id == user
    assert trace.long_ids == {"id": long, "session_id": user}
    assert Observation.objects.get(id="s").trace_id == trace.id
    ingest(cast.a, [event("trace-create", {"id": long, "version": "2"}, at=MOMENTS[3])])
    assert Trace.objects.get(name="long").version == "2"


def test_a_bearer_batch_leaves_no_trace(cast: Cast) -> None:
    accepted = accept(cast.a, [event("trace-create", {"id": "t", "name": "smuggled"})], level="scores")
    drain_spool()
    assert [rejection.status for rejection in accepted.rejections] == [401]
    assert not Trace.objects.exists()
    assert RejectedEvents.objects.get().reason == "access-denied"


def test_the_number_of_statements_does_not_grow_with_events(cast: Cast) -> None:
    def statements(prefix: str, count: int) -> int:
        events = [
            event("trace-create", {"id": f"{prefix}{n}", "sessionId": f"{prefix}s{n}"}) for n in range(count)
        ]
        events += [
            event("generation-create", {"id": f"{prefix}g{n}", "traceId": f"{prefix}{n}", "model": "gpt-4o"})
            for n in range(count)
        ]
        accept(cast.a, events)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            drain_spool()
        return len(captured)

    assert statements("warm", 1) >= statements("one", 2) == statements("many", 100)


def test_touched_slices_are_marked(cast: Cast) -> None:
    ingest(cast.a, [event("span-create", {"id": "s", "traceId": "t", "startTime": "2026-01-01T10:07:00Z"})])
    assert [str(row.slice_start) for row in DirtySlice.objects.all()] == ["2026-01-01 10:07:00+00:00"]
