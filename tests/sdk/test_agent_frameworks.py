"""Agents of pydantic-ai (exported plainly and by logfire) and of smolagents, read back over the API."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.reading import observation, tree
from tests.sdk.running import Target, run_opentelemetry

INPUT_PRICE, CACHED_PRICE, OUTPUT_PRICE = 2.5e-6, 1.25e-6, 10e-6
"""Of gpt-4o, in USD a token."""


@pytest.fixture(scope="module", params=["opentelemetry", "logfire"])
def pydantic(request: pytest.FixtureRequest, server: LiveServer, target: Target) -> Any:
    ids = run_opentelemetry("pydantic_agent", target, request.param)
    assert ids["answer"] == "Answer to: blue sky over Paris"
    return server.trace(ids["trace"], observations=5)


@pytest.fixture(scope="module")
def smol(server: LiveServer, target: Target) -> Any:
    ids = run_opentelemetry("smolagents_agent", target)
    return server.trace(ids["trace"], observations=6)


def chats(trace: Any) -> list[Any]:
    return sorted(
        (o for o in trace["observations"] if o["type"] == "GENERATION"), key=lambda o: o["startTime"]
    )


def test_pydantic_agents_are_nested(pydantic: Any) -> None:
    assert tree(pydantic) == [
        "chat gpt-4o < forecaster run",
        "chat gpt-4o < forecaster run",
        "forecast < forecast",
        "forecaster run < forecast",
        "weather < forecaster run",
    ]


def test_a_pydantic_trace_has_its_roots_session_and_user(pydantic: Any) -> None:
    assert pydantic["userId"] == "user-pydantic"
    assert pydantic["sessionId"] in ("session-opentelemetry", "session-logfire")


def test_a_pydantic_agent(pydantic: Any) -> None:
    agent = observation(pydantic, "forecaster run")
    assert (agent["type"], agent["usageDetails"]) == ("AGENT", {})
    assert agent["output"] == "Answer to: blue sky over Paris"
    assert agent["input"][0] == {"role": "system", "content": "Be brief."}
    assert agent["input"][1]["parts"] == [{"type": "text", "content": "Weather in Paris?"}]


def test_a_pydantic_tool(pydantic: Any) -> None:
    tool = observation(pydantic, "weather")
    assert (tool["type"], tool["input"], tool["output"]) == ("TOOL", {"city": "Paris"}, "blue sky over Paris")


def test_pydantic_chats(pydantic: Any) -> None:
    asking, answering = chats(pydantic)
    assert asking["model"] == answering["model"] == "gpt-4o-2024-08-06"
    assert asking["input"][0] == {"role": "system", "content": "Be brief."}
    assert asking["output"][0]["parts"][0]["name"] == "weather"
    assert answering["output"][0]["parts"] == [{"type": "text", "content": "Answer to: blue sky over Paris"}]


def test_pydantic_usage_and_cost(pydantic: Any) -> None:
    asking, answering = chats(pydantic)
    usage = asking["usageDetails"]
    assert (usage["input"], usage["input_cached_tokens"], usage["output"], usage["total"]) == (5, 2, 1, 8)
    usage = answering["usageDetails"]
    assert (usage["input"], usage["input_cached_tokens"], usage["output"], usage["total"]) == (9, 2, 6, 17)
    expected = 14 * INPUT_PRICE + 4 * CACHED_PRICE + 7 * OUTPUT_PRICE
    assert pydantic["totalCost"] == pytest.approx(expected)


def test_smolagents_are_nested(smol: Any) -> None:
    assert tree(smol) == [
        "OpenAIModel.generate < Step 1",
        "OpenAIModel.generate < ToolCallingAgent.run",
        "Step 1 < ToolCallingAgent.run",
        "ToolCallingAgent.run < forecast",
        "Weather < Step 1",
        "forecast < forecast",
    ]


def test_types_of_smolagents(smol: Any) -> None:
    kinds = {item["name"]: item["type"] for item in smol["observations"]}
    assert kinds == {
        "OpenAIModel.generate": "GENERATION",
        "Step 1": "CHAIN",
        "ToolCallingAgent.run": "AGENT",
        "Weather": "TOOL",
        "forecast": "SPAN",
    }


def test_inputs_and_outputs_of_smolagents(smol: Any) -> None:
    assert observation(smol, "ToolCallingAgent.run")["input"]["task"] == "Weather in Paris?"
    tool = observation(smol, "Weather")
    assert (tool["input"]["kwargs"], tool["output"]) == ({"city": "Paris"}, "blue sky over Paris")
    asking, answering = chats(smol)
    assert asking["output"]["tool_calls"][0]["function"]["name"] == "weather"
    assert answering["output"]["content"].startswith("Answer to: ")


def test_usage_and_cost_of_smolagents(smol: Any) -> None:
    asking, answering = chats(smol)
    assert (asking["model"], asking["usageDetails"]["output"]) == ("gpt-4o", 1)
    tokens_in = asking["usageDetails"]["input"] + answering["usageDetails"]["input"]
    tokens_out = asking["usageDetails"]["output"] + answering["usageDetails"]["output"]
    assert smol["totalCost"] == pytest.approx(tokens_in * INPUT_PRICE + tokens_out * OUTPUT_PRICE)
