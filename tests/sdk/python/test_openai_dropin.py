"""The OpenAI drop-in of the Python SDKs 3 to 5, read back over the API."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.openai_standin import CACHED_TOKENS, usage_of
from tests.sdk.python.conftest import Run
from tests.sdk.reading import observation

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is a span?"}]
ANSWER = "Answer to: What is a span?"
USAGE = usage_of(MESSAGES, ANSWER)


@pytest.fixture(scope="module")
def ids(run: Run) -> Any:
    return run("openai_dropin")


def test_a_plain_call(server: LiveServer, ids: Any) -> None:
    trace = server.trace(ids["plain"], observations=1)
    generation = observation(trace, "ask")
    assert (generation["type"], generation["model"]) == ("GENERATION", "gpt-4o-2024-08-06")
    assert generation["output"] == {"role": "assistant", "content": ANSWER}
    assert generation["input"] == MESSAGES
    assert generation["modelParameters"]["temperature"] == 0
    assert generation["metadata"]["feature"] == "help"
    assert (trace["userId"], trace["sessionId"]) == ("user-2", "session-openai")
    assert trace["tags"] == ["drop-in", "test"]


def test_usage_and_cost(server: LiveServer, ids: Any) -> None:
    [generation] = server.trace(ids["plain"], observations=1)["observations"]
    fresh, completion = USAGE["prompt_tokens"] - CACHED_TOKENS, USAGE["completion_tokens"]
    details = generation["usageDetails"]
    assert (details["input"], details["output"]) == (fresh, completion)
    assert details["total"] == USAGE["total_tokens"]
    cost = fresh * 2.5e-6 + CACHED_TOKENS * 1.25e-6 + completion * 10e-6
    assert generation["calculatedTotalCost"] == pytest.approx(cost)


def test_a_streamed_call(server: LiveServer, ids: Any) -> None:
    trace = server.trace(ids["streamed"], observations=2)
    generation = next(o for o in trace["observations"] if o["type"] == "GENERATION")
    assert generation["parentObservationId"] == observation(trace, "streaming")["id"]
    assert generation["output"] == ANSWER
    assert generation["completionStartTime"] is not None
    assert generation["usageDetails"]["output"] == USAGE["completion_tokens"]


def test_an_asynchronous_call(server: LiveServer, ids: Any) -> None:
    [generation] = server.trace(ids["asynchronous"], observations=1)["observations"]
    assert generation["model"] == "gpt-4o-mini-2024-07-18"
    assert generation["metadata"]["async"] is True
    assert generation["calculatedTotalCost"] > 0


def test_a_call_with_tools(server: LiveServer, ids: Any) -> None:
    [generation] = server.trace(ids["tools"], observations=1)["observations"]
    call = generation["output"]["tool_calls"][0]
    assert call["function"] == {"name": "weather", "arguments": '{"city": "Paris"}'}
    assert generation["input"]["tools"][0]["function"]["name"] == "weather"


def test_an_embedding(server: LiveServer, ids: Any) -> None:
    [embedding] = server.trace(ids["embedded"], observations=1)["observations"]
    assert (embedding["type"], embedding["input"]) == ("EMBEDDING", "What is a span?")
    assert embedding["usageDetails"]["input"] == 4


def test_a_refused_call(server: LiveServer, ids: Any) -> None:
    [generation] = server.trace(ids["refused"], observations=1)["observations"]
    assert generation["level"] == "ERROR"
    assert "gpt-none" in generation["statusMessage"]
