"""Bad input over a socket: a clear answer that the client gets to read, and nothing lost beside it."""

import gzip
import json
import time
from typing import Any

import psycopg
import pytest

from tests.flows.sockets import basic, batch, pieces, send, send_half
from tests.live import Answer, LiveServer, eventually

CAP = 4_500_000
EMOJI_ID = "\N{ROCKET}" * 800
LONG_USER = "u" * 100_000
DEEP = b"[" * 100_000 + b"]" * 100_000


def event(kind: str, id_: str, at: str = "2026-04-01T00:00:00Z", **body: Any) -> dict[str, Any]:
    return {"id": f"event of {id_}"[:800], "type": kind, "timestamp": at, "body": {"id": id_, **body}}


def raw(id_: str, **fields: bytes) -> bytes:
    """Return a trace-create whose body has these fields, each in JSON that Python would not write."""
    inner = b"".join(b',"%b":%b' % (name.encode(), value) for name, value in fields.items())
    name = id_.encode()
    return (
        b'{"id":"event of %b","type":"trace-create","timestamp":"2026-04-01T00:00:00Z","body":{"id":"%b"%b}}'
        % (name, name, inner)
    )


def rejected(server: LiveServer) -> dict[str, int]:
    """Return how many events of the project were refused, by reason."""
    sql = "select reason, sum(count)::int from rejected_events where project_id = %s group by reason"
    with psycopg.connect(server.database_url) as connection:
        return dict(connection.execute(sql, (server.project_id,)).fetchall())


def is_visible(server: LiveServer, *trace_ids: str) -> None:
    for trace_id in trace_ids:
        server.trace(trace_id)


