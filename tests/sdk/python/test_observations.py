"""Observations of the Python SDKs 3 to 5: every type, usage and cost, metadata, media; over the API and the SDK."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.python.conftest import Run
from tests.sdk.reading import by_type, figures, observation, tree

TYPES = {
    "desk": "SPAN",
    "one agent": "AGENT",
    "one tool": "TOOL",
    "one chain": "CHAIN",
    "one retriever": "RETRIEVER",
    "one evaluator": "EVALUATOR",
    "one guardrail": "GUARDRAIL",
    "one embedding": "EMBEDDING",
    "one generation": "GENERATION",
    "priced": "GENERATION",
    "think": "SPAN",
    "one event": "EVENT",
    "broken": "SPAN",
}
SCOPE_VERSIONS = {3: "3.15.0", 4: "4.18.0", 5: "5.0.4"}
METADATA = {
    "text": "abc",
    "number": 123,
    "fraction": 1.5,
    "yes": True,
    "list": [1, "2"],
    "nested": {"a": {"b": 1}},
    "dotted.key": "kept",
}
"""What comes back as it was given by every major."""


@pytest.fixture(scope="module")
def ids(run: Run) -> Any:
    return run("observations")


@pytest.fixture(scope="module")
def trace(server: LiveServer, ids: Any) -> Any:
    return server.trace(ids["trace"], observations=len(TYPES), scores=3)


def test_every_type_arrives(trace: Any) -> None:
    assert {o["name"]: o["type"] for o in trace["observations"]} == TYPES
    inner = {"one generation": "think", "priced": "think", "desk": "support"}
    assert tree(trace) == sorted(f"{name} < {inner.get(name, 'desk')}" for name in TYPES)


def test_the_trace(trace: Any, ids: Any) -> None:
    assert (trace["name"], trace["userId"], trace["sessionId"]) == (
        "support",
        "user-5",
        "session-observations",
    )
    assert trace["tags"] == ["eu", "support"]
    assert (trace["environment"], trace["release"], trace["version"]) == ("staging", "2026.11", "v1")
    assert (trace["input"], trace["output"]) == ({"question": "Where?"}, {"answer": "Here."})
    assert [o["id"] for o in trace["observations"] if not o["parentObservationId"]] == [ids["root"]]


def test_every_observation_has_the_environment(trace: Any) -> None:
    assert {o["environment"] for o in trace["observations"]} == {"staging"}


@pytest.mark.parametrize("kind", ["agent", "tool", "chain", "retriever", "evaluator", "guardrail"])
def test_an_update_inside_of_the_block(trace: Any, kind: str) -> None:
    found = observation(trace, f"one {kind}")
    assert (found["input"], found["output"]) == (kind, [kind, 1])
    assert found["metadata"]["kind"] == kind


def test_metadata_is_as_it_was_given(trace: Any) -> None:
    for metadata in (observation(trace, "desk")["metadata"], trace["metadata"]):
        assert {key: metadata.get(key) for key in METADATA} == METADATA
        assert "nothing" not in metadata


def test_text_that_looks_like_json_stays_text(trace: Any, major: int) -> None:
    """SDK 5 alone sends text and number differently."""
    metadata = observation(trace, "desk")["metadata"]
    if major == 5:
        assert (metadata["digits"], metadata["quoted"]) == ("123", '"abc"')
    else:
        assert (metadata["digits"], metadata["quoted"]) == (123, "abc")


def test_metadata_says_who_sent_it(trace: Any, major: int) -> None:
    metadata = observation(trace, "one tool")["metadata"]
    assert metadata["scope"]["name"] == "langfuse-sdk"
    assert metadata["scope"]["version"] == SCOPE_VERSIONS[major]
    assert metadata["resourceAttributes"]["telemetry.sdk.language"] == "python"
    assert "attributes" not in metadata


def test_a_generation_has_its_usage_and_cost(trace: Any) -> None:
    generation = observation(trace, "one generation")
    assert generation["model"] == "gpt-4o"
    assert generation["modelParameters"] == {"temperature": 0.1, "stop": '["\\n"]'}
    details = {"input": 100, "input_cached_tokens": 40, "output": 30, "output_reasoning_tokens": 10}
    assert generation["usageDetails"] == {**details, "total": 180}
    assert generation["usage"] == {"input": 140, "output": 40, "total": 180, "unit": "TOKENS"}
    costs = generation["costDetails"]
    assert costs["input"] == pytest.approx(100 * 2.5e-6)
    assert costs["input_cached_tokens"] == pytest.approx(40 * 1.25e-6)
    assert costs["output"] == pytest.approx(30 * 10e-6)
    assert generation["calculatedTotalCost"] == pytest.approx(sum(costs.values()) - costs["total"])
    assert generation["completionStartTime"] is not None
    assert generation["timeToFirstToken"] >= 0
    assert generation["input"] == [{"role": "user", "content": "Where?"}]


def test_an_embedding_has_its_cost(trace: Any) -> None:
    embedding = observation(trace, "one embedding")
    assert embedding["usageDetails"] == {"input": 2000, "total": 2000}
    assert embedding["calculatedTotalCost"] == pytest.approx(2000 * 0.02e-6)


def test_a_cost_that_was_sent_is_the_cost(trace: Any) -> None:
    priced = observation(trace, "priced")
    assert priced["costDetails"] == {"input": 0.5, "output": 0.25}
    assert priced["calculatedTotalCost"] == 0.75


def test_the_traces_cost_is_the_sum(trace: Any) -> None:
    costs = [o["calculatedTotalCost"] or 0 for o in trace["observations"]]
    assert trace["totalCost"] == pytest.approx(sum(costs))


def test_levels_and_status(trace: Any) -> None:
    root, broken, event = (observation(trace, name) for name in ("desk", "broken", "one event"))
    assert (root["level"], root["statusMessage"]) == ("WARNING", "one step failed")
    assert (broken["level"], broken["statusMessage"]) == ("ERROR", "TimeoutError: took too long")
    assert (event["level"], event["statusMessage"]) == ("DEBUG", "cold")
    assert event["input"] == {"key": "17"}
    assert observation(trace, "think")["level"] == "DEFAULT"


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


@pytest.fixture(scope="module")
def read(run: Run, ids: Any, trace: Any, media: Any) -> Any:
    """What the major's own client reads of all this."""
    return run("reading", json.dumps({**ids, "media": media["id"]}))


