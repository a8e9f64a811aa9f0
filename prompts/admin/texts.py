"""A prompt's content in, what a page tells of it out: variables, placeholders, size; plain Python."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prompts.composition import TAG
from prompts.wire import VARIABLE

PARTS = re.compile(f"({TAG.pattern}|{VARIABLE.pattern})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Names:
    """What a content asks for when it is compiled, each once and in the order of the text."""

    variables: tuple[str, ...]
    placeholders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat, or one placeholder, or the one text of a text prompt, as rows of a page."""

    kind: str
    role: str
    content: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `kind` is `text`, `variable` or `tag`."""

    kind: str
    text: str


def names_of(content: Any) -> Names:
    """Return the variables and placeholders of a text or chat."""
    messages = messages_of(content)
    variables = [name for message in messages for name in VARIABLE.findall(message.content)]
    placeholders = [message.name for message in messages if message.kind == "placeholder"]
    return Names(tuple(dict.fromkeys(variables)), tuple(dict.fromkeys(placeholders)))


def messages_of(content: Any) -> list[Message]:
    """Return the rows of a content, whatever an import or an old client has stored in it."""
    if not isinstance(content, list):
        return [Message("text", "", content if isinstance(content, str) else str(content))]
    return [_message(one) for one in content]


def pieces_of(text: str) -> Iterator[Piece]:
    """Yield the text in pieces, so that a page can mark its variables and the prompts it is composed of."""
    end = 0
    for match in PARTS.finditer(text):
        if match.start() > end:
            yield Piece("text", text[end : match.start()])
        yield Piece("tag" if match[0].startswith("@@@") else "variable", match[0])
        end = match.end()
    if end < len(text):
        yield Piece("text", text[end:])


def _message(one: Any) -> Message:
    if not isinstance(one, dict):
        return Message("message", "", str(one))
    if one.get("type") == "placeholder":
        return Message("placeholder", "", "", str(one.get("name", "")))
    return Message("message", str(one.get("role", "")), str(one.get("content", "")))
