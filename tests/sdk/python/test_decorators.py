"""@observe of the Python SDKs 3 to 5: sync, async, generators, a failure; read back over the API."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.python.conftest import Run
from tests.sdk.reading import observation, tree


@pytest.fixture(scope="module")
def trace(server: LiveServer, run: Run) -> Any:
    return server.trace(run("decorators")["trace"], observations=7)


def test_the_calls_are_nested(trace: Any) -> None:
    assert tree(trace) == [
        "answer < help",
        "fail < answer",
        "letters < answer",
        "retrieve < answer",
        "sign_in < answer",
        "words < answer",
        "write answer < answer",
    ]
    types = {o["name"]: o["type"] for o in trace["observations"]}
    assert types == {
        "answer": "AGENT",
        "fail": "TOOL",
        "letters": "SPAN",
        "retrieve": "RETRIEVER",
        "sign_in": "SPAN",
        "words": "SPAN",
        "write answer": "GENERATION",
    }


def test_the_trace_has_its_name_user_session_and_tags(trace: Any) -> None:
    assert (trace["name"], trace["userId"], trace["sessionId"]) == ("help", "user-1", "session-decorators")
    assert trace["tags"] == ["a", "b"]
    assert trace["version"] == "v7"
    assert trace["metadata"]["plan"] == "pro"


def test_the_traces_input_and_output_are_those_of_its_root(trace: Any) -> None:
    assert trace["input"] == {"args": ["What is a trace?"], "kwargs": {}}
    assert trace["output"] == {
        "text": "What is a trace?: 1 found",
        "polite": False,
        "spoken": ["one", "two", "a", "b", "c"],
    }


def test_the_generation_has_its_model_usage_and_cost(trace: Any) -> None:
    generation = observation(trace, "write answer")
    assert generation["model"] == "gpt-4o"
    assert generation["modelParameters"] == {"temperature": 0.2, "max_tokens": 100}
    assert generation["usageDetails"] == {"input": 1000, "output": 200, "total": 1200}
    assert generation["calculatedTotalCost"] == pytest.approx(1000 * 2.5e-6 + 200 * 10e-6)
    assert trace["totalCost"] == pytest.approx(generation["calculatedTotalCost"])
    assert generation["output"] == "What is a trace?: 1 found"


def test_levels_and_errors_are_kept(trace: Any) -> None:
    slow, failed = observation(trace, "retrieve"), observation(trace, "fail")
    assert (slow["level"], slow["statusMessage"]) == ("WARNING", "slow")
    assert slow["metadata"]["index"] == 1
    assert (failed["level"], failed["statusMessage"]) == ("ERROR", "no such tool")


def test_generators_are_collected(trace: Any) -> None:
    assert observation(trace, "words")["output"] == "one two"
    assert observation(trace, "letters")["output"] == "abc"


def test_what_must_not_be_captured_is_not(trace: Any) -> None:
    quiet = observation(trace, "sign_in")
    assert (quiet["input"], quiet["output"]) == (None, None)


def test_the_session_shows_the_trace(server: LiveServer, trace: Any) -> None:
    session = server.get("sessions/session-decorators")
    assert trace["id"] in [item["id"] for item in session["traces"]]