def test_the_sdk_reads_the_trace(read: Any) -> None:
    assert read["trace"] == ["support", "user-5", "session-observations", ["eu", "support"], "2026.11"]
    assert read["observations"] == sorted(TYPES)
    assert read["generation"] == ["one generation", "gpt-4o", 30]
    assert read["generations"] == ["one generation", "priced"]
    assert read["media"]["image"].startswith("data:image/png;base64,iVBORw0KGgo")


def test_the_sdk_reads_what_its_major_can(read: Any, ids: Any, major: int) -> None:
    if major == 5:
        assert read["root"] == ["desk", '{"question": "Where?"}', '{"answer": "Here."}', "staging", "v1"]
        assert (read["metadata"]["text"], read["tools"]) == ("abc", ["one tool"])
        assert read["total cost"] == pytest.approx(100 * 2.5e-6 + 40 * 1.25e-6 + 40 * 10e-6)
    else:
        assert read["observations v2"] == sorted(TYPES)
        assert ids["trace"] in read["traces"][0] and ids["trace"] in read["session"]
        assert read["missing"] == ["NotFoundError", 404]


def test_the_sdk_reads_metrics(read: Any, trace: Any, major: int) -> None:
    assert figures(read["metrics v2"]) == by_type(trace)
    if major < 5:
        assert figures(read["metrics"]) == by_type(trace)


def test_the_sdk_reads_scores(read: Any, ids: Any, major: int) -> None:
    older = {"correct": 0.9, "tone": 0, "done": 0}
    newer = {"correct": 0.9, "tone": "kind", "done": False}
    assert read["scores"] == (newer if major == 5 else older)
    if major == 4:
        assert read["scores v3"] == newer
    if major == 5:
        root, trace = ["observation", ids["root"]], ["trace", ids["trace"]]
        assert read["subjects"] == {"correct": trace, "tone": root, "done": root}
