"""A plain OpenTelemetry SDK, set up by its environment alone (gzip too), read back over the API."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.reading import observation, tree
from tests.sdk.running import Target, run_opentelemetry

INPUT_PRICE, CACHED_PRICE, OUTPUT_PRICE = 2.5e-6, 1.25e-6, 10e-6
"""Of gpt-4o, in USD a token."""
RESOURCE = "deployment.environment.name=staging,service.version=7.1"
SYSTEM = {"role": "system", "content": "Be brief."}


@pytest.fixture(scope="module")
def trace(server: LiveServer, target: Target) -> Any:
    ids = run_opentelemetry(
        "conventions", target, OTEL_SERVICE_NAME="weather", OTEL_RESOURCE_ATTRIBUTES=RESOURCE
    )
    return server.trace(ids["trace"], observations=6)


def test_everything_is_nested_below_the_root(trace: Any) -> None:
    names = ["chat gpt-4o", "chat with events", "lookup", "numbered messages", "weather"]
    assert tree(trace) == sorted(
        [*(f"{name} < weather agent" for name in names), "weather agent < weather agent"]
    )


def test_the_trace(trace: Any) -> None:
    assert trace["name"] == "weather agent"
    assert (trace["userId"], trace["sessionId"]) == ("user-otel", "conversation-1")
    assert trace["tags"] == ["otel", "plain"]
    assert (trace["environment"], trace["version"]) == ("staging", "7.1")
    assert (trace["input"], trace["output"]) == ("Weather in Paris?", "Blue.")
    assert trace["metadata"]["team"] == "blue"


def test_the_root_is_an_agent_without_the_usage_of_its_children(trace: Any) -> None:
    agent = observation(trace, "weather agent")
    assert (agent["type"], agent["usageDetails"], agent["model"]) == ("AGENT", {}, None)
    metadata = agent["metadata"]
    assert metadata["attempt"] == 1
    assert metadata["attributes"]["app.threshold"] == "0.75"
    assert metadata["resourceAttributes"]["service.name"] == "weather"
    assert (metadata["scope"]["name"], metadata["scope"]["version"]) == ("my.application", "1.2.3")
    assert "input.value" not in metadata["attributes"]


def test_messages_of_the_newest_form(trace: Any) -> None:
    chat = observation(trace, "chat gpt-4o")
    assert (chat["type"], chat["model"], chat["level"]) == ("GENERATION", "gpt-4o-2024-08-06", "DEFAULT")
    user = {"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]}
    assert chat["input"] == [SYSTEM, user]
    call = {"type": "tool_call", "id": "call_1", "name": "weather", "arguments": {"city": "Paris"}}
    assert chat["output"] == [{"role": "assistant", "parts": [call], "finish_reason": "tool_calls"}]
    assert chat["modelParameters"]["temperature"] == 0.5
    assert chat["modelParameters"]["max_tokens"] == 100
    assert "model" not in chat["modelParameters"]


def test_its_usage_has_cached_and_reasoning_tokens_apart(trace: Any) -> None:
    chat = observation(trace, "chat gpt-4o")
    assert chat["usageDetails"] == {
        "input": 40,
        "input_cached_tokens": 60,
        "output": 10,
        "output_reasoning_tokens": 20,
        "total": 130,
    }
    # gpt-4o has no price of its own for reasoning.
    expected = 40 * INPUT_PRICE + 60 * CACHED_PRICE + 10 * OUTPUT_PRICE
    assert chat["calculatedTotalCost"] == pytest.approx(
        expected + chat["costDetails"].get("output_reasoning_tokens", 0)
    )


def test_a_tool(trace: Any) -> None:
    tool = observation(trace, "weather")
    assert (tool["type"], tool["input"], tool["output"]) == ("TOOL", {"city": "Paris"}, {"sky": "blue"})


def test_messages_as_span_events(trace: Any) -> None:
    chat = observation(trace, "chat with events")
    assert (chat["type"], chat["model"]) == ("GENERATION", "gpt-4o")
    assert chat["input"] == [SYSTEM, {"role": "user", "content": "Weather in Paris?"}]
    assert chat["output"] == {"index": 0, "finish_reason": "stop", "message": '{"content": "Blue."}'}
    assert (chat["usageDetails"]["input"], chat["usageDetails"]["output"]) == (7, 3)
    assert chat["calculatedTotalCost"] == pytest.approx(7 * INPUT_PRICE + 3 * OUTPUT_PRICE)


def test_messages_as_numbered_attributes(trace: Any) -> None:
    chat = observation(trace, "numbered messages")
    assert (chat["type"], chat["model"]) == ("GENERATION", "gpt-4o-mini")
    assert chat["input"] == [SYSTEM, {"role": "user", "content": "Weather in Paris?"}]
    assert chat["output"] == [{"role": "assistant", "content": "Blue."}]
    assert (chat["usageDetails"]["input"], chat["usageDetails"]["output"]) == (9, 1)


def test_an_exception(trace: Any) -> None:
    failed = observation(trace, "lookup")
    assert (failed["type"], failed["level"], failed["statusMessage"]) == (
        "SPAN",
        "ERROR",
        "ValueError: no such city",
    )
