"""OTLP over a socket, good and bad: a clear answer, the good is visible, and of the bad nothing is stored."""

import gzip
import json
from typing import Any

import psycopg
import pytest

from tests.flows.sockets import Body, pieces, send
from tests.live import Answer, LiveServer
from tests.tracing.wire.otel.exports import as_json, export_of

TRACES, METRICS = "/api/public/otel/v1/traces", "/api/public/otel/v1/metrics"
JSON, PROTOBUF = "application/json", "application/x-protobuf"
GZIP = {"Content-Encoding": "gzip"}
CAP = 32_000_000
START = 1_714_564_800_000_000_000


def export(server: LiveServer, body: Body, content_type: str = PROTOBUF, **headers: str) -> Answer:
    return send(server, body, path=TRACES, headers={"Content-Type": content_type, **headers})


def message(number: int, **attributes: Any) -> Any:
    """Return an export of one span whose trace no other test of the file has."""
    ids = {"trace_id": number.to_bytes(16, "big"), "span_id": number.to_bytes(8, "big")}
    return export_of(attributes, name=f"span {number}", start_time_unix_nano=START, **ids)


def trace(server: LiveServer, number: int) -> Any:
    return server.trace(f"{number:032x}", observations=1)


def exists(server: LiveServer, number: int) -> bool:
    return server.ask("GET", f"traces/{number:032x}").status == 200


def rejected(server: LiveServer) -> int:
    sql = "select coalesce(sum(count), 0)::int from rejected_events where project_id = %s and reason = 'invalid-export'"
    with psycopg.connect(server.database_url) as connection:
        row = connection.execute(sql, (server.project_id,)).fetchone()
    return row[0] if row else 0


@pytest.mark.parametrize(("number", "packed"), [(1, False), (2, True)])
def test_a_chunked_export_without_a_length_is_visible(server: LiveServer, number: int, packed: bool) -> None:
    """Node sends so; Django alone would take it for empty."""
    raw = as_json(message(number, **{"langfuse.observation.input": "x" * 200_000}))
    answer = export(server, pieces(gzip.compress(raw) if packed else raw), JSON, **(GZIP if packed else {}))
    assert (answer.status, answer.body) == (200, {})
    assert len(trace(server, number)["observations"][0]["input"]) == 200_000


def test_protobuf_is_answered_by_an_empty_message(server: LiveServer) -> None:
    for number, body, headers in (
        (3, message(3).SerializeToString(), {}),
        (4, gzip.compress(message(4).SerializeToString()), GZIP),
    ):
        answer = export(server, body, **headers)
        assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, b"", PROTOBUF)
        assert trace(server, number)["name"] == f"span {number}"


MALFORMED: dict[str, tuple[bytes, str, str]] = {
    "cut off": (message(10).SerializeToString()[:-3], PROTOBUF, "Failed to parse OTel Protobuf Trace"),
    "no protobuf": (as_json(message(11)), PROTOBUF, "Failed to parse OTel Protobuf Trace"),
    "no JSON": (as_json(message(12))[:-3], JSON, "Failed to parse OTel JSON Trace"),
    "no trace id": (
        as_json(message(13)).replace(b"traceId", b"traceID"),
        JSON,
        "Invalid OTLP trace export: a span lacks its traceId",
    ),
    "deep": (
        as_json(message(14)).replace(
            b'"name"', b'"attributes":[{"value":' + b'{"arrayValue":{"values":[' * 9_999
        ),
        JSON,
        "Invalid OTLP trace export: it is nested too deep",
    ),
    "no content type": (as_json(message(15)), "text/plain", "Invalid content type"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_export_is_refused_and_its_neighbours_are_visible(server: LiveServer, name: str) -> None:
    body, content_type, error = MALFORMED[name]
    number, before = 100 + 10 * list(MALFORMED).index(name), rejected(server)
    assert export(server, message(number).SerializeToString()).status == 200
    for sent in (body, pieces(body)):
        answer = export(server, sent, content_type)
        assert (answer.status, answer.body) == (400, {"error": error})
    assert export(server, as_json(message(number + 1)), JSON).status == 200
    assert (trace(server, number)["name"], trace(server, number + 1)["name"]) == (
        f"span {number}",
        f"span {number + 1}",
    )
    assert not any(exists(server, refused) for refused in range(10, 16))
    assert rejected(server) == before + (0 if name == "no content type" else 2)


def test_one_bad_span_refuses_its_whole_export(server: LiveServer) -> None:
    """OTLP has no answer that an SDK would read which names the bad one: so none is taken."""
    body = json.loads(as_json(message(20)))
    body["resourceSpans"][0]["scopeSpans"][0]["spans"].append({"traceId": "t", "name": "no id"})
    answer = export(server, json.dumps(body).encode(), JSON)
    assert answer.body == {"error": "Invalid OTLP trace export: a span lacks its spanId"}
    assert export(server, message(21).SerializeToString()).status == 200
    assert trace(server, 21)
    assert not exists(server, 20)


@pytest.mark.parametrize("packed", [b"no gzip", gzip.compress(b"x" * 99)[:-9]], ids=["none", "cut off"])
def test_broken_gzip_is_answered_with_400(server: LiveServer, packed: bytes) -> None:
    answer = export(server, packed, **GZIP)
    assert (answer.status, answer.body) == (400, {"error": "Failed to decompress request body"})


@pytest.mark.parametrize("content_type", [JSON, PROTOBUF])
def test_a_body_over_the_cap_is_answered_with_413(server: LiveServer, content_type: str) -> None:
    for size in (CAP + 1, 50_000_000):
        body = b" " * size
        for sent in (body, pieces(body)):
            answer = export(server, sent, content_type)
            assert (answer.status, answer.body["message"]) == (413, "Body exceeded 32mb limit")


def test_a_gzip_bomb_is_answered_with_413(server: LiveServer) -> None:
    for size in (CAP + 1, 500_000_000):
        packed = gzip.compress(b"\0" * size, compresslevel=1)
        answer = export(server, packed, **GZIP)
        assert (answer.status, answer.body["message"]) == (413, "Body exceeded 32mb limit")


def test_an_export_of_many_megabytes_is_visible(server: LiveServer) -> None:
    body = message(30, **{"langfuse.observation.input": "x" * 20_000_000}).SerializeToString()
    assert export(server, gzip.compress(body, compresslevel=1), **GZIP).status == 200
    assert len(trace(server, 30)["observations"][0]["input"]) == 20_000_000


@pytest.mark.parametrize("auth", [{}, {"Authorization": "Basic eDp5"}])
def test_401_names_the_reason_however_large_the_body(server: LiveServer, auth: dict[str, str]) -> None:
    for body in (b"", b" " * 50_000_000):
        answer = send(server, body, path=TRACES, headers={"Content-Type": PROTOBUF}, auth=auth)
        assert (answer.status, list(answer.body)) == (401, ["message"])


def test_metrics_of_any_size_are_taken_and_the_connection_lives(server: LiveServer) -> None:
    for body in (b"", b"x" * 5_000_000, pieces(b"x" * 5_000_000)):
        answer = send(server, body, path=METRICS)
        assert (answer.status, answer.body) == (200, {"message": "OK"})
