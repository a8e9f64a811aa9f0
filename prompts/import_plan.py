"""Prompts read from files and a project in, what an import would change out, or why it can't be."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.audit import Author
from langfuse_site.lib.errors import ApiError
from langfuse_site.lib.ids import key_of
from prompts.files.documents import Problem, Problems, PromptDocument, VersionDocument
from prompts.models import Prompt, PromptLabel, PromptVersion
from prompts.rules import Rules, check_move, rules_of
from prompts.wire import LATEST, PRODUCTION

PROMPTS_AT_ONCE = 200
UNASKED = "it moves only when that is asked for"


@dataclass(frozen=True, slots=True)
class LabelChange:
    """A label that files have elsewhere. `held_back`: why it stays where it is; empty: it moves."""

    label: str
    before: int | None
    after: int
    held_back: str = ""


@dataclass(frozen=True, slots=True)
class PromptChange:
    """What files would change of a prompt; `prompt` None: there is none of that name. `tags`: before, after.

    `latest`: where that label goes with versions that are the newest.
    """

    document: PromptDocument
    prompt: Prompt | None
    added: tuple[VersionDocument, ...]
    labels: tuple[LabelChange, ...]
    latest: LabelChange | None
    tags: tuple[list[str], list[str]] | None

    @property
    def moving(self) -> list[LabelChange]:
        return [change for change in self.labels if not change.held_back]

    @property
    def is_same(self) -> bool:
        return self.prompt is not None and not (self.added or self.labels or self.tags)

    @property
    def writes(self) -> bool:
        return bool(self.prompt is None or self.added or self.moving or self.tags)

    def is_told(self, change: LabelChange) -> bool:
        """Say whether the history that comes along ends with this label where it is to be."""
        moves = [move for move in self.document.moves if move.label == change.label]
        return self.prompt is None and bool(moves) and moves[-1].to_number == change.after

    def seen(self) -> list[Any]:
        """Return what of it depends on the project and was shown, whatever of it was asked for."""
        labels = [[one.label, one.before, one.after] for one in self.labels]
        added = [version.number for version in self.added]
        return [self.document.name, self.prompt is None, added, labels, self.tags]


@dataclass(frozen=True, slots=True)
class Plan:
    """`same`: prompts that are as the files say. `notes`: what is odd and yet imported."""

    changes: tuple[PromptChange, ...]
    same: int
    notes: list[Problem] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not any(change.writes for change in self.changes)

    @property
    def unasked(self) -> list[str]:
        """Return the labels that would move if that were asked for, each once."""
        labels = (one for change in self.changes for one in change.labels)
        return sorted({one.label for one in labels if one.held_back == UNASKED})

    @property
    def fingerprint(self) -> str:
        """Return what is the same for the same files as long as the project is what it was."""
        seen = json.dumps([change.seen() for change in self.changes])
        return hashlib.sha256(seen.encode()).hexdigest()


def make_plan(
    project_id: str, documents: Sequence[PromptDocument], *, author: Author, asked: frozenset[str]
) -> Plan:
    """Return what differs. `asked`: labels that may move where others are served by them; raise InvalidFiles."""
    planner = _Planner(project_id, author, asked, rules_of(project_id))
    changes = [
        change
        for start in range(0, len(documents), PROMPTS_AT_ONCE)
        for change in planner.changes(documents[start : start + PROMPTS_AT_ONCE])
    ]
    planner.problems.end()
    different = tuple(change for change in changes if not change.is_same)
    return Plan(different, len(changes) - len(different))


@dataclass(frozen=True, slots=True)
class _Stored:
    """A prompt of the project. `states`: by number, what versions that files name consist of."""

    prompt: Prompt
    numbers: frozenset[int]
    states: dict[int, str]
    labels: dict[str, int]


@dataclass(slots=True)
class _Planner:
    project_id: str
    author: Author
    asked: frozenset[str]
    rules: Rules
    problems: Problems = field(default_factory=Problems)
    refusals: dict[tuple[str, bool], str] = field(default_factory=dict)

    def changes(self, documents: Sequence[PromptDocument]) -> Iterator[PromptChange]:
        stored = _stored(self.project_id, documents)
        for document in documents:
            yield self._change(document, stored.get(key_of(document.name)))

    def _change(self, document: PromptDocument, stored: _Stored | None) -> PromptChange:
        if stored is None and not document.versions:
            self.problems.add(
                document.source.problem("There is no version of this prompt, no v1.yaml", "name")
            )
        if stored is not None and stored.prompt.type != document.type:
            told = f"The prompt is a {stored.prompt.type} in the project, and prompts don't change their type"
            self.problems.add(document.source.problem(told, "type"))
        known = stored.states if stored else {}
        for version in document.versions:
            if version.number in known and known[version.number] != state_of(version):
                self.problems.add(_clash(version))
        labels = (self._label(document, stored, label, to) for label, to in document.labels.items())
        added = tuple(version for version in document.versions if version.number not in known)
        return PromptChange(
            document=document,
            prompt=stored.prompt if stored else None,
            added=added,
            labels=tuple(change for change in labels if change is not None),
            latest=_latest(added, stored),
            tags=_tags(document, stored),
        )

    def _label(
        self, document: PromptDocument, stored: _Stored | None, label: str, to: int
    ) -> LabelChange | None:
        before = stored.labels.get(label) if stored else None
        if before == to:
            return None
        if to not in (stored.numbers if stored else ()) and all(
            to != one.number for one in document.versions
        ):
            self.problems.add(document.source.problem(f"There is no version {to}", "labels", label))
        serves = label == PRODUCTION or label in self.rules.protected
        if stored is not None and serves and label not in self.asked:
            return LabelChange(label, before, to, UNASKED)
        refusal = self._refusal(label, is_held=before is not None)
        if refusal and label in self.asked:
            self.problems.add(document.source.problem(refusal, "labels", label))
        return LabelChange(label, before, to, refusal)

    def _refusal(self, label: str, *, is_held: bool) -> str:
        """Return why the author may not move a label; empty: they may."""
        key = (label, is_held)
        if key not in self.refusals:
            self.refusals[key] = ""
            try:
                check_move(self.rules, label, author=self.author, project_id=self.project_id, is_held=is_held)
            except ApiError as error:
                self.refusals[key] = error.message
        return self.refusals[key]


def state_of(version: VersionDocument | PromptVersion) -> str:
    """Return a text that is the same for versions that are the same."""
    state = [version.content, version.config, version.commit_message]
    return json.dumps(state, sort_keys=True, ensure_ascii=False)


def _stored(project_id: str, documents: Sequence[PromptDocument]) -> dict[str, _Stored]:
    """Return, by the keys of names, what the project has of these prompts."""
    keys = [key_of(document.name) for document in documents]
    prompts = list(Prompt.objects.filter(project_id=project_id, name_key__in=keys).select_related("project"))
    wanted = {version.number for document in documents for version in document.versions}
    versions = PromptVersion.objects.filter(prompt__in=prompts)
    numbers: dict[str, set[int]] = {prompt.pk: set() for prompt in prompts}
    for prompt_id, number in versions.values_list("prompt_id", "version"):
        numbers[prompt_id].add(number)
    states: dict[str, dict[int, str]] = {prompt.pk: {} for prompt in prompts}
    for version in versions.filter(version__in=wanted).iterator(chunk_size=50):
        states[version.prompt_id][version.version] = state_of(version)
    labels: dict[str, dict[str, int]] = {prompt.pk: {} for prompt in prompts}
    pointing = PromptLabel.objects.filter(prompt__in=prompts)
    for prompt_id, label, number in pointing.values_list("prompt_id", "label", "version__version"):
        labels[prompt_id][label] = number
    return {
        one.name_key: _Stored(one, frozenset(numbers[one.pk]), states[one.pk], labels[one.pk])
        for one in prompts
    }


def _clash(version: VersionDocument) -> Problem:
    told = f"Version {version.number} is another one in the project, and versions never change: give this one"
    return version.source.problem(f"{told} a number that is free", "prompt")


def _latest(added: Sequence[VersionDocument], stored: _Stored | None) -> LabelChange | None:
    newest = max((version.number for version in added), default=0)
    before = stored.labels.get(LATEST) if stored else None
    return LabelChange(LATEST, before, newest) if newest > (before or 0) else None


def _tags(document: PromptDocument, stored: _Stored | None) -> tuple[list[str], list[str]] | None:
    before, after = stored.prompt.tags if stored else [], document.tags
    return None if after is None or list(after) == before else (before, list(after))
