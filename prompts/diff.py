"""Two states of a prompt in, rows for a page that shows them side by side out: lines, with their words marked."""

import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Literal

CONTEXT = 3
"""Lines without a change that stay above and below one."""
MAX_LINES = 2_000
MAX_CHARACTERS = 200_000
"""What differs beyond these is told by its size alone: it takes too long to compare and to read."""
MAX_MESSAGES = 500
"""Of a chat, left and right; beyond them the messages are put beside each other by their place."""
MAX_WORDS = 1_000
"""Of a line; in a longer one the whole is marked."""
MAX_WORDS_IN_ALL = 20_000
LEAST_ALIKE = 0.3
"""Lines that have less in common are another text, not a changed one."""
PLACEHOLDER = "placeholder"

WORD = re.compile(r"\w+|\s+|[^\w\s]")

Kind = Literal["same", "changed", "added", "removed", "skipped"]


@dataclass(frozen=True, slots=True)
class State:
    """What a version, or what is to become one, consists of."""

    content: Any
    config: Any


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the left beside one of the right; None where a side has none. `skipped`: so many the same."""

    kind: Kind
    left: Line | None = None
    right: Line | None = None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A text, a message or the config. Without rows but with `too_long` it can't be compared here."""

    title: str
    kind: Kind
    rows: tuple[Row, ...] = ()
    too_long: bool = False
    left_size: int = 0
    right_size: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    sections: tuple[Section, ...]

    @property
    def is_same(self) -> bool:
        return all(section.kind == "same" for section in self.sections)


def compare(left: State, right: State, *, context: int | None = CONTEXT) -> Comparison:
    """Return what became of `left` in `right`: the text or message by message, then the config.

    `context` None shows every line that stayed as it was.
    """
    marker = _Marker()
    sections = list(_content_sections(left.content, right.content, context, marker))
    if left.config or right.config:
        sections.append(_section("Config", pretty(left.config), pretty(right.config), context, marker))
    return Comparison(tuple(sections))


def pretty(value: Any) -> str:
    """Return JSON as it is compared: indented, keys in order; nothing for an empty config."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) if value else ""


def _content_sections(left: Any, right: Any, context: int | None, marker: "_Marker") -> Iterator[Section]:
    if isinstance(left, str) and isinstance(right, str):
        yield _section("Text", left, right, context, marker)
        return
    for before, after in _paired(_messages(left), _messages(right)):
        role, text = before or ("", "")
        new_role, new_text = after or ("", "")
        title = " → ".join(dict.fromkeys(name for name in (role, new_role) if name))
        one = _section(title, text, new_text, context, marker)
        yield _with_kind(one, before, after)


def _with_kind(section: Section, before: object, after: object) -> Section:
    """Return a message's section; one that came, went or changed its role is not the same, whatever it says."""
    kind: Kind = section.kind
    if before is None:
        kind = "added"
    elif after is None:
        kind = "removed"
    elif before != after:
        kind = "changed"
    return Section(section.title, kind, section.rows, section.too_long, section.left_size, section.right_size)


Message = tuple[str, str]


def _messages(content: Any) -> list[Message]:
    if isinstance(content, str):
        return [("text", content)]
    return [
        (PLACEHOLDER, str(one.get("name", "")))
        if one.get("type") == PLACEHOLDER
        else (str(one.get("role", "")), str(one.get("content", "")))
        for one in content or ()
    ]


def _paired(
    left: Sequence[Message], right: Sequence[Message]
) -> Iterator[tuple[Message | None, Message | None]]:
    """Put equal messages beside each other, and what lies between them in its order."""
    head = _shared(left, right)
    tail = _shared(left[head:][::-1], right[head:][::-1])
    old, new = left[head : len(left) - tail], right[head : len(right) - tail]
    yield from zip(left[:head], right[:head], strict=True)
    if len(old) + len(new) > MAX_MESSAGES:
        yield from zip_longest(old, new)
    else:
        for _, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            yield from zip_longest(old[a:b], new[c:d])
    yield from zip(left[len(left) - tail :], right[len(right) - tail :], strict=True)


