"""Tools offered and called by spans whose payloads do not say it, but other attributes do."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracing.wire.otel.spans import span
from tests.tracing.wire.otel.test_payloads import VALUES
from tracing.wire.otel.keys import key_set_of
from tracing.wire.otel.payloads import observation_io
from tracing.wire.otel.tools import DEFINITIONS, REQUESTS, RESPONSES, tool_call_names_of, tool_names_of

FUNCTION = '{"type":"function","function":{"name":"weather","parameters":{}}}'
FLAT = '{"type":"function","name":"weather","inputSchema":{}}'


def names(attributes: dict[str, Any], scope: str = "mine") -> tuple[list[str] | None, list[str] | None]:
    said = span(attributes, scope=scope)
    given_, made = observation_io(said)
    keys = key_set_of(said.attributes)
    return tool_names_of(said, keys, given_), tool_call_names_of(said, keys, made)


@pytest.mark.parametrize(
    ("scope", "attributes"),
    [
        ("mine", {"gen_ai.tool.definitions": f"[{FLAT}]"}),
        ("ai", {"ai.prompt.messages": "[]", "ai.prompt.tools": [FLAT, "no definition"]}),
        ("mlflow", {"mlflow.chat.tools": f"[{FUNCTION}]", "mlflow.spanInputs": "{}"}),
        ("openinference", {"llm.tools.0.tool.json_schema": FUNCTION, "input.value": "hi"}),
        (
            "openllmetry",
            {"llm.request.functions.0.name": "weather", "llm.request.functions.0.parameters": "{}"},
        ),
        ("genkit-tracer", {"genkit:input": '{"messages":[],"tools":[{"name":"weather"}]}'}),
        ("pydantic-ai", {"model_request_parameters": '{"function_tools":[{"name":"weather"}]}'}),
        ("logfire.openai", {"request_data": '{"messages":[],"tools":[' + FUNCTION + "]}"}),
        ("livekit-agents", {"lk.function_tools": ["weather"], "lk.chat_ctx": "{}"}),
        ("langfuse-sdk", {"langfuse.observation.input": '{"messages":[],"tools":[' + FUNCTION + "]}"}),
    ],
)
def test_offers(scope: str, attributes: dict[str, Any]) -> None:
    assert names(attributes, scope) == (["weather"], None)


@pytest.mark.parametrize(
    ("scope", "attributes"),
    [
        (
            "ai",
            {"ai.response.text": "x", "ai.response.toolCalls": '[{"toolName":"weather","toolCallId":"c"}]'},
        ),
        (
            "openllmetry",
            {"gen_ai.completion.0.tool_calls.0.name": "weather", "gen_ai.completion.0.role": "assistant"},
        ),
        (
            "openinference",
            {
                "output.value": "text",
                "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "weather",
            },
        ),
        ("livekit-agents", {"lk.response.function_calls": ['{"name":"weather","call_id":"c"}']}),
        (
            "mine",
            {
                "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"tool_call","name":"weather"}]}]'
            },
        ),
        (
            "langfuse-sdk",
            {
                "langfuse.observation.output": "done",
                "gen_ai.output.messages": '[{"role":"assistant","tool_calls":[{"name":"weather"}]}]',
            },
        ),
    ],
)
def test_calls(scope: str, attributes: dict[str, Any]) -> None:
    assert names(attributes, scope) == (None, ["weather"])


def test_a_plain_span() -> None:
    assert names({"http.method": "GET"}) == (None, None)


KEYS = st.sampled_from(
    [
        *(*DEFINITIONS, *REQUESTS, *RESPONSES, "lk.function_tools", "input", "output"),
        *("llm.tools.0.tool.json_schema", "llm.tools.0", "llm.tools", "llm.request.functions.0.name"),
        *("llm.output_messages.0.message.tool_calls.0", "gen_ai.completion.0"),
    ]
)


@given(st.dictionaries(KEYS, VALUES, max_size=6), st.sampled_from(["mine", "ai", "genkit-tracer"]))
@settings(max_examples=300, deadline=None)
def test_whatever_is_sent(attributes: dict[str, Any], scope: str) -> None:
    for found in names(attributes, scope):
        assert found is None or all(found)
