"""LangChain JS under the callback handler of @langfuse/langchain 5, read back over the API."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.reading import observation, tree
from tests.sdk.running import Target, run_javascript

ANSWER = "A span is a step."


@pytest.fixture(scope="module")
def trace(server: LiveServer, target: Target) -> Any:
    ids = run_javascript("langfuse5_langchain", target, sdk="langfuse5")
    assert ids["answer"] == ANSWER
    return server.trace(ids["trace"], observations=4)


def test_the_steps_are_nested_below_the_chain(trace: Any) -> None:
    steps = ("ChatPromptTemplate", "FakeListChatModel", "StrOutputParser")
    assert tree(trace) == sorted([*(f"{step} < teller" for step in steps), "teller < teller"])


def test_the_trace(trace: Any) -> None:
    assert (trace["userId"], trace["sessionId"], trace["tags"]) == ("user-chain", "session-chain", ["chain"])
    assert (trace["input"], trace["output"]) == ({"topic": "spans"}, ANSWER)


def test_the_model(trace: Any) -> None:
    model = observation(trace, "FakeListChatModel")
    assert (model["type"], model["usageDetails"]) == ("GENERATION", {})
    assert model["input"] == [{"content": "Tell of spans", "role": "user"}]
    assert model["output"] == {"content": ANSWER, "role": "assistant"}
    assert model["metadata"]["tags"] == ["seq:step:2"]