def _section(title: str, left: str, right: str, context: int | None, marker: "_Marker") -> Section:
    olds, news = _lines(left), _lines(right)
    head = _shared(olds, news)
    tail = _shared(olds[head:][::-1], news[head:][::-1])
    old, new = olds[head : len(olds) - tail], news[head : len(news) - tail]
    kind: Kind = "changed" if old or new else "same"
    stretches = list(_stretches(old, new))
    if _is_too_much(stretches):
        return Section(title, kind, too_long=True, left_size=len(left), right_size=len(right))
    rows = [
        *(_same(number, number, line) for number, line in enumerate(olds[:head], 1)),
        *_Differ(head, head, marker).rows(stretches),
        *(
            _same(len(olds) - tail + number, len(news) - tail + number, line)
            for number, line in enumerate(olds[len(olds) - tail :], 1)
        ),
    ]
    shown = tuple(rows if context is None else _folded(rows, context))
    return Section(title, kind, shown, left_size=len(left), right_size=len(right))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Lines of both sides that are compared with each other; `anchor`: the equal line after them."""

    old: Sequence[str]
    new: Sequence[str]
    anchor: str | None = None


def _stretches(old: Sequence[str], new: Sequence[str]) -> Iterator[_Stretch]:
    """Cut long texts at lines that both have once and in the same order: a few changes far apart are few lines."""
    if len(old) + len(new) <= MAX_LINES:
        yield _Stretch(old, new)
        return
    a = c = 0
    for i, j in _anchors(old, new):
        yield _Stretch(old[a:i], new[c:j], old[i])
        a, c = i + 1, j + 1
    yield _Stretch(old[a:], new[c:])


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the longest rising run of positions of lines that occur once on each side."""
    places = {line: index for index, line in enumerate(new)}
    once, once_new = Counter(old), Counter(new)
    pairs = [(i, places[line]) for i, line in enumerate(old) if once[line] == once_new[line] == 1]
    ends: list[int] = []
    runs: list[tuple[int, int]] = []
    before: dict[int, tuple[int, int]] = {}
    for i, j in pairs:
        length = bisect_left(ends, j)
        if length:
            before[i] = runs[length - 1]
        ends[length : length + 1], runs[length : length + 1] = [j], [(i, j)]
    found = [runs[-1]] if runs else []
    while found and found[-1][0] in before:
        found.append(before[found[-1][0]])
    return found[::-1]


def _is_too_much(stretches: Iterable[_Stretch]) -> bool:
    differing = [(one.old, one.new) for one in stretches]
    lines = sum(len(old) + len(new) for old, new in differing)
    return lines > MAX_LINES or sum(_size(old) + _size(new) for old, new in differing) > MAX_CHARACTERS


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []


def _size(lines: Iterable[str]) -> int:
    return sum(map(len, lines))


def _shared(left: Sequence[object], right: Sequence[object]) -> int:
    """Return how many elements both begin with."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(left), len(right)))


def _same(left: int, right: int, text: str) -> Row:
    pieces = (Piece(text),)
    return Row("same", Line(left, pieces), Line(right, pieces))


@dataclass(slots=True)
class _Marker:
    """Marks the words of lines; stops when there were too many in one comparison."""

    words: int = 0

    def marked(self, left: str, right: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
        old, new = WORD.findall(left), WORD.findall(right)
        count = len(old) + len(new)
        self.words += count
        if count > MAX_WORDS or self.words > MAX_WORDS_IN_ALL:
            return (Piece(left),), (Piece(right),)
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        if matcher.ratio() < LEAST_ALIKE:
            return (Piece(left),), (Piece(right),)
        ops = matcher.get_opcodes()
        return (
            tuple(Piece("".join(old[a:b]), tag != "equal") for tag, a, b, _, _ in ops if b > a),
            tuple(Piece("".join(new[c:d]), tag != "equal") for tag, _, _, c, d in ops if d > c),
        )


@dataclass(slots=True)
class _Differ:
    """Compares lines after `left` and `right` others."""

    left: int
    right: int
    marker: _Marker

    def rows(self, stretches: Iterable[_Stretch]) -> Iterator[Row]:
        for one in stretches:
            yield from self._rows(one.old, one.new)
            self.left, self.right = self.left + len(one.old), self.right + len(one.new)
            if one.anchor is not None:
                self.left, self.right = self.left + 1, self.right + 1
                yield _same(self.left, self.right, one.anchor)

    def _rows(self, old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
        for tag, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
            if tag == "equal":
                pairs = zip(range(a, b), range(c, d), strict=True)
                yield from (_same(self.left + i + 1, self.right + j + 1, old[i]) for i, j in pairs)
                continue
            for i, j in zip_longest(range(a, b), range(c, d)):
                yield self._row(i, j, old, new)

    def _row(self, i: int | None, j: int | None, old: Sequence[str], new: Sequence[str]) -> Row:
        if i is None or j is None:
            return Row(
                "added" if i is None else "removed",
                None if i is None else Line(self.left + i + 1, (Piece(old[i]),)),
                None if j is None else Line(self.right + j + 1, (Piece(new[j]),)),
            )
        left, right = self.marker.marked(old[i], new[j])
        return Row("changed", Line(self.left + i + 1, left), Line(self.right + j + 1, right))


def _folded(rows: Sequence[Row], context: int) -> Iterator[Row]:
    """Put one row for the lines that are the same and far from every change."""
    near: set[int] = set()
    for index, row in enumerate(rows):
        if row.kind != "same":
            near.update(range(index - context, index + context + 1))
    hidden = 0
    for index, row in enumerate(rows):
        if index not in near:
            hidden += 1
            continue
        if hidden:
            yield Row("skipped", skipped=hidden)
        hidden = 0
        yield row
    if hidden:
        yield Row("skipped", skipped=hidden)
