"""Two workers, or a worker and a deletion, at the same rows at the same moment: nothing is lost, nothing comes back."""

import threading
import time
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from tests.cast import Cast
from tests.flows.tables import difference, expected
from tests.flows.threads import at_once, slow, tables
from tests.flows.traffic import Traffic
from tests.tracing.ingest.oracle import Event
from tests.tracing.ingest.pipeline import accept, event
from tracing.ingest.digest import digest
from tracing.ingest.drain import drain_spool
from tracing.models import Observation, SpooledBatch, Trace
from tracing.store.spool import claim_batches

pytestmark = pytest.mark.django_db(transaction=True)

OVERLAP = 0.15


def digest_each_at_once(cast: Cast, *batches: list[Event]) -> None:
    """Digest batches at once, each by a worker of its own, however the claims would have fallen."""
    for batch in batches:
        accept(cast.a, batch)
    ids = SpooledBatch.objects.order_by("id").values_list("id", flat=True)
    at_once(*(lambda id_=id_: digest(cast.a.project_id, [id_]) for id_ in ids))
    assert not SpooledBatch.objects.exists()


@pytest.mark.parametrize("seed", range(3))
def test_two_workers_on_one_backlog_give_what_one_fold_gives(cast: Cast, seed: int) -> None:
    batches = Traffic(seed).batches(1_500, size=5)
    for batch in batches:
        accept(cast.a, batch)
    at_once(drain_spool, drain_spool, drain_spool)
    assert difference(tables(cast.a.project_id), expected(batches)) == {}


def test_a_claim_that_looks_at_a_claimed_batch_does_not_put_it_off(cast: Cast) -> None:
    accept(cast.a, [event("trace-create", {"id": "t"})])
    [claim] = claim_batches()
    locked = threading.Event()

    def look() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select 1 from spool where id = %s for update", (claim.id,))
            locked.set()
            time.sleep(OVERLAP)

    def work() -> int:
        locked.wait()
        return digest(cast.a.project_id, [claim.id])

    assert at_once(look, work)[1] == 1


def test_two_inserts_of_one_observation_lose_nothing(cast: Cast) -> None:
    """They say different traces, so that no lock of a trace keeps them apart."""
    one = [event("span-create", {"id": "o", "traceId": "t1", "name": "first"})]
    other = [event("span-update", {"id": "o", "traceId": "t2", "output": "late"}, at="2026-01-01T00:00:01Z")]
    third = [event("span-update", {"id": "o", "statusMessage": "fine"}, at="2026-01-01T00:00:02Z")]
    with slow("observations", seconds=OVERLAP):
        digest_each_at_once(cast, one, other, third)
    row = Observation.objects.get()
    assert (row.trace_id, row.name, row.output, row.status_message) == ("t1", "first", "late", "fine")
    assert [trace.observation_count for trace in Trace.objects.all()] == [1]


def test_the_summary_of_a_trace_that_two_workers_write_at_once(cast: Cast) -> None:
    def spans(name: str) -> list[Event]:
        return [
            event(
                "generation-create",
                {"id": f"{name}{n}", "traceId": "t", "level": "ERROR", "costDetails": {"total": 0.25}},
            )
            for n in range(10)
        ]

    with slow("observations", seconds=OVERLAP):
        digest_each_at_once(cast, spans("a"), spans("b"), spans("c"))
    trace = Trace.objects.get()
    assert (trace.observation_count, trace.error_count, float(trace.total_cost)) == (30, 30, 7.5)


def test_two_workers_on_one_new_score_lose_nothing(cast: Cast) -> None:
    def score(at: str, **said: Any) -> list[Event]:
        return [event("score-create", {"id": "s", "name": "n", "value": 1, "traceId": "t", **said}, at=at)]

    with slow("scores", seconds=OVERLAP):
        digest_each_at_once(
            cast,
            score("2026-01-01T00:00:00Z", traceId="t1", metadata={"a": 1}),
            score("2026-01-01T00:00:01Z", traceId="t2", metadata={"b": 2}, value=3),
        )
    row = tables(cast.a.project_id)["scores"]["s"]
    assert (row["trace_id"], row["value"], row["metadata"]) == ("t1", 3, {"a": 1, "b": 2})


