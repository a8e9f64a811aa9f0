"""What an import changes in, its rows out: prompts, versions, labels and history, some statements for all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import connection

from accounts.models import Actor, Membership, Project, User
from langfuse_site.lib.ids import key_of, new_id
from prompts.files.documents import MoveDocument, PromptDocument, VersionDocument
from prompts.import_plan import LabelChange, PromptChange
from prompts.models import Prompt, PromptDependency, PromptLabelMove, PromptVersion
from prompts.moves import Pointing, Why, point_all
from prompts.queries import with_all
from prompts.shapes import prompt_shape
from prompts.versions import BY_KEY, dependencies_of

ROWS_AT_ONCE = 200
IDS_AT_ONCE = 5_000

# Ids of prompts are unique in the installation: two imports that keep theirs take turns.
LOCK_IDS = "select pg_advisory_xact_lock(hashtext('prompts.import_rows'))"

Row = TypeVar("Row", Prompt, PromptVersion)
Place = tuple[str, int]
"""The name of a prompt and the number of a version."""


@dataclass(frozen=True, slots=True)
class People:
    """Whom files name. `strangers` have accounts here and are not of the organization: they stay unnamed."""

    members: frozenset[str]
    strangers: frozenset[str]


@dataclass(slots=True)
class Rows:
    """What an import has made. `labelled`: other versions that got labels, by id, as they were before."""

    prompts: dict[str, Prompt] = field(default_factory=dict)
    versions: dict[Place, PromptVersion] = field(default_factory=dict)
    labelled: dict[str, dict[str, object]] = field(default_factory=dict)


def write_rows(project: Project, changes: Sequence[PromptChange], why: Why, now: datetime) -> Rows:
    """Write the changes, which have been found right, and return what has been made."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_IDS)
    people = _people(project, changes, why)
    rows = Rows()
    _create_prompts(project, changes, now, rows)
    _create_versions(project, changes, _Makers(people, why, now), rows)
    _keep_history(changes, people, rows)
    _move_labels(changes, why, rows)
    _set_tags(changes)
    return rows


@dataclass(frozen=True, slots=True)
class _Makers:
    """Who makes versions, and when, where files do not say."""

    people: People
    why: Why
    now: datetime

    def creator(self, told: str | None) -> str:
        user = self.why.author.user
        if told and told not in self.people.strangers:
            return told
        return str(user.pk) if user else BY_KEY


def _create_prompts(project: Project, changes: Sequence[PromptChange], now: datetime, rows: Rows) -> None:
    documents = [change.document for change in changes if change.prompt is None]
    taken = _taken(Prompt, documents)
    made = [
        Prompt(
            id=_free(document, taken),
            project=project,
            name=document.name,
            name_key=key_of(document.name),
            type=document.type,
            tags=list(document.tags or ()),
        )
        for document in documents
    ]
    Prompt.objects.bulk_create(made, batch_size=ROWS_AT_ONCE)
    for prompt, document in zip(made, documents, strict=True):
        prompt.created_at = document.created_at or now
    Prompt.objects.bulk_update(made, ["created_at"], batch_size=ROWS_AT_ONCE)
    rows.prompts = {change.prompt.name: change.prompt for change in changes if change.prompt is not None}
    rows.prompts |= {prompt.name: prompt for prompt in made}


def _create_versions(project: Project, changes: Sequence[PromptChange], makers: _Makers, rows: Rows) -> None:
    taken = _taken(PromptVersion, [document for change in changes for document in change.added])
    for change in changes:
        for document in change.added:
            rows.versions[change.document.name, document.number] = PromptVersion(
                id=_free(document, taken),
                prompt=rows.prompts[change.document.name],
                version=document.number,
                content=document.content,
                config=document.config,
                commit_message=document.commit_message,
                created_by=makers.creator(document.created_by),
                created_at=document.created_at or makers.now,
                updated_at=makers.now,
            )
    PromptVersion.objects.bulk_create(rows.versions.values(), batch_size=ROWS_AT_ONCE)
    parts = (row for version in rows.versions.values() for row in dependencies_of(project.id, version))
    PromptDependency.objects.bulk_create(parts, batch_size=ROWS_AT_ONCE)


