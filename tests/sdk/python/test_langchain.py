"""The LangChain handler of the Python SDKs 3 to 5, read back over the API."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.python.conftest import Run
from tests.sdk.reading import observation, tree


@pytest.fixture(scope="module")
def ids(run: Run) -> Any:
    return run("langchain_chain")


@pytest.fixture(scope="module")
def chain(server: LiveServer, ids: Any) -> Any:
    return server.trace(ids["chain"], observations=4)


def test_the_chain_is_nested(chain: Any) -> None:
    assert tree(chain) == [
        "ChatOpenAI < explain",
        "ChatPromptTemplate < explain",
        "StrOutputParser < explain",
        "explain < explain",
    ]
    assert observation(chain, "explain")["type"] == "CHAIN"


def test_the_trace_has_what_the_configuration_says(chain: Any) -> None:
    assert (chain["userId"], chain["sessionId"]) == ("user-3", "session-langchain")
    assert chain["tags"] == ["chain", "test"]
    assert chain["metadata"]["team"] == "search"
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
    [generation] = server.trace(ids["stream"], observations=1)["observations"]
    assert generation["completionStartTime"] is not None
    assert generation["output"]["content"] == "Answer to: Tell me about tags"
    assert generation["usageDetails"]["output"] == 6


def test_a_failing_tool(server: LiveServer, ids: Any) -> None:
    divide = observation(server.trace(ids["failing_tool"], observations=3), "divide")
    assert (divide["type"], divide["level"]) == ("TOOL", "ERROR")
    assert "division by zero" in divide["statusMessage"]