def whole_trace(trace_id: str) -> list[list[Event]]:
    """Return a trace in batches as an SDK may send them: the end of a span before its start."""
    span = {"id": f"{trace_id}-o"}
    return [
        [event("span-update", {**span, "output": "x"}, at="2026-01-01T00:00:01Z")],
        [event("trace-create", {"id": trace_id, "name": "n", "sessionId": "kept"})],
        [event("span-create", {**span, "traceId": trace_id}), event("score-create", score_of(trace_id))],
        [event("span-update", {**span, "statusMessage": "y"}, at="2026-01-01T00:00:02Z")],
    ]


def score_of(trace_id: str) -> dict[str, Any]:
    return {"id": f"{trace_id}-s", "traceId": trace_id, "name": "n", "value": 1}


def delete(cast: Cast, *trace_ids: str) -> None:
    for trace_id in trace_ids:
        response = Client().delete(f"/api/public/traces/{trace_id}", **cast.a.auth)
        assert response.status_code in {200, 404}, response.content


@pytest.mark.parametrize("digested", range(5))
def test_nothing_that_was_accepted_before_a_deletion_comes_back(cast: Cast, digested: int) -> None:
    """Whichever part of it was digested before the deletion."""
    batches = whole_trace("t")
    for batch in batches[:digested]:
        accept(cast.a, batch)
    drain_spool()
    for batch in batches[digested:]:
        accept(cast.a, batch)
    delete(cast, "t")
    drain_spool()
    left = tables(cast.a.project_id)
    assert {name: rows for name, rows in left.items() if name != "sessions" and rows} == {}


def test_a_batch_that_a_deletion_takes_a_part_of_is_digested(cast: Cast) -> None:
    update, _, create, _ = whole_trace("t")
    accept(cast.a, [*update, *create, event("trace-create", {"id": "other"})])
    delete(cast, "t")
    drain_spool()
    rows = tables(cast.a.project_id)
    assert (list(rows["traces"]), rows["observations"], SpooledBatch.objects.count()) == (["other"], {}, 0)


def test_an_event_after_the_deletion_counts_though_it_names_no_trace(cast: Cast) -> None:
    update, _, create, late = whole_trace("t")
    accept(cast.a, update)
    drain_spool()
    accept(cast.a, create)
    delete(cast, "t")
    accept(cast.a, late)
    drain_spool()
    rows = tables(cast.a.project_id)
    assert (list(rows["traces"]), list(rows["observations"])) == (["t-o"], ["t-o"])
    assert [rows["observations"]["t-o"][name] for name in ("status_message", "output")] == ["y", None]


def test_a_deletion_in_the_middle_of_a_digest_waits_and_wins(cast: Cast) -> None:
    for batch in whole_trace("t"):
        accept(cast.a, batch)
    with slow("observations", seconds=OVERLAP):
        at_once(drain_spool, lambda: delete(cast, "t"))
    left = tables(cast.a.project_id)
    assert {name: rows for name, rows in left.items() if name != "sessions" and rows} == {}


def test_later_events_create_a_deleted_trace_anew(cast: Cast) -> None:
    for batch in whole_trace("t"):
        accept(cast.a, batch)
    drain_spool()
    delete(cast, "t")
    accept(
        cast.a, [event("span-create", {"id": "t-o", "traceId": "t"}), event("score-create", score_of("t"))]
    )
    drain_spool()
    rows = tables(cast.a.project_id)
    assert (list(rows["traces"]), list(rows["observations"]), list(rows["scores"])) == (
        ["t"],
        ["t-o"],
        ["t-s"],
    )
    assert (rows["traces"]["t"]["name"], rows["observations"]["t-o"]["output"]) == (None, None)


def test_deletions_beside_two_workers_take_their_traces_and_no_others(cast: Cast) -> None:
    names = [f"t{number}" for number in range(40)]
    batches = [batch for parts in zip(*map(whole_trace, names), strict=True) for batch in parts]
    for batch in batches:
        accept(cast.a, batch)
    gone = names[::2]
    at_once(drain_spool, drain_spool, lambda: delete(cast, *gone))
    drain_spool()
    kept = expected([batch for name in names[1::2] for batch in whole_trace(name)])
    assert difference(tables(cast.a.project_id), kept) == {}
