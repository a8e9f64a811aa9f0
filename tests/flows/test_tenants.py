"""Two projects whose clients chose the very same ids: each sees, counts and deletes what is its own."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast, Side
from tests.flows.tables import difference, expected
from tests.flows.threads import at_once, tables
from tests.flows.traffic import Traffic
from tests.tracing.ingest.oracle import Event
from tests.tracing.ingest.pipeline import CAP, SENDER, accept, access_of, event
from tests.tracing.wire.otel.exports import export_of
from tests.tracing.wire.otel.spans import TRACE as OTEL_TRACE
from tracing.ingest.accept import accept_export
from tracing.ingest.drain import drain_spool
from tracing.models.pipeline import BatchKind

pytestmark = pytest.mark.django_db(transaction=True)

TRACE, SPAN, SCORE, SESSION = "the-trace", "the-span", "the-score", "the-session"
PAGE = {"meta": {"page": 1, "limit": 50, "totalItems": 1, "totalPages": 1}}


def events_of(name: str) -> list[Event]:
    span = {"id": SPAN, "traceId": TRACE, "name": name, "output": f"output of {name}"}
    score = {"id": SCORE, "traceId": TRACE, "observationId": SPAN, "name": name, "value": 1, "comment": name}
    return [
        event("trace-create", {"id": TRACE, "name": name, "sessionId": SESSION, "userId": "the-user"}),
        event("generation-create", {**span, "costDetails": {"total": len(name)}}),
        event("score-create", score),
    ]


@pytest.fixture
def sides(cast: Cast) -> dict[str, Side]:
    """Both projects after the same ids were written to them, in one digest."""
    for _ in range(2):
        accept(cast.a, events_of("of A"))
        accept(cast.b, events_of("of B's"))
    drain_spool()
    return {"of A": cast.a, "of B's": cast.b}


def get(side: Side, path: str) -> Any:
    response = Client().get(f"/api/public/{path}", **side.auth)
    return response.json() if response.status_code == 200 else response.status_code


def test_each_reads_its_own(sides: dict[str, Side]) -> None:
    for name, side in sides.items():
        trace = get(side, f"traces/{TRACE}")
        assert (trace["name"], trace["projectId"], trace["totalCost"]) == (name, side.project_id, len(name))
        assert [(o["name"], o["output"]) for o in trace["observations"]] == [(name, f"output of {name}")]
        assert [score["comment"] for score in trace["scores"]] == [name]
        assert get(side, f"observations/{SPAN}")["name"] == name
        assert get(side, f"scores/{SCORE}")["comment"] == name
        assert get(side, f"v2/scores/{SCORE}")["comment"] == name
        assert [one["name"] for one in get(side, f"sessions/{SESSION}")["traces"]] == [name]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"traces?sessionId={SESSION}", "name"),
        ("traces?userId=the-user", "name"),
        (f"observations?traceId={TRACE}", "name"),
        ("scores", "comment"),
        ("v2/scores?userId=the-user", "comment"),
        ("v2/scores?traceTags=", "comment"),
        ("sessions", "projectId"),
    ],
)
def test_each_lists_its_own(sides: dict[str, Side], path: str, shown: str) -> None:
    for name, side in sides.items():
        page = get(side, path)
        value = side.project_id if shown == "projectId" else name
        assert ([row[shown] for row in page["data"]], page["meta"]["totalItems"]) == ([value], 1)


def test_a_deletion_leaves_the_others_alone(sides: dict[str, Side]) -> None:
    one, other = sides["of A"], sides["of B's"]
    before = tables(other.project_id)
    assert Client().delete(f"/api/public/traces/{TRACE}", **one.auth).status_code == 200
    assert (get(one, f"traces/{TRACE}"), get(one, f"observations/{SPAN}"), get(one, f"scores/{SCORE}")) == (
        404,
        404,
        404,
    )
    accept(other, events_of("of B's"))
    drain_spool()
    assert difference(tables(other.project_id), before) == {}


def test_deleting_many_and_a_score_leaves_the_others_alone(sides: dict[str, Side]) -> None:
    one, other = sides["of A"], sides["of B's"]
    before = tables(other.project_id)
    assert Client().delete(f"/api/public/scores/{SCORE}", **one.auth).status_code in {200, 202}
    answer = Client().delete(
        "/api/public/traces", json.dumps({"traceIds": [TRACE]}), content_type="application/json", **one.auth
    )
    assert (answer.status_code, get(one, f"traces/{TRACE}"), get(one, f"scores/{SCORE}")) == (200, 404, 404)
    assert difference(tables(other.project_id), before) == {}


def test_a_score_goes_to_the_project_of_its_key(sides: dict[str, Side]) -> None:
    one, other = sides["of A"], sides["of B's"]
    body = json.dumps({"id": SCORE, "traceId": TRACE, "name": "again", "value": 7})
    posted = Client().post("/api/public/scores", body, content_type="application/json", **one.auth)
    assert posted.status_code == 200
    drain_spool()
    assert (get(one, f"scores/{SCORE}")["value"], get(other, f"scores/{SCORE}")["value"]) == (7, 1)


def test_spans_with_the_same_ids_stay_apart(cast: Cast) -> None:
    """Of one the root, of the other a child of that root: neither joins the other's trace."""
    root, child = b"r" * 8, b"c" * 8
    for side, span in ((cast.a, {"span_id": root}), (cast.b, {"span_id": child, "parent_span_id": root})):
        body = export_of({"session.id": SESSION}, name=side.project_id, **span).SerializeToString()
        kind = BatchKind.OTLP_PROTOBUF
        accept_export(access_of(side), kind, body, encoding="", cap=CAP, sender=SENDER)
    drain_spool()
    for side, span_id in ((cast.a, root.hex()), (cast.b, child.hex())):
        trace = get(side, f"traces/{OTEL_TRACE}")
        assert [(one["id"], one["name"]) for one in trace["observations"]] == [(span_id, side.project_id)]
        assert [one["projectId"] for one in get(side, f"sessions/{SESSION}")["traces"]] == [side.project_id]
    assert get(cast.a, f"observations/{child.hex()}") == get(cast.b, f"observations/{root.hex()}") == 404


def test_workers_on_both_projects_at_once_keep_them_apart(cast: Cast) -> None:
    of_a, of_b = Traffic(11).batches(600, size=10), Traffic(12).batches(600, size=10)
    for one, other in zip(of_a, of_b, strict=True):
        accept(cast.a, one)
        accept(cast.b, other)
    at_once(drain_spool, drain_spool)
    assert difference(tables(cast.a.project_id), expected(of_a)) == {}
    assert difference(tables(cast.b.project_id), expected(of_b)) == {}
