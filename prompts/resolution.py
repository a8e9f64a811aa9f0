"""A version's content in, the same with the prompts that it is composed of in their places out, and the graph."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from langfuse_site.lib.ids import key_of
from prompts.composition import Tag, replaced, tags_of
from prompts.models import PromptVersion

MAX_DEPTH = 5
MAX_RESOLVED_CHARACTERS = 4_000_000
"""A prompt that names another ten times, which names the next ten times, and so on, would fill any memory."""

FIND_PARTS = """
select t.ordinal, v.id, p.name, v.version, case p.type when 'text' then v.content::text end
  from unnest(%s::text[], %s::int[], %s::text[]) with ordinality as t (name_key, number, label, ordinal)
  join prompts as p on p.project_id = %s and p.name_key = t.name_key
  left join prompt_labels as l on l.prompt_id = p.id and l.label = t.label
  join prompt_versions as v on v.prompt_id = p.id and (v.version = t.number or v.id = l.version_id)
"""


class CannotResolve(Exception):
    """A prompt that can't be composed; says why. `by_labels`: labels lead there, where one may move."""

    by_labels = False


class MissingPart(CannotResolve):
    """There is no such text to compose a prompt of."""


@dataclass(frozen=True, slots=True)
class Part:
    """A version that others are composed of."""

    id: str
    name: str
    number: int
    text: str
    tags: tuple[Tag, ...]

    def shape(self) -> dict[str, Any]:
        return {"name": self.name, "version": self.number, "id": self.id}


@dataclass(frozen=True, slots=True)
class Resolved:
    """`graph` as the API's `resolutionGraph`; None: the content names no other prompt.

    `parts`: the versions that it is made of, at any depth; `texts`: what stands for each of its own tags.
    """

    content: Any
    graph: dict[str, Any] | None = None
    parts: Mapping[Tag, Part] = field(default_factory=dict)
    texts: Mapping[Tag, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Composer:
    """Composes each part once, however often it is named."""

    root_name: str
    parts: dict[Tag, Part]
    texts: dict[str, str] = field(default_factory=dict)
    heights: dict[str, int] = field(default_factory=dict)
    open: list[Part] = field(default_factory=list)

    def compose(self, content: Any, tags: Sequence[Tag]) -> Any:
        size = 0

        def text_of(tag: Tag) -> str:
            nonlocal size
            text = self.texts[self.parts[tag].id]
            size += len(text)
            if size > MAX_RESOLVED_CHARACTERS:
                raise CannotResolve(f"The prompt grows beyond {MAX_RESOLVED_CHARACTERS:,} characters")
            return text

        for tag in tags:
            self._close(self.parts[tag])
        return replaced(content, text_of)

    def height(self, tags: Sequence[Tag]) -> int:
        return max((self.heights[self.parts[tag].id] for tag in tags), default=0) + 1

    def _close(self, part: Part) -> None:
        if part.name == self.root_name or part in self.open:
            path = [self.root_name, *(one.name for one in self.open), part.name]
            raise CannotResolve(f"Circular dependency: {' → '.join(path)}")
        if part.id in self.texts:
            return
        if len(self.open) >= MAX_DEPTH:
            raise _too_deep()
        self.open.append(part)
        text = self.compose(part.text, part.tags)
        self.open.pop()
        self.texts[part.id], self.heights[part.id] = text, self.height(part.tags)


def resolve_version(project_id: str, version: PromptVersion) -> Resolved:
    """Return what `resolve` makes of a version."""
    name, number = version.prompt.name, version.version
    return resolve(project_id, version_id=version.pk, name=name, number=number, content=version.content)


def resolve(project_id: str, *, version_id: str, name: str, number: int, content: Any) -> Resolved:
    """Return a version's content composed; labels are followed to where they point now.

    Raises CannotResolve for a prompt that is missing or a chat, a circle, and what gets too deep or long.
    """
    tags = tags_of(content)
    if not tags:
        return Resolved(content)
    parts: dict[Tag, Part] = {}
    composer = _Composer(name, parts)
    try:
        _load(project_id, tags, parts)
        composed = composer.compose(content, tags)
        if composer.height(tags) > MAX_DEPTH + 1:
            raise _too_deep()
    except CannotResolve as error:
        error.by_labels = any(tag.label is not None for tag in parts)
        raise
    root = Part(version_id, name, number, "", tags)
    texts = {tag: composer.texts[parts[tag].id] for tag in tags}
    return Resolved(composed, _graph(root, parts), parts, texts)


def _load(project_id: str, tags: Sequence[Tag], parts: dict[Tag, Part]) -> None:
    """Add all that the tags lead to, one statement a level."""
    level = list(tags)
    for _ in range(MAX_DEPTH):
        found = _find(project_id, level)
        for tag in level:
            if tag not in found:
                raise MissingPart(f"Prompt dependency not found: {tag}")
        parts |= found
        level = list(dict.fromkeys(t for part in found.values() for t in part.tags if t not in parts))
        if not level:
            return
    raise _too_deep()


def _find(project_id: str, tags: Sequence[Tag]) -> dict[Tag, Part]:
    keys, numbers = [key_of(tag.name) for tag in tags], [tag.number for tag in tags]
    with connection.cursor() as cursor:
        cursor.execute(FIND_PARTS, [keys, numbers, [tag.label for tag in tags], project_id])
        rows = cursor.fetchall()
    found: dict[Tag, Part] = {}
    for ordinal, version_id, name, number, text in rows:
        tag = tags[ordinal - 1]
        if text is None:
            raise MissingPart(f"Prompt dependency is not a text prompt: {tag}")
        content = json.loads(text)
        found[tag] = Part(version_id, name, number, content, tags_of(content))
    return found


def _graph(root: Part, parts: dict[Tag, Part]) -> dict[str, Any]:
    composed = {part.id: part for part in (root, *parts.values()) if part.tags}
    return {
        "root": root.shape(),
        "dependencies": {
            part_id: [one.shape() for one in {parts[tag].id: parts[tag] for tag in part.tags}.values()]
            for part_id, part in composed.items()
        },
    }


def _too_deep() -> CannotResolve:
    return CannotResolve(f"Prompts are nested more than {MAX_DEPTH} levels deep")
