"""The LangChain handler of the Python SDK 2, read back over the API."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.reading import observation, tree
from tests.sdk.running import Target, run_python


@pytest.fixture(scope="module")
def ids(target: Target) -> Any:
    return run_python("langchain_chain", target)


@pytest.fixture(scope="module")
def chain(server: LiveServer, ids: Any) -> Any:
    return server.trace(ids["chain"], observations=4)


def test_the_chain_is_nested(chain: Any) -> None:
    assert tree(chain) == [
        "ChatOpenAI < RunnableSequence",
        "ChatPromptTemplate < RunnableSequence",
        "RunnableSequence < chain",
        "StrOutputParser < RunnableSequence",
    ]


def test_the_trace_has_what_the_handler_was_given(chain: Any) -> None:
    assert (chain["userId"], chain["sessionId"]) == ("user-3", "session-langchain")
    assert (chain["tags"], chain["version"]) == (["chain", "test"], "1.2")
    assert chain["metadata"] == {"team": "search"}
    assert chain["input"] == {"topic": "sessions"}
    assert chain["output"] == "Answer to: Tell me about sessions"


def test_the_model_has_its_usage_and_cost(chain: Any) -> None:
    generation = observation(chain, "ChatOpenAI")
    assert (generation["type"], generation["model"]) == ("GENERATION", "gpt-4o-2024-08-06")
    details = generation["usageDetails"]
    assert (details["input"], details["input_cache_read"], details["output"]) == (6, 2, 6)
    assert details["total"] == 14
    assert generation["calculatedTotalCost"] >= 6 * 2.5e-6 + 6 * 10e-6
    assert generation["input"][1] == {"content": "Tell me about sessions", "role": "user"}


def test_a_streamed_model_tells_when_it_began(server: LiveServer, ids: Any) -> None:
    generation = observation(server.trace(ids["stream"], observations=1), "ChatOpenAI")
    assert generation["completionStartTime"] is not None
    assert generation["output"] == {"content": "Answer to: Tell me about tags", "role": "assistant"}
    assert generation["usageDetails"]["output"] == 6
    assert generation["calculatedTotalCost"] > 0


def test_a_tool(server: LiveServer, ids: Any) -> None:
    trace = server.trace(ids["tool"], observations=3)
    add = observation(trace, "add")
    assert (add["input"], add["output"]) == ("{'a': 2, 'b': 3}", 5)
    assert trace["output"] == 5
    assert add["endTime"] is not None


def test_a_failing_tool(server: LiveServer, ids: Any) -> None:
    divide = observation(server.trace(ids["failing_tool"], observations=3), "divide")
    assert divide["level"] == "ERROR"
    assert "division by zero" in divide["statusMessage"]


def test_the_session_has_all_four(server: LiveServer, ids: Any, chain: Any) -> None:
    session = server.get("sessions/session-langchain")
    assert {item["id"] for item in session["traces"]} >= set(ids.values())
