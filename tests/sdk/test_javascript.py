"""JS langfuse@3 from npm: the main path, read back over the API and with the SDK's own reads."""

import json
from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.reading import by_type, figures, observation, scores, tree
from tests.sdk.running import Target, run_javascript


@pytest.fixture(scope="module")
def ids(target: Target) -> Any:
    return run_javascript("langfuse3_main", target)


@pytest.fixture(scope="module")
def trace(server: LiveServer, ids: Any) -> Any:
    return server.trace(ids["trace"], observations=3, scores=4)


@pytest.fixture(scope="module")
def fetched(server: LiveServer, target: Target, ids: Any, trace: Any) -> Any:
    server.trace(ids["media"])
    return run_javascript("langfuse3_reading", target, json.dumps(ids))


def test_the_sdk_reports_no_error(ids: Any) -> None:
    assert ids["failures"] == []


def test_everything_is_nested(trace: Any) -> None:
    assert tree(trace) == ["cache hit < search", "rate < search", "search < js main"]


def test_the_trace_is_merged_from_its_updates(trace: Any) -> None:
    assert (trace["userId"], trace["sessionId"], trace["tags"]) == ("user-js", "session-js", ["js"])
    assert trace["metadata"] == {"from": "node", "done": True}
    assert trace["input"] == {"question": "Ünïcode 🙂?"}
    assert trace["output"] == "4/5"


def test_the_span_has_its_update_and_end(trace: Any) -> None:
    span = observation(trace, "search")
    assert (span["input"], span["output"], span["metadata"]) == ("films", ["Dune"], {"hits": 2})
    event = observation(trace, "cache hit")
    assert (event["type"], event["level"], event["statusMessage"]) == ("EVENT", "WARNING", "stale")


def test_the_generation_has_its_prompt_usage_and_cost(trace: Any, ids: Any) -> None:
    generation = observation(trace, "rate")
    assert (generation["promptName"], generation["promptVersion"]) == ("js critic", ids["promptVersion"])
    assert generation["input"] == "Rate Dune"
    assert generation["usageDetails"] == {"input": 40, "output": 10, "total": 50}
    assert generation["calculatedTotalCost"] == pytest.approx(40 * 2.5e-6 + 10 * 10e-6)


def test_scores(trace: Any) -> None:
    found = scores(trace)
    assert (found["helpful"]["value"], found["helpful"]["dataType"]) == (0.9, "NUMERIC")
    assert (found["tone"]["stringValue"], found["tone"]["dataType"]) == ("none", "CATEGORICAL")
    assert (found["zero"]["value"], found["zero"]["dataType"]) == (0, "NUMERIC")
    assert (found["zero boolean"]["value"], found["zero boolean"]["dataType"]) == (0, "BOOLEAN")


def test_wrapped_openai_calls(server: LiveServer, ids: Any, trace: Any) -> None:
    found = server.get("traces", name="js openai", sessionId="session-js")["data"]
    assert len(found) == 2
    for item in found:
        generation = server.trace(item["id"], observations=1)["observations"][0]
        assert generation["model"].startswith("gpt-4o")
        assert generation["calculatedTotalCost"] > 0


def test_fetched_traces_and_observations(fetched: Any, trace: Any) -> None:
    assert fetched["trace"]["name"] == "js main"
    assert fetched["trace"]["observations"] == ["cache hit", "rate", "search"]
    assert fetched["trace"]["totalCost"] == pytest.approx(trace["totalCost"])
    assert fetched["traces"] == ["js main"]
    assert fetched["observations"] == ["rate"]
    assert fetched["observation"]["usage"]["total"] == 50
    assert fetched["sessions"] == ["session-js"]


def test_metrics(fetched: Any, trace: Any) -> None:
    assert figures(fetched["metrics"]) == by_type(trace)


def test_fetched_media(fetched: Any) -> None:
    assert fetched["resolved"] == "data:text/plain;base64,aGVsbG8gZnJvbSBqcw=="


def test_a_missing_trace_is_told(fetched: Any) -> None:
    assert "not found" in json.dumps(fetched["missing"]).lower()
