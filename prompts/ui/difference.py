"""Two versions of a prompt in; the page that shows them side by side out, within what a page can hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from prompts.content import whole_text
from prompts.diff import CONTEXT, Section, State, compare
from prompts.models import Prompt, PromptVersion
from prompts.queries import labels_of
from prompts.screens import names_of
from prompts.ui.links import Address, prompt_address

MAX_NUMBERS = 1_000
"""Versions among which the page lets one choose."""
MAX_WHOLE = 500_000
"""Characters of both versions, up to which every line can be shown."""
MAX_SECTIONS = 200
"""Messages that differ, on the page."""


@dataclass(frozen=True, slots=True)
class Side:
    version: PromptVersion
    labels: list[str]
    editor: str | None
    link: str


@dataclass(frozen=True, slots=True)
class Block:
    """A section; where `same` is more than 0, the first of so many in a row that are the same."""

    section: Section
    same: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """`left_out`: blocks beyond what a page holds; `toggle` empty: every line would be too many."""

    address: Address
    sides: tuple[Side, Side]
    blocks: list[Block]
    left_out: int
    is_same: bool
    is_whole: bool
    toggle: str
    swap: str
    numbers: list[int]


def difference_of(prompt: Prompt, left: PromptVersion, right: PromptVersion, *, is_whole: bool) -> Difference:
    """Return what became of one version in another; `is_whole`: lines and messages that stayed as well."""
    address = prompt_address(prompt.project_id, prompt.name)
    fits = _size(left) + _size(right) <= MAX_WHOLE
    is_whole = is_whole and fits
    compared = compare(_state(left), _state(right), context=None if is_whole else CONTEXT)
    blocks = list(_blocks(compared.sections, is_whole=is_whole))
    numbers = prompt.versions.order_by("-version").values_list("version", flat=True)[:MAX_NUMBERS]
    here = {"from_": left.version, "to": right.version}
    return Difference(
        address=address,
        sides=_sides(left, right, address),
        blocks=blocks[:MAX_SECTIONS],
        left_out=max(0, len(blocks) - MAX_SECTIONS),
        is_same=compared.is_same,
        is_whole=is_whole,
        toggle=address.to(**here, whole=None if is_whole else 1) if fits else "",
        swap=address.to(from_=right.version, to=left.version, whole=1 if is_whole else None),
        numbers=sorted({*numbers, left.version, right.version}, reverse=True),
    )


def _state(version: PromptVersion) -> State:
    return State(version.content, version.config)


def _size(version: PromptVersion) -> int:
    return len(whole_text(version.content)) + len(whole_text(version.config))


def _sides(left: PromptVersion, right: PromptVersion, address: Address) -> tuple[Side, Side]:
    editors = names_of([left.created_by, right.created_by])

    def side(version: PromptVersion) -> Side:
        editor = editors.get(version.created_by)
        return Side(version, labels_of(version), editor, address.to(version=version.version))

    return side(left), side(right)


def _blocks(sections: Sequence[Section], *, is_whole: bool) -> Iterator[Block]:
    for is_same, run in groupby(sections, key=lambda section: section.kind == "same" and not is_whole):
        if is_same:
            first, *others = run
            yield Block(first, 1 + len(others))
        else:
            yield from map(Block, run)