REFUSED: dict[str, tuple[Any, str]] = {
    "wrong type of a field": (event("trace-create", "p1", name=7), "invalid-name"),
    "wrong type of the body": (
        {"id": "event of p2", "type": "trace-create", "timestamp": "2026-04-01T00:00:00Z", "body": []},
        "invalid-body",
    ),
    "unknown type": (event("trace-destroy", "p3"), "unknown-type"),
    "internal type": (event("dataset-run-item-create", "p4"), "internal-type"),
    "naive timestamp": (event("trace-create", "p5", at="2026-04-01T00:00:00"), "invalid-timestamp"),
    "naive timestamp in the body": (
        event("trace-create", "p6", timestamp="2026-04-01T00:00:00"),
        "invalid-timestamp",
    ),
    "too long an id": (event("trace-create", "p" * 801), "invalid-id"),
    "deep nesting": (raw("p8", input=DEEP), "too-deep"),
    "wrong type of usage": (event("generation-create", "p9", usage={"input": 1.5}), "invalid-usage"),
    "score without a target": (event("score-create", "p10", name="s", value=1), "invalid-body"),
    "boolean score of true": (
        event("score-create", "p11", traceId="t", name="s", value=True, dataType="BOOLEAN"),
        "invalid-value",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_event_is_named_and_counted_and_its_neighbours_are_visible(
    server: LiveServer, name: str
) -> None:
    poison, reason = REFUSED[name]
    before, key = rejected(server), name.replace(" ", "-")
    answer = send(
        server,
        batch(event("trace-create", f"a-{key}"), poison, event("trace-create", f"b-{key}")),
    )
    named = "event of p8" if isinstance(poison, bytes) else poison["id"]
    assert answer.status == 207
    assert [item["id"] for item in answer.body["successes"]] == [f"event of a-{key}", f"event of b-{key}"]
    assert [(item["id"], item["status"]) for item in answer.body["errors"]] == [(named, 400)]
    assert answer.body["errors"][0]["error"]
    assert rejected(server).get(reason, 0) == before.get(reason, 0) + 1, rejected(server)
    is_visible(server, f"a-{key}", f"b-{key}")


def test_an_element_that_is_no_event_is_unknown(server: LiveServer) -> None:
    answer = send(server, batch(event("trace-create", "a-no"), b"7", event("trace-create", "b-no")))
    assert (len(answer.body["successes"]), [e["id"] for e in answer.body["errors"]]) == (2, ["unknown"])
    is_visible(server, "a-no", "b-no")


DIGITS = b"7" * 5_000
WRITTEN_OUT = "1" + 400 * "0"
REPAIRED: dict[str, tuple[bytes, Any]] = {
    "nul": (rb'"a\u0000b"', "a\ufffdb"),
    "lone-surrogate": (rb'"a\ud800b"', "a\ufffdb"),
    "pair": (rb'"\ud83d\ude80"', "\N{ROCKET}"),
    "bare-nul": (b'"a\0b"', "a\ufffdb"),
    "huge-integer": (b'{"n":%b}' % DIGITS, {"n": DIGITS.decode()}),
    "out-of-range": (b'{"n":1e40000}', {"n": "1e40000"}),
    "out-of-double": (b'{"n":%b}' % WRITTEN_OUT.encode(), {"n": WRITTEN_OUT}),
    "nan": (b'{"n":NaN,"m":-Infinity}', {"n": "NaN", "m": "-Infinity"}),
    "beyond-javascript": (b'{"n":9007199254740993}', {"n": "9007199254740993"}),
    "decimal": (b'{"n":0.1234567890123456789}', {"n": "0.1234567890123456789"}),
    "plain": (b'{"n":[0.1,1.50,-0,12]}', {"n": [0.1, 1.5, 0, 12]}),
}


@pytest.mark.parametrize("name", REPAIRED)
def test_what_can_be_stored_is_and_is_read_back(server: LiveServer, name: str) -> None:
    """What JSON or JavaScript can't hold comes back as a string, digit for digit; input and metadata alike."""
    sent, read = REPAIRED[name]
    poison = raw(name, input=sent, metadata=b'{"said":%b}' % sent)
    answer = send(
        server, batch(event("trace-create", f"a-{name}"), poison, event("trace-create", f"b-{name}"))
    )
    assert (answer.status, len(answer.body["successes"]), answer.body["errors"]) == (207, 3, [])
    trace = server.trace(name)
    assert (trace["input"], trace["metadata"]) == (read, {"said": read})
    is_visible(server, f"a-{name}", f"b-{name}")


def test_1e400_keeps_its_value_in_metadata_and_its_text_in_an_input(server: LiveServer) -> None:
    assert send(server, batch(raw("1e400", input=b"[1e400]", metadata=b'{"n":1e400}'))).status == 207
    trace = server.trace("1e400")
    assert (trace["input"], trace["metadata"]) == (["1e400"], {"n": WRITTEN_OUT})


def test_an_input_is_spliced_into_the_answer_as_it_was_sent(server: LiveServer) -> None:
    sent = b'{"b":1.50,  "a":[1E2,{"\\u00e9":null}]}'
    send(server, batch(raw("verbatim", input=sent)))
    server.trace("verbatim")
    answer = send(server, b"", method="GET", path="/api/public/traces/verbatim", headers={"Accept": "*/*"})
    assert answer.body["input"] == json.loads(sent)


def test_ids_of_800_emoji_and_a_user_of_100_kb_are_found_again(server: LiveServer) -> None:
    trace = event("trace-create", EMOJI_ID, userId=LONG_USER, sessionId=EMOJI_ID)
    span = event("span-create", f"s{EMOJI_ID[1:]}", traceId=EMOJI_ID, parentObservationId=EMOJI_ID)
    score = event("score-create", f"c{EMOJI_ID[1:]}", traceId=EMOJI_ID, name="n", value=1)
    assert send(server, batch(trace, span, score)).body["errors"] == []
    seen = server.trace(EMOJI_ID, observations=1, scores=1)
    assert (seen["id"], seen["userId"], seen["sessionId"]) == (EMOJI_ID, LONG_USER, EMOJI_ID)
    assert seen["observations"][0]["parentObservationId"] == EMOJI_ID
    assert server.get(f"observations/s{EMOJI_ID[1:]}")["traceId"] == EMOJI_ID
    assert server.get(f"sessions/{EMOJI_ID}")["traces"][0]["id"] == EMOJI_ID


@pytest.mark.parametrize("user", [LONG_USER, "u" * 99_999 + "v"])
def test_long_users_are_told_apart(server: LiveServer, user: str) -> None:
    name = f"of-{user[-1]}"
    answer = send(server, batch(event("trace-create", name, userId=user)))
    assert answer.status == 207
    assert server.trace(name)["userId"] == user


@pytest.mark.parametrize("body", [b'{"batch":[{]}', b"{", b"", b"\xff\xfe", b'{"batch":[]} x', b"null"])
def test_malformed_json_is_refused_whole(server: LiveServer, body: bytes) -> None:
    answer = send(server, body)
    assert (answer.status, bool(answer.body["message"])) == (400, True)


def padded(size: int, id_: str) -> bytes:
    """Return a good batch of so many bytes."""
    empty = len(batch(event("trace-create", id_, input="")))
    return batch(event("trace-create", id_, input="x" * (size - empty)))


def test_a_body_as_large_as_the_cap_is_taken(server: LiveServer) -> None:
    assert send(server, padded(CAP, "at-the-cap")).status == 207
    assert len(server.trace("at-the-cap")["input"]) > 4_400_000


def refusals(server: LiveServer, body: bytes, **headers: str) -> list[Answer]:
    """Return the answers to a body with its length and, chunked, without."""
    return [send(server, sent, headers=headers) for sent in (body, pieces(body))]


@pytest.mark.parametrize("size", [CAP + 1, 5_000_000, 50_000_000])
def test_a_body_over_the_cap_is_answered_with_413(server: LiveServer, size: int) -> None:
    for answer in refusals(server, padded(size, "too-large")):
        assert (answer.status, answer.body["message"]) == (413, "Body exceeded 4.5mb limit")


def test_a_body_that_is_over_the_cap_after_gunzip_is_answered_with_413(server: LiveServer) -> None:
    for size in (CAP + 1, 200_000_000):
        packed = gzip.compress(padded(size, "bomb"), compresslevel=1)
        for answer in refusals(server, packed, **{"Content-Encoding": "gzip"}):
            assert (answer.status, answer.body["message"]) == (413, "Body exceeded 4.5mb limit")


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(batch())[:-9], b"no gzip at all", gzip.compress(batch()) + b"rubbish", b""],
    ids=["cut off", "none", "rubbish behind", "empty"],
)
def test_broken_gzip_is_answered_with_400(server: LiveServer, packed: bytes) -> None:
    for answer in refusals(server, packed, **{"Content-Encoding": "gzip"}):
        assert (answer.status, bool(answer.body["message"])) == (400, True)


