"""The OpenAI drop-in of the Python SDK 2, read back over the API."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.running import Target, run_python

QUESTION = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is a span?"}]
PROMPT_TOKENS, COMPLETION_TOKENS = 8, 6
CACHED_TOKENS = 2
"""As the stand-in counts them: a token a word, and two cached ones."""


@pytest.fixture(scope="module")
def ids(target: Target) -> Any:
    return run_python("openai_dropin", target)


def read(server: LiveServer, trace_id: str) -> tuple[Any, Any]:
    trace = server.trace(trace_id, observations=1)
    assert len(trace["observations"]) == 1
    return trace, trace["observations"][0]


def test_a_plain_call(server: LiveServer, ids: Any) -> None:
    trace, generation = read(server, ids["plain"])
    assert (trace["userId"], trace["sessionId"], trace["tags"]) == ("user-2", "session-openai", ["drop-in"])
    assert (generation["name"], generation["type"]) == ("ask", "GENERATION")
    assert generation["model"] == "gpt-4o-2024-08-06"
    assert generation["input"] == QUESTION
    assert generation["output"]["content"] == "Answer to: What is a span?"
    assert generation["metadata"] == {"feature": "help", "langfuse_note": 7}
    assert generation["modelParameters"]["temperature"] == 0


def test_its_usage_and_cost(server: LiveServer, ids: Any) -> None:
    trace, generation = read(server, ids["plain"])
    usage = generation["usage"]
    assert (usage["input"], usage["output"], usage["total"]) == (PROMPT_TOKENS, COMPLETION_TOKENS, 14)
    assert generation["usageDetails"]["input_cached_tokens"] == CACHED_TOKENS
    fresh = PROMPT_TOKENS - CACHED_TOKENS
    cost = fresh * 2.5e-6 + CACHED_TOKENS * 1.25e-6 + COMPLETION_TOKENS * 10e-6
    assert generation["calculatedTotalCost"] == pytest.approx(cost)
    assert trace["totalCost"] == pytest.approx(cost)


def test_a_streamed_call(server: LiveServer, ids: Any) -> None:
    _, generation = read(server, ids["streamed"])
    assert generation["output"] == "Answer to: What is a span?"
    assert generation["completionStartTime"] is not None
    assert generation["timeToFirstToken"] >= 0
    assert generation["usage"]["output"] == COMPLETION_TOKENS
    assert generation["calculatedTotalCost"] > 0


def test_a_streamed_call_without_usage_is_counted_here(server: LiveServer, ids: Any) -> None:
    _, generation = read(server, ids["uncounted"])
    assert generation["usage"]["input"] > 0 and generation["usage"]["output"] > 0
    assert generation["calculatedTotalCost"] > 0


def test_an_asynchronous_call(server: LiveServer, ids: Any) -> None:
    _, generation = read(server, ids["asynchronous"])
    assert generation["model"] == "gpt-4o-mini-2024-07-18"
    assert generation["metadata"] == {"async": True}
    assert generation["calculatedTotalCost"] > 0


def test_a_call_with_tools(server: LiveServer, ids: Any) -> None:
    _, generation = read(server, ids["tools"])
    call = generation["output"]["tool_calls"][0]
    assert call["function"] == {"name": "weather", "arguments": '{"city": "Paris"}'}
    assert generation["input"]["tools"][0]["function"]["name"] == "weather"


def test_a_refused_call(server: LiveServer, ids: Any) -> None:
    _, generation = read(server, ids["refused"])
    assert generation["level"] == "ERROR"
    assert "gpt-none" in generation["statusMessage"]
