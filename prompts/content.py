"""A version's content in; what pages show of it out: its messages, in pieces or as rows, its names, its parts."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from prompts.composition import TAG, Tag, tags_of
from prompts.resolution import CannotResolve, Part, resolve
from prompts.wire import VARIABLE

MAX_SHOWN = 100_000
"""Characters of a version on a page; the whole is a click away."""
MAX_MESSAGES = 500
MAX_NAMES = 100
"""Variables that a page lists."""
MAX_MARKS = 2_000
"""Variables that a page marks within the text, the rest of them being text: 9,000 made 360 kB of page."""
PARTS = re.compile(rf"(?P<tag>{TAG.pattern})|(?P<variable>{VARIABLE.pattern})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat, or one placeholder, or the one text of a text prompt, as it is written."""

    kind: Literal["text", "message", "placeholder"]
    role: str = ""
    content: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message: a tag as it is written, or the part that stands for it, with pieces of its own."""

    kind: Literal["text", "variable", "tag", "part"]
    text: str = ""
    tag: Tag | None = None
    link: str = ""
    inner: tuple["Piece", ...] = ()


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as a page marks it; `size`: characters of all of it."""

    message: Message
    pieces: tuple[Piece, ...]
    size: int
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Composed:
    """A content with other prompts in the places of their tags; `problem`: why that can't be done now.

    `texts`: what stands for each tag of the content; `parts`: the versions that it is made of, at any depth.
    """

    content: Any = None
    texts: Mapping[Tag, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """What a client puts in, each once, in the order of the text; `more_variables`: beyond `MAX_NAMES`."""

    variables: tuple[str, ...]
    placeholders: tuple[str, ...]
    more_variables: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """`left_out`: messages beyond what a page holds; `unmarked`: variables in the text that are not marked."""

    messages: tuple[ShownMessage, ...]
    left_out: int
    size: int
    names: Names
    unmarked: int = 0

    @property
    def is_cut(self) -> bool:
        return self.left_out > 0 or any(message.is_cut for message in self.messages)


LinkOf = Callable[[Tag], str]


def no_link(tag: Tag) -> str:
    return ""


def compose(project_id: str, name: str, content: Any, *, number: int = 0) -> Composed | None:
    """Return the content of a prompt composed of its parts; None where it names no other prompt."""
    if not tags_of(content):
        return None
    try:
        resolved = resolve(project_id, version_id="", name=name, number=number, content=content)
    except CannotResolve as error:
        return Composed(problem=str(error))
    parts = {part.id: part for part in resolved.parts.values()}
    return Composed(resolved.content, resolved.texts, tuple(parts.values()))


def show(
    content: Any,
    composed: Composed | None = None,
    *,
    link_of: LinkOf = no_link,
    marks: float = MAX_MARKS,
) -> Shown:
    """Return what a page shows of a text or a chat: as it is written, or composed of its parts."""
    written = messages_of(content)
    whole = messages_of(final_content(content, composed))
    page = _Page(composed.texts if composed else {}, link_of, marks)
    shown = []
    for message, final in zip(written[:MAX_MESSAGES], whole, strict=False):
        if page.room <= 0:
            break
        shown.append(page.message(message, size=len(final.content)))
    return Shown(
        messages=tuple(shown),
        left_out=len(written) - len(shown),
        size=sum(len(message.content) for message in whole),
        names=_names(whole),
        unmarked=page.unmarked,
    )


def names_of(content: Any, composed: Composed | None = None, *, most: int | None = MAX_NAMES) -> Names:
    """Return the names that a client fills in: with those of the parts, where these are known."""
    return _names(messages_of(final_content(content, composed)), most)


def final_content(content: Any, composed: Composed | None) -> Any:
    """Return what clients get of a content: composed of its parts, where that can be done."""
    return composed.content if composed and not composed.problem else content


def messages_of(content: Any) -> list[Message]:
    """Return the messages of a content, whatever an import or an old client has stored in it."""
    if not isinstance(content, list):
        return [Message("text", content=content if isinstance(content, str) else str(content))]
    return [_message(one) for one in content]


def whole_text(value: Any) -> str:
    """Return a text as it is, anything else as JSON: what a page leaves out."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _message(one: Any) -> Message:
    if not isinstance(one, dict):
        return Message("message", content=str(one))
    if one.get("type") == "placeholder":
        return Message("placeholder", name=str(one.get("name", "")))
    return Message("message", str(one.get("role", "")), str(one.get("content", "")))


def _names(messages: Sequence[Message], most: int | None = MAX_NAMES) -> Names:
    variables = tuple(dict.fromkeys(name for one in messages for name in VARIABLE.findall(one.content)))
    placeholders = dict.fromkeys(one.name for one in messages if one.kind == "placeholder")
    listed = variables[:most]
    return Names(listed, tuple(placeholders), len(variables) - len(listed))


@dataclass(slots=True)
class _Page:
    """Takes texts as long as there is room for them."""

    texts: Mapping[Tag, str]
    link_of: LinkOf
    marks: float
    """Variables that may still be marked."""
    room: int = field(default=MAX_SHOWN)
    unmarked: int = 0

    def message(self, message: Message, *, size: int) -> ShownMessage:
        before = self.room
        pieces = tuple(self.pieces(message.content, self.texts))
        return ShownMessage(message, pieces, size, is_cut=before - self.room < size)

    def pieces(self, text: str, texts: Mapping[Tag, str]) -> Iterator[Piece]:
        end = 0
        for match in PARTS.finditer(text):
            tag = next(iter(tags_of(match[0])), None) if match["tag"] else None
            if (match["tag"] and tag is None) or (tag is None and not self._may_mark()):
                continue
            if match.start() > end:
                yield Piece("text", self._take(text[end : match.start()]))
            if self.room <= 0:
                return
            yield self._marked(match[0], tag, texts)
            end = match.end()
        if end < len(text) and self.room > 0:
            yield Piece("text", self._take(text[end:]))

    def _may_mark(self) -> bool:
        if self.marks <= 0:
            self.unmarked += 1
            return False
        self.marks -= 1
        return True

    def _marked(self, text: str, tag: Tag | None, texts: Mapping[Tag, str]) -> Piece:
        if tag is None:
            return Piece("variable", self._take(text))
        if tag not in texts:
            return Piece("tag", self._take(text), tag, self.link_of(tag))
        # What looks like a tag inside a part was put together by chance: it is text to the API too.
        return Piece("part", "", tag, self.link_of(tag), tuple(self.pieces(texts[tag], {})))

    def _take(self, text: str) -> str:
        taken = text[: self.room]
        self.room -= len(taken)
        return taken