def test_a_chunked_body_counts_packed_and_plain(server: LiveServer) -> None:
    plain, packed = batch(event("trace-create", "chunked")), batch(event("trace-create", "chunked-gzip"))
    assert send(server, pieces(plain)).status == 207
    sent = send(server, pieces(gzip.compress(packed)), headers={"Content-Encoding": "gzip"})
    assert sent.status == 207
    is_visible(server, "chunked", "chunked-gzip")


@pytest.mark.parametrize("levels", [100_000, 1_000_000])
def test_deep_nesting_outside_of_payloads_harms_nobody(server: LiveServer, levels: int) -> None:
    answer = send(server, b'{"batch":' + b"[" * levels + b"]" * levels + b"}")
    assert answer.status in {207, 400}
    assert send(server, b"[" * levels).status == 400
    assert server.ask("GET", "health").status == 200


def test_a_body_that_ends_early_is_no_batch(server: LiveServer) -> None:
    body = batch(event("trace-create", "half"))
    peer = send_half(server, len(body) + 10, body)
    peer.shutdown(1)
    answer = peer.makefile("rb").read()
    peer.close()
    assert answer == b"" or b" 400 " in answer.split(b"\r\n", 1)[0]
    time.sleep(0.5)
    assert server.ask("GET", "traces/half").status == 404


