"""OpenTelemetry's own words for chats in, messages with their system instructions out."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import DecodeError

from tracing.wire.otel.io.values import Found, elements, found, json_of, members, text_of
from tracing.wire.otel.spans import Attributes, Span

INPUT, OUTPUT = "gen_ai.input.messages", "gen_ai.output.messages"
INSTRUCTIONS = "gen_ai.system_instructions"
ARGUMENTS, RESULT = "gen_ai.tool.call.arguments", "gen_ai.tool.call.result"
KEYS = (INPUT, OUTPUT, INSTRUCTIONS, ARGUMENTS, RESULT)

DETAILS = "gen_ai.client.inference.operation.details"
ROLES = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant", "tool")}
CHOICE = "gen_ai.choice"

PYDANTIC_MESSAGES, PYDANTIC_RESULT = "pydantic_ai.all_messages", "final_result"


class _Message(msgspec.Struct, gc=False):
    role: Any = None


def chat(attributes: Attributes) -> Found | None:
    """Return the messages of a call of a model, or what a tool was called with and answered."""
    given = with_instructions(attributes.get(INPUT), attributes.get(INSTRUCTIONS))
    return found(given, attributes.get(OUTPUT)) or found(attributes.get(ARGUMENTS), attributes.get(RESULT))


def chat_of_span(span: Span) -> Found | None:
    return chat(span.attributes)


def chat_of_details(span: Span) -> Found | None:
    """Return the messages of the span event that holds them where the span's attributes shall stay small."""
    for event in span.events:
        if event.name == DETAILS and (pair := chat(event.attributes)):
            return pair
    return None


def chat_of_events(span: Span) -> Found | None:
    """Return the messages that came as one span event each."""
    if not span.events:
        return None
    given = [{"role": ROLES[event.name], **event.attributes} for event in span.events if event.name in ROLES]
    made = [event.attributes for event in span.events if event.name == CHOICE]
    return found(given or None, one_or_all(made))


def pydantic_ai(span: Span) -> Found | None:
    """Return the conversation of an agent's run and its result."""
    said = span.attributes
    given = with_instructions(said.get(PYDANTIC_MESSAGES), said.get(INSTRUCTIONS))
    return found(given, said.get(PYDANTIC_RESULT))


def one_or_all(values: list[Any]) -> Any:
    """Return the only value itself, several as a list, none as None."""
    return values[0] if len(values) == 1 else values or None


def with_instructions(messages: Any, instructions: Any) -> Any:
    """Return messages with the instructions as their first, unless one of them is a system message."""
    text = _text_of_parts(instructions)
    if messages is None or not text:
        return messages
    given = elements(messages)
    if not given or _has_system(given):
        return messages
    return [{"role": "system", "content": text}, *given]


def _text_of_parts(instructions: Any) -> str:
    if isinstance(instructions, str) and (
        instructions[:1] not in {"[", "{", '"'} or not json_of(instructions)
    ):
        return instructions
    parts = elements(instructions) or [instructions]
    texts = (text_of(part) or text_of(members(part).get("content")) for part in parts)
    return "\n".join(text for text in texts if text)


def _has_system(messages: Iterable[Any]) -> bool:
    for message in messages:
        try:
            if msgspec.json.decode(message, type=_Message).role == "system":
                return True
        except DecodeError:
            continue
    return False
