"""A version's content in; what a page shows of it out: messages in pieces, variables and other prompts marked."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from prompts.composition import TAG, Tag, tags_of
from prompts.wire import VARIABLE

MAX_SHOWN = 100_000
"""Characters of a version on a page; the whole is a click away."""
MAX_MESSAGES = 500
MAX_NAMES = 100
"""Variables on a page."""
PARTS = re.compile(rf"(?P<tag>{TAG.pattern})|(?P<variable>{VARIABLE.pattern})", re.DOTALL)

Kind = Literal["text", "variable", "tag", "part"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message: a tag as it is written, or the part that stands for it, with pieces of its own."""

    kind: Kind
    text: str = ""
    tag: Tag | None = None
    link: str = ""
    inner: tuple["Piece", ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a chat; without a role the text itself; a placeholder has its name alone."""

    role: str
    pieces: tuple[Piece, ...]
    size: int
    is_cut: bool = False
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """A content with other prompts in the places of their tags, and the text that each tag stands for."""

    content: Any
    parts: Mapping[Tag, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """`left_out`: messages beyond what a page holds. `variables` without those beyond `MAX_NAMES`."""

    messages: tuple[Message, ...]
    left_out: int
    size: int
    variables: tuple[str, ...]
    more_variables: int
    placeholders: tuple[str, ...]

    @property
    def is_cut(self) -> bool:
        return self.left_out > 0 or any(message.is_cut for message in self.messages)


LinkOf = Callable[[Tag], str]


def no_link(tag: Tag) -> str:
    return ""


def show(content: Any, composed: Composed | None = None, *, link_of: LinkOf = no_link) -> Shown:
    """Return what a page shows of a text or a chat: as it is written, or composed of its parts."""
    written = _messages(content)
    whole = _messages(composed.content) if composed else written
    page = _Page(composed.parts if composed else {}, link_of)
    shown = []
    for message, final in zip(written[:MAX_MESSAGES], whole, strict=False):
        if page.room <= 0:
            break
        shown.append(page.message(message, size=len(final.get("content", ""))))
    names = variables_of(whole)
    return Shown(
        messages=tuple(shown),
        left_out=len(written) - len(shown),
        size=sum(len(message.get("content", "")) for message in whole),
        variables=names[:MAX_NAMES],
        more_variables=max(0, len(names) - MAX_NAMES),
        placeholders=tuple(dict.fromkeys(one["name"] for one in written if _is_placeholder(one))),
    )


def variables_of(messages: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Return the names that a client fills in, in the order in which they come."""
    texts = (message.get("content", "") for message in messages)
    return tuple(dict.fromkeys(name for text in texts for name in VARIABLE.findall(text)))


def whole_text(value: Any) -> str:
    """Return a text as it is, anything else as JSON: what a page leaves out."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _messages(content: Any) -> Sequence[dict[str, Any]]:
    return [{"role": "", "content": content}] if isinstance(content, str) else content


def _is_placeholder(message: dict[str, Any]) -> bool:
    return message.get("type") == "placeholder"


@dataclass(slots=True)
class _Page:
    """Takes texts as long as there is room for them."""

    parts: Mapping[Tag, str]
    link_of: LinkOf
    room: int = field(default=MAX_SHOWN)

    def message(self, message: dict[str, Any], *, size: int) -> Message:
        if _is_placeholder(message):
            return Message("placeholder", (), 0, placeholder=message["name"])
        before = self.room
        pieces = tuple(self.pieces(message.get("content", ""), self.parts))
        return Message(message.get("role", ""), pieces, size, is_cut=before - self.room < size)

    def pieces(self, text: str, parts: Mapping[Tag, str]) -> Iterator[Piece]:
        end = 0
        for match in PARTS.finditer(text):
            tag = next(iter(tags_of(match[0])), None) if match["tag"] else None
            if match["tag"] and tag is None:
                continue
            if match.start() > end:
                yield Piece("text", self._take(text[end : match.start()]))
            if self.room <= 0:
                return
            yield self._marked(match[0], tag, parts)
            end = match.end()
        if end < len(text) and self.room > 0:
            yield Piece("text", self._take(text[end:]))

    def _marked(self, text: str, tag: Tag | None, parts: Mapping[Tag, str]) -> Piece:
        if tag is None:
            return Piece("variable", self._take(text))
        if tag not in parts:
            return Piece("tag", self._take(text), tag, self.link_of(tag))
        # What looks like a tag inside a part was put together by chance: it is text to the API too.
        return Piece("part", "", tag, self.link_of(tag), tuple(self.pieces(parts[tag], {})))

    def _take(self, text: str) -> str:
        taken = text[: self.room]
        self.room -= len(taken)
        return taken
