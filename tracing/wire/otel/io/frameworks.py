"""Conventions of single frameworks that are more than a key for the input and one for the output."""

from typing import Any

import msgspec
from msgspec import DecodeError, Raw

from tracing.wire.otel.io.messages import CHOICE, chat, one_or_all
from tracing.wire.otel.io.values import Found, elements, first_of, found, members, spliced
from tracing.wire.otel.spans import Span

GENKIT_INPUT, GENKIT_OUTPUT = "genkit:input", "genkit:output"

VERCEL_INPUT = ("ai.prompt.messages", "ai.prompt", "ai.toolCall.args")
VERCEL_TEXT, VERCEL_CALLS = "ai.response.text", "ai.response.toolCalls"
VERCEL_OUTPUT = (
    VERCEL_TEXT,
    "ai.result.text",
    "ai.toolCall.result",
    "ai.response.object",
    "ai.result.object",
    VERCEL_CALLS,
    "ai.result.toolCalls",
)

ADK_REQUEST, ADK_RESPONSE = "gcp.vertex.agent.llm_request", "gcp.vertex.agent.llm_response"
ADK_ARGUMENTS, ADK_RESULT = "gcp.vertex.agent.tool_call_args", "gcp.vertex.agent.tool_response"

LOGFIRE_EVENTS = "events"


class _LogfireEvent(msgspec.Struct, gc=False):
    name: Any = msgspec.field(name="event.name", default=None)


def genkit(span: Span) -> Found:
    """Return the messages of a request and the message of a response, or whatever else an action took and gave."""
    given, made = span.attributes.get(GENKIT_INPUT), span.attributes.get(GENKIT_OUTPUT)
    return members(given).get("messages", given), members(made).get("message", made)


def vercel(span: Span) -> Found:
    """Return a prompt and a response; a response of text and calls becomes one message."""
    said = span.attributes
    given = first_of(said, VERCEL_INPUT)
    text, calls = said.get(VERCEL_TEXT), said.get(VERCEL_CALLS)
    made: Any = next((value for key in VERCEL_OUTPUT if (value := said.get(key))), None)
    if text and calls:
        made = {"role": "assistant", "content": text, "tool_calls": spliced(calls)}
    if given is not None and made is not None:
        return given, made
    messages, answer = chat(said) or (None, None)
    return messages if given is None else given, answer if made is None else made


def adk(span: Span) -> Found | None:
    """Return a model's request and response, or a tool's: the side that a span is not about is `{}`."""
    said = span.attributes
    given, made = said.get(ADK_REQUEST), said.get(ADK_RESPONSE)
    return found(
        said.get(ADK_ARGUMENTS) if given in (None, "{}") else given,
        said.get(ADK_RESULT) if made in (None, "{}") else made,
    )


def logfire_events(span: Span) -> Found | None:
    """Return the messages of a list of events, and the choice among them."""
    given: list[Raw] = []
    made: list[Raw] = []
    for event in elements(span.attributes.get(LOGFIRE_EVENTS)):
        (made if _name(event) == CHOICE else given).append(event)
    return found(given or None, one_or_all(made))


def _name(event: Raw) -> Any:
    try:
        return msgspec.json.decode(event, type=_LogfireEvent).name
    except DecodeError:
        return None
