"""Context managers of the Python SDKs 3 to 5: every type, its usage and cost, metadata as it was given."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.python.conftest import Run
from tests.sdk.reading import observation, tree

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
    return server.trace(ids["trace"], observations=len(TYPES))


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
