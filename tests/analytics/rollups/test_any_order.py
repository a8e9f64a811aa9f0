"""Whatever comes, in whatever order, is moved, renamed or deleted: rollups of every level are those of the rows."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.audit import SYSTEM
from analytics.models import RollupPending
from analytics.rollups.refresh import refresh_project
from scoring.models import Score
from scoring.store import delete_score
from tests.analytics.rollups import oracle
from tests.analytics.rollups.refreshing import LATER, difference, refresh
from tests.cast import Cast, Side
from tests.tracing.factories import NOON
from tests.tracing.ingest.pipeline import event, ingest
from tracing.models import DirtySlice, Observation, Session, SpooledBatch, Tombstone, Trace
from tracing.store.deletion import delete_traces

pytestmark = pytest.mark.django_db(transaction=True)

MODELS = (Trace, Observation, Score, Session, SpooledBatch, Tombstone, DirtySlice, RollupPending)
SETTINGS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

SECONDS = (0, 59.999999, 60, 61.5, 3599, 3600, 7300.25, -46_800, -450_000, -450_100)
"""From noon on: within a minute and over its edge, an hour, the day before, days without slices."""
MOMENTS = st.sampled_from([(NOON + timedelta(seconds=s)).isoformat().replace("+00:00", "Z") for s in SECONDS])
CLOCKS = st.sampled_from([f"2026-05-04T12:00:0{second}.000Z" for second in range(4)])
NAMES = st.sampled_from([None, "one", "two", "n" * 250 + "1", "n" * 250 + "2"])
ENVIRONMENTS = st.sampled_from(["default", "prod"])
TRACE_IDS = st.sampled_from(["t1", "t2", "t3"])
AMOUNTS = st.dictionaries(
    st.sampled_from(["input", "output", "input_cached"]), st.integers(0, 999), max_size=3
)
COSTS = st.dictionaries(st.sampled_from(["input", "output", "total"]), st.floats(0, 1), max_size=3)


def some(**fields: Any) -> Any:
    return st.fixed_dictionaries({}, optional=fields)


TRACES = some(
    name=NAMES, userId=NAMES, environment=ENVIRONMENTS, timestamp=MOMENTS,
    tags=st.lists(st.sampled_from(["a", "b"]), max_size=2),
)  # fmt: skip
OBSERVATIONS = some(
    traceId=TRACE_IDS, startTime=MOMENTS, endTime=MOMENTS, completionStartTime=MOMENTS, name=NAMES,
    environment=ENVIRONMENTS, level=st.sampled_from(["DEFAULT", "ERROR"]), model=st.sampled_from(["gpt-4o", "mine"]),
    usageDetails=AMOUNTS, costDetails=COSTS,
)  # fmt: skip
SCORES = st.one_of(
    st.fixed_dictionaries({"value": st.sampled_from([0, 0.1, -3, 1e9])}),
    st.fixed_dictionaries({"value": st.sampled_from(["good", "bad"]), "dataType": st.just("CATEGORICAL")}),
    st.fixed_dictionaries({"value": st.sampled_from([0, 1]), "dataType": st.just("BOOLEAN")}),
)


@st.composite
def events(draw: Any) -> Any:
    kind = draw(st.sampled_from(["trace-create", "generation-create", "generation-update", "score-create"]))
    if kind == "trace-create":
        return event(kind, {"id": draw(TRACE_IDS), **draw(TRACES)}, at=draw(CLOCKS))
    if kind == "score-create":
        body = {"id": draw(st.sampled_from(["s1", "s2"])), "traceId": draw(TRACE_IDS), "name": "n"}
        return event(kind, body | draw(SCORES), at=draw(MOMENTS))
    id_ = draw(st.sampled_from(["o1", "o2", "o3", "o4"]))
    return event(kind, {"id": id_, **draw(OBSERVATIONS)}, at=draw(CLOCKS))


NEWER = st.sampled_from([f"2026-05-04T12:00:1{second}.000Z" for second in range(9)])
OLDER = st.sampled_from([f"2026-05-04T11:59:5{second}.000Z" for second in range(9)])
RENAMES = st.builds(
    lambda id_, name, at: event("trace-create", {"id": id_, "name": name}, at=at), TRACE_IDS, NAMES, NEWER
)
MOVES = st.builds(
    lambda id_, start, at: event("generation-create", {"id": id_, "startTime": start}, at=at),
    st.sampled_from(["o1", "o2", "o3", "o4"]),
    MOMENTS,
    OLDER,
)
ACTS = st.one_of(
    st.tuples(st.just("ingest"), st.lists(events(), min_size=1, max_size=3)),
    st.tuples(st.just("ingest"), st.lists(RENAMES, min_size=1, max_size=1)),
    st.tuples(st.just("ingest"), st.lists(MOVES, min_size=1, max_size=1)),
    st.tuples(st.just("delete"), TRACE_IDS),
    st.tuples(st.just("delete score"), st.sampled_from(["s1", "s2"])),
    st.tuples(st.just("refresh"), st.integers(1, 3)),
)
BEGINNINGS = st.lists(events(), min_size=10, max_size=16)


def act(side: Side, what: str, argument: Any) -> None:
    match what:
        case "ingest":
            ingest(side, argument)
        case "delete":
            delete_traces(side.project_id, [argument], author=SYSTEM)
        case "delete score":
            delete_score(side.project_id, argument, author=SYSTEM)
        case "refresh":
            refresh_project(side.project_id, now=LATER, limit=argument, patience=None)


@SETTINGS
@given(BEGINNINGS, st.lists(st.tuples(ACTS, st.booleans()), min_size=1, max_size=4))
def test_rollups_are_those_of_the_rows(cast: Cast, beginning: Any, acts: Any) -> None:
    for model in (*MODELS, *oracle.MODELS.values()):
        model.objects.all().delete()
    for side in (cast.a, cast.b):
        ingest(side, beginning)
    refresh(cast.a.project_id)
    for (what, argument), is_refreshed in acts:
        act(cast.a, what, argument)
        if is_refreshed:
            refresh(cast.a.project_id)
    refresh(cast.a.project_id)
    assert difference(cast.a.project_id) == {}
    assert {mark.project_id for mark in DirtySlice.objects.all()} == {cast.b.project_id}
    refresh(cast.b.project_id)
    assert difference(cast.b.project_id) == {}
