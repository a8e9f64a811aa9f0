"""A span and its payloads in, the names of the tools that it offers or calls out."""

from typing import Any

from tracing.wire import tools
from tracing.wire.otel.io.dotted import nested
from tracing.wire.otel.keys import KeySet, looks_at
from tracing.wire.otel.spans import Attributes, Span
from tracing.wire.payloads import Payload

DEFINITIONS = ("gen_ai.tool.definitions", "ai.prompt.tools", "mlflow.chat.tools", "gen_ai.agent.tools")
"""Attributes that are lists of definitions, as JSON or as a list of JSON texts."""

REQUESTS = ("genkit:input", "model_request_parameters", "request_data", "llm.invocation_parameters")
"""Attributes that are a model's request, of which the input may be but a part."""

DEFINITION_PREFIXES = ("llm.request.functions", "llm.tools")
"""Of Traceloop's OpenLLMetry and of OpenInference."""
LIVEKIT = "lk.function_tools"

RESPONSES = ("ai.response.toolCalls", "gen_ai.output.messages", "genkit:output", "lk.response.function_calls")
RESPONSE_PREFIXES = ("llm.output_messages", "gen_ai.completion")


MENTIONS = ("tool", "func", "\\u")
"""Words of which one is in every key or text by which an offer or a call is told, or may be, escaped."""

OFFERS = looks_at(*DEFINITIONS, *REQUESTS, LIVEKIT, prefixes=DEFINITION_PREFIXES)
CALLS = looks_at(*RESPONSES, prefixes=RESPONSE_PREFIXES)


def tool_names_of(span: Span, keys: KeySet, input: Payload | None) -> list[str] | None:  # noqa: A002
    """Return the names of the tools that a span offers to a model, each once; None where it offers none."""
    return tools.tool_names_of(input) or (_offered(span.attributes, keys) if keys.have(OFFERS) else None)


def tool_call_names_of(span: Span, keys: KeySet, output: Payload | None) -> list[str] | None:
    """Return the names of the tools that a model called, in order; None where it called none."""
    return tools.tool_call_names_of(output) or (_called(span.attributes, keys) if keys.have(CALLS) else None)


def _offered(said: Attributes, keys: KeySet) -> list[str] | None:
    for key in DEFINITIONS:
        if key in said and (names := tools.defined(_value(said[key]))):
            return names
    for key in REQUESTS:
        if key in said and _mentions_tools(said[key]) and (names := tools.offered(_value(said[key]))):
            return names
    if LIVEKIT in said:
        return _plain_names(said[LIVEKIT])
    parts = {key: said[key] for key in keys.starting(DEFINITION_PREFIXES)}
    for prefix in DEFINITION_PREFIXES if parts else ():
        if names := tools.defined(_definitions(nested(parts, prefix))):
            return names
    return None


def _mentions_tools(value: Any) -> bool:
    """Return false for texts with none of the words that each request or answer with tools has, spelled out."""
    return not isinstance(value, str) or any(word in value for word in MENTIONS)


def _definitions(parts: Any) -> list[Any]:
    """Return definitions that came one by one: by their name, or by the schema of OpenInference."""
    parts = parts if isinstance(parts, list) else []
    unwrapped = [part.get("tool", part) if isinstance(part, dict) else part for part in parts]
    return [part.get("json_schema", part) if isinstance(part, dict) else part for part in unwrapped]


def _plain_names(value: Any) -> list[str] | None:
    names = value if isinstance(value, list) else []
    return tools.defined([{"name": name} for name in names])


def _called(said: Attributes, keys: KeySet) -> list[str] | None:
    for key in RESPONSES:
        if key in said and (names := tools.called(_calls(_value(said[key])))):
            return names
    parts = {key: said[key] for key in keys.starting(RESPONSE_PREFIXES)}
    if not any(_mentions_tools(key) or _mentions_tools(value) for key, value in parts.items()):
        return None
    for prefix in RESPONSE_PREFIXES:
        if names := tools.called(nested(parts, prefix)):
            return names
    return None


def _calls(value: Any) -> Any:
    """Return a list of nothing but calls as a message of them."""
    is_calls = isinstance(value, list) and all(
        isinstance(call, dict) and "role" not in call for call in value
    )
    return {"tool_calls": value} if is_calls else value


def _value(attribute: Any) -> Any:
    if isinstance(attribute, str):
        return tools.decoded(attribute)
    if isinstance(attribute, list):
        return [tools.decoded(each) if isinstance(each, str) else each for each in attribute]
    return None
