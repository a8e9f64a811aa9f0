"""@observe of the Python SDK 2, read back over the API."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.reading import observation, scores, tree
from tests.sdk.running import Target, run_python


@pytest.fixture(scope="module")
def trace(server: LiveServer, target: Target) -> Any:
    ids = run_python("decorators", target)
    return server.trace(ids["trace"], observations=3, scores=2)


def test_the_calls_are_nested(trace: Any) -> None:
    assert trace["name"] == "answer"
    assert tree(trace) == ["fail < answer", "retrieve < answer", "write answer < answer"]


def test_the_trace_has_its_user_session_and_tags(trace: Any) -> None:
    assert (trace["userId"], trace["sessionId"]) == ("user-1", "session-decorators")
    assert trace["tags"] == ["a", "b"]
    assert trace["metadata"] == {"plan": "pro"}
    assert trace["input"] == {"args": ["What is a trace?"], "kwargs": {}}
    assert trace["output"] == {"text": "What is a trace?: 1 found", "polite": False}


def test_the_generation_has_its_model_usage_and_cost(trace: Any) -> None:
    generation = observation(trace, "write answer")
    assert generation["type"] == "GENERATION"
    assert generation["model"] == "gpt-4o"
    assert generation["modelParameters"] == {"temperature": "0.2", "max_tokens": 100}
    assert generation["usageDetails"] == {"input": 1000, "output": 200, "total": 1200}
    assert generation["calculatedTotalCost"] == pytest.approx(1000 * 2.5e-6 + 200 * 10e-6)
    assert trace["totalCost"] == pytest.approx(generation["calculatedTotalCost"])
    assert generation["output"] == "What is a trace?: 1 found"


def test_levels_and_errors_are_kept(trace: Any) -> None:
    slow, failed = observation(trace, "retrieve"), observation(trace, "fail")
    assert (slow["level"], slow["statusMessage"]) == ("WARNING", "slow")
    assert slow["metadata"] == {"index": 1}
    assert (failed["level"], failed["statusMessage"]) == ("ERROR", "no such tool")


def test_scores_are_of_the_trace_and_of_the_observation(trace: Any) -> None:
    correct, fluency = scores(trace)["correct"], scores(trace)["fluency"]
    assert (correct["value"], correct["dataType"], correct["comment"]) == (0.9, "NUMERIC", "close")
    assert correct["observationId"] is None
    assert fluency["value"] == 0.75
    assert fluency["observationId"] == observation(trace, "write answer")["id"]


def test_the_session_shows_the_trace(server: LiveServer, trace: Any) -> None:
    session = server.get("sessions/session-decorators")
    assert trace["id"] in [item["id"] for item in session["traces"]]
