"""The client of the Python SDKs 3 to 5: masks, samples, sends at exit, keeps threads and tasks apart, reads."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.python.conftest import Run
from tests.sdk.reading import observation

GENERATIONS = ["one generation", "priced"]


def test_a_masked_trace_is_sent_at_exit(server: LiveServer, run: Run) -> None:
    told = run("options", "1")
    trace = server.trace(told["trace"], observations=2, scores=1)
    assert trace["input"] == {"user": "ann", "password": "***"}
    assert trace["output"] == "welcome, not ***"
    assert observation(trace, "check")["input"] == "is it ***?"
    assert "hunter2" not in json.dumps(trace)
    assert told["auth_check"] is True
    assert told["url"] == f"{server.host}/project/{server.project_id}/traces/{told['trace']}"


def test_a_trace_that_is_not_sampled_is_not_there(server: LiveServer, run: Run) -> None:
    """What the process sends after it would have been digested after it too: a later trace is there already."""
    unsampled, later = run("options", "0"), run("options", "1")
    server.trace(later["trace"], observations=2)
    assert server.ask("GET", f"traces/{unsampled['trace']}").status == 404


def test_threads_and_tasks_do_not_mix(server: LiveServer, run: Run) -> None:
    traces = run("concurrency")
    assert len(traces) == 15
    for key, trace_id in traces.items():
        trace = server.trace(trace_id, observations=4)
        inputs = [f"{key} {step}" for step in range(3)]
        assert (trace["userId"], trace["sessionId"]) == (key, f"session of {key}")
        assert trace["metadata"]["key"] == key
        assert trace["output"] == [f"found {text}" for text in inputs]
        found = [o for o in trace["observations"] if o["type"] == "TOOL"]
        assert sorted(o["input"]["args"][0] for o in found) == inputs
        assert {o["parentObservationId"] for o in found} == {observation(trace, f"work on {key}")["id"]}


@pytest.fixture(scope="module")
def note() -> bytes:
    return f"a note of this run: {secrets.token_hex(8)}".encode()


@pytest.fixture(scope="module")
def media(server: LiveServer, run: Run, note: bytes) -> Any:
    told = run("media", note.decode().rpartition(" ")[2])
    return server.trace(told["trace"], observations=2)


def test_references_stand_in_for_the_bytes(server: LiveServer, media: Any, note: bytes) -> None:
    read = observation(media, "read")
    note_id = urlsafe_b64encode(hashlib.sha256(note).digest()).decode()[:22]
    reference = f"@@@langfuseMedia:type=text/plain|id={note_id}|source="
    assert media["input"]["image"].startswith("@@@langfuseMedia:type=image/png|id=")
    assert read["output"] == media["input"]["image"]
    assert read["input"] == ["see", f"{reference}base64_data_uri@@@"]
    assert read["metadata"]["again"] == f"{reference}bytes@@@"
    assert server.get(f"media/{note_id}")["contentLength"] == len(note)


def test_the_sdks_own_reads(server: LiveServer, run: Run, media: Any, major: int) -> None:
    ids, scored = run("observations"), run("scores")
    names = sorted(o["name"] for o in server.trace(ids["trace"], observations=13)["observations"])
    server.trace(scored["trace"], observations=2, scores=6)
    read = run("reading", json.dumps({**ids, "scored": scored["trace"], "media": media["id"]}))
    assert read["trace"] == ["support", "user-5", "session-observations", ["eu", "support"], "2026.11"]
    assert read["observations"] == names
    assert read["generation"] == ["one generation", "gpt-4o", 30]
    assert read["generations"] == GENERATIONS
    assert read["scores"]["correct"] == 0.9
    assert len(read["scores"]) == 6
    assert read["media"]["image"].startswith("data:image/png;base64,iVBORw0KGgo")
    if major < 5:
        assert read["observations v2"] == names
        assert ids["trace"] in read["traces"][0] and ids["trace"] in read["session"]
        assert read["missing"] == ["NotFoundError", 404]
    if major == 4:
        assert read["scores v3"]["polite"] is True
    if major == 5:
        desk = ["desk", '{"question": "Where?"}', '{"answer": "Here."}', "staging", "v1"]
        assert read["root"] == desk
        assert read["metadata"]["text"] == "abc"
        assert read["tools"] == ["one tool"]
        assert read["total cost"] == pytest.approx(100 * 2.5e-6 + 40 * 1.25e-6 + 40 * 10e-6)
        assert read["scores"]["tone"] == "kind" and read["scores"]["done"] is False
        assert read["subjects"]["tone"] == ["observation", scored["root"]]
        assert read["subjects"]["correct"] == ["trace", scored["trace"]]
