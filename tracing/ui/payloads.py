"""The text of an input or output in; what a page shows of it out: chat messages, indented JSON, or text."""

from dataclasses import dataclass
from typing import Any

import msgspec

from langfuse_site.lib.exact_json import exact_dumps, exact_loads
from tracing.models.traces import PayloadForm

MAX_SHOWN = 100_000
"""Characters of one payload on a page; the whole is a click away."""
MAX_MESSAGES = 200


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    text: str
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands below a heading; without messages the text alone."""

    text: str
    size: int
    messages: list[Message]

    @property
    def is_cut(self) -> bool:
        return len(self.text) > MAX_SHOWN

    @property
    def start(self) -> str:
        return self.text[:MAX_SHOWN]


def show(text: str | None, form: int) -> Shown | None:
    """Return what a page shows of a payload; None where there is none."""
    if text is None:
        return None
    if form == PayloadForm.TEXT or len(text) > 10 * MAX_SHOWN:
        return Shown(text, len(text), [])
    value = exact_loads(text)
    if isinstance(value, str):
        return Shown(value, len(text), [])
    return Shown(indented(text), len(text), _messages(value) if len(text) <= MAX_SHOWN else [])


def indented(json_text: str) -> str:
    """Return JSON with line breaks, its numbers as they were sent."""
    return msgspec.json.format(json_text, indent=2)


def _messages(value: Any) -> list[Message]:
    """Return the messages of a chat, in the shapes that the common SDKs send; none for anything else."""
    if isinstance(value, dict) and isinstance(value.get("messages"), list):
        value = value["messages"]
    if isinstance(value, dict) and "role" in value:
        value = [value]
    if not isinstance(value, list) or not 0 < len(value) <= MAX_MESSAGES:
        return []
    messages = [_message(one) for one in value]
    return [message for message in messages if message] if all(messages) else []


def _message(one: Any) -> Message | None:
    if not isinstance(one, dict) or not isinstance(one.get("role"), str):
        return None
    content = one.get("content")
    rest = {key: rest for key, rest in one.items() if key not in {"role", "content"} and rest is not None}
    if isinstance(content, str) and not rest:
        return Message(one["role"], content)
    if content is None and not rest:
        return Message(one["role"], "")
    shown = {"content": content, **rest} if content is not None else rest
    return Message(one["role"], indented(exact_dumps(shown)), is_json=True)