def _keep_history(changes: Sequence[PromptChange], people: People, rows: Rows) -> None:
    """Take over where labels of new prompts have been; a prompt of the project has a history of its own."""
    moves = (
        _told(rows, change.document.name, move, people)
        for change in changes
        if change.prompt is None
        for move in change.document.moves
    )
    PromptLabelMove.objects.bulk_create(moves, batch_size=ROWS_AT_ONCE)


def _told(rows: Rows, name: str, move: MoveDocument, people: People) -> PromptLabelMove:
    return PromptLabelMove(
        prompt=rows.prompts[name],
        label=move.label,
        from_version=rows.versions.get((name, move.from_number or 0)),
        from_number=move.from_number,
        to_version=rows.versions.get((name, move.to_number or 0)),
        to_number=move.to_number,
        cause=move.cause,
        reason=move.reason,
        actor=move.actor,
        user_id=move.user_id if move.user_id in people.members else None,
        api_key_id=move.api_key_id,
        created_at=move.at,
        is_imported=True,
    )


def _move_labels(changes: Sequence[PromptChange], why: Why, rows: Rows) -> None:
    moving = [
        (change, label)
        for change in changes
        for label in (*change.moving, *([change.latest] if change.latest else []))
    ]
    known = _known_versions(moving)
    versions = known | rows.versions
    for place in {(change.document.name, label.after) for change, label in moving} - rows.versions.keys():
        rows.labelled[versions[place].pk] = prompt_shape(versions[place])
    pointings = [
        Pointing(
            label.label,
            versions.get((change.document.name, label.before or 0)),
            versions[change.document.name, label.after],
            change.is_told(label),
        )
        for change, label in moving
    ]
    point_all(pointings, why)


def _known_versions(moving: Iterable[tuple[PromptChange, LabelChange]]) -> dict[Place, PromptVersion]:
    """Return the versions of the project that labels come from or go to."""
    prompts: set[str] = set()
    numbers: set[int] = set()
    for change, label in moving:
        if change.prompt is not None:
            prompts.add(change.prompt.pk)
            numbers.update({label.before or label.after, label.after})
    found = with_all(PromptVersion.objects.filter(prompt__in=prompts, version__in=numbers))
    return {(version.prompt.name, version.version): version for version in found}


def _set_tags(changes: Sequence[PromptChange]) -> None:
    tagged = []
    for change in changes:
        if change.prompt is not None and change.tags is not None:
            change.prompt.tags = change.tags[1]
            tagged.append(change.prompt)
    Prompt.objects.bulk_update(tagged, ["tags"], batch_size=ROWS_AT_ONCE)


def _people(project: Project, changes: Sequence[PromptChange], why: Why) -> People:
    named = {one.created_by for change in changes for one in change.added}
    named |= {move.user_id for change in changes if change.prompt is None for move in change.document.moves}
    known = frozenset(User.objects.filter(pk__in=named - {None}).values_list("pk", flat=True))
    if why.author.type == Actor.SYSTEM:
        return People(known, frozenset())
    members = Membership.objects.filter(organization_id=project.organization_id, user_id__in=known)
    belonging = frozenset(members.values_list("user_id", flat=True))
    return People(belonging, known - belonging)


def _taken(
    model: type[Row], documents: Sequence[PromptDocument] | Sequence[VersionDocument]
) -> frozenset[str]:
    """Return the ids among those of the files that some project of the installation has."""
    ids = [document.id for document in documents if document.id is not None]
    chunks = (ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE))
    return frozenset(
        pk for chunk in chunks for pk in model.objects.filter(pk__in=chunk).values_list("pk", flat=True)
    )


def _free(document: PromptDocument | VersionDocument, taken: frozenset[str]) -> str:
    return document.id if document.id is not None and document.id not in taken else new_id()
