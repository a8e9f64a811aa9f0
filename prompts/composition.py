"""A prompt's content in, the tags in it that name other prompts out; texts put where the tags stand."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

MARK = "@@@langfusePrompt:"
MAX_NUMBER = 2**31 - 1

# In two steps, so that no text makes the search start again from every mark.
TAG = re.compile(r"@@@langfusePrompt:(.*?)@@@", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tag:
    """A prompt named by version or by label; of `number` and `label`, one is None."""

    name: str
    number: int | None = None
    label: str | None = None

    def __str__(self) -> str:
        selector = f"with label '{self.label}'" if self.number is None else f"version {self.number}"
        return f"'{self.name}' {selector}"


def tags_of(content: Any) -> tuple[Tag, ...]:
    """Return the tags in a content, each once; what only looks like a tag is text."""
    return tuple(dict.fromkeys(tag for text in _texts(content) for tag in _tags_in(text)))


def replaced(content: Any, text_of: Callable[[Tag], str]) -> Any:
    """Return the content with each tag's text in its place; messages keep their form."""
    if isinstance(content, str):
        return _replaced_in(content, text_of)
    return [
        {**message, "content": _replaced_in(message["content"], text_of)} if "content" in message else message
        for message in content
    ]


def _texts(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [message["content"] for message in content if "content" in message]


def _tags_in(text: str) -> Iterator[Tag]:
    if MARK not in text:
        return
    for match in TAG.finditer(text):
        tag = _read(match[1])
        if tag is not None:
            yield tag


def _replaced_in(text: str, text_of: Callable[[Tag], str]) -> str:
    def put(match: re.Match[str]) -> str:
        tag = _read(match[1])
        return match[0] if tag is None else text_of(tag)

    return TAG.sub(put, text) if MARK in text else text


def _read(inner: str) -> Tag | None:
    named, _, selector = inner.partition("|")
    key, equals, name = named.partition("=")
    kind, _, value = selector.partition("=")
    if key != "name" or not equals or not name or not value or "|" in value:
        return None
    if kind == "label":
        return Tag(name, label=value)
    if kind != "version" or not value.isascii() or not value.isdecimal() or len(value) > 10:
        return None
    number = int(value)
    return Tag(name, number=number) if number <= MAX_NUMBER else None