@pytest.mark.parametrize("auth", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer pk-lf-no"}])
def test_401_stays_401_however_large_the_body(server: LiveServer, auth: dict[str, str]) -> None:
    for body in (b"{", padded(5_000_000, "unknown"), padded(50_000_000, "unknown")):
        for sent in (body, pieces(body)):
            answer = send(server, sent, auth=auth)
            assert (answer.status, answer.body["error"]) == (401, "UnauthorizedError")


def test_a_public_key_alone_writes_scores_and_no_traces(server: LiveServer) -> None:
    bearer = {"Authorization": f"Bearer {server.public_key}"}
    trace = event("trace-create", "by-bearer")
    score = event("score-create", "score-by-bearer", traceId="of-nobody", name="n", value=1)
    answer = send(server, batch(event("span-create", "s", traceId="by-bearer"), trace, score), auth=bearer)
    assert answer.status == 207
    assert [item["id"] for item in answer.body["successes"]] == ["event of score-by-bearer"]
    assert [(e["id"], e["status"], e["error"]) for e in answer.body["errors"]] == [
        ("event of s", 401, "Access Scope Denied"),
        ("event of by-bearer", 401, "Access Scope Denied"),
    ]
    eventually(lambda: server.get("scores/score-by-bearer"))
    assert server.ask("GET", "traces/by-bearer").status == 404


def test_browsers_of_any_origin_may_send(server: LiveServer) -> None:
    asked = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-langfuse-sdk-name",
    }
    preflight = send(server, b"", method="OPTIONS", headers=asked, auth={})
    assert (preflight.status, preflight.headers["Access-Control-Allow-Origin"]) == (
        204,
        asked["Origin"],
    )
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "x-langfuse-sdk-name" in preflight.headers["Access-Control-Allow-Headers"]
    for auth, status in ((basic(server), 207), ({}, 401)):
        answer = send(server, batch(), headers={"Origin": asked["Origin"]}, auth=auth)
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (status, asked["Origin"])


def test_the_same_batch_twice_is_one(server: LiveServer) -> None:
    body = batch(
        event("trace-create", "twice"),
        event("generation-create", "twice-g", traceId="twice", costDetails={"input": 0.5}),
        event("score-create", "twice-s", traceId="twice", name="n", value=1),
    )
    assert [send(server, body).status for _ in range(2)] == [207, 207]
    trace = server.trace("twice", observations=1, scores=1)
    time.sleep(1)
    again = server.get("traces/twice")
    assert (again["totalCost"], len(again["observations"]), len(again["scores"])) == (0.5, 1, 1)
    assert trace["id"] == again["id"]


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_form_that_is_too_large_is_refused_unread(server: LiveServer) -> None:
    for path in ("/auth/sign-in", f"/project/{server.project_id}/budget", "/admin/login/"):
        answer = send(server, b"amount=" + b"1" * 6_000_000, headers=FORM, auth={}, path=path)
        assert (answer.status, b"A form has at most 4 MB here" in answer.body) == (413, True)
    unsent = FORM | {"Content-Length": "3000000000", "Expect": "100-continue"}
    assert send(server, b"", headers=unsent, auth={}, path="/auth/sign-in").status == 413
    # One that is as large as it may be gets as far as the check for forgery.
    answer = send(server, b"amount=" + b"1" * 3_999_993, headers=FORM, auth={}, path="/auth/sign-in")
    assert (answer.status, b"the form was too old" in answer.body.lower()) == (403, True)
