"""Requests to add, label and delete versions of prompts in, rows changed: one writer a prompt at a time."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.audit import Author, record
from langfuse_site.lib.errors import InvalidRequest, NotFound
from langfuse_site.lib.ids import key_of
from prompts.models import Prompt, PromptLabel, PromptVersion
from prompts.queries import get_version, with_all
from prompts.shapes import prompt_shape
from prompts.wire import LATEST, NewVersion

BY_KEY = "API"
"""What stands for the creator of a version that came through the API."""


@transaction.atomic
def create_version(project_id: str, new: NewVersion, *, author: Author) -> PromptVersion:
    """Add the next version of a prompt, which is made if there is none of that name."""
    prompt = _lock_or_create(project_id, new)
    number = _next_number(prompt)
    if number > 1 and prompt.type != new.type:
        raise InvalidRequest(
            "Previous versions have different prompt type. Create a new prompt with a different name."
        )
    now = timezone.now()
    version = PromptVersion.objects.create(
        prompt=prompt,
        version=number,
        content=new.content,
        config=new.config,
        commit_message=new.commit_message,
        created_by=str(author.user.pk) if author.user else BY_KEY,
        created_at=now,
        updated_at=now,
    )
    _move_labels(version, {*new.labels, LATEST})
    _set_tags(prompt, new)
    created = _read_again(version)
    _record("create", created, author=author, after=prompt_shape(created))
    return created


@transaction.atomic
def add_labels(
    project_id: str, name: str, *, version: int, labels: Sequence[str], author: Author
) -> PromptVersion:
    """Give labels to a version; other versions of the prompt lose them."""
    _lock(project_id, name)
    found = get_version(project_id, name, version=version)
    if found is None:
        raise NotFound(f"Prompt '{name}' version {version} not found in project")
    if not labels:
        return found
    before = prompt_shape(found)
    _move_labels(found, set(labels))
    PromptVersion.objects.filter(pk=found.pk).update(updated_at=timezone.now())
    changed = _read_again(found)
    _record("update", changed, author=author, before=before, after=prompt_shape(changed))
    return changed


@transaction.atomic
def delete_versions(
    project_id: str, name: str, *, version: int | None, label: str | None, author: Author
) -> None:
    """Delete one version, those with a label, or the whole prompt; the newest that is left becomes latest."""
    prompt = _lock(project_id, name)
    doomed = PromptVersion.objects.filter(prompt=prompt)
    if version is not None:
        doomed = doomed.filter(version=version)
    if label is not None:
        doomed = doomed.filter(labels__label=label)
    versions = list(doomed.select_related("prompt").prefetch_related("labels"))
    if prompt is None or not versions:
        raise NotFound("Prompt not found")
    for gone in versions:
        _record("delete", gone, author=author, before=prompt_shape(gone))
    PromptVersion.objects.filter(pk__in=[gone.pk for gone in versions]).delete()
    _close_ranks(prompt)


def _lock(project_id: str, name: str) -> Prompt | None:
    return Prompt.objects.select_for_update().filter(project_id=project_id, name_key=key_of(name)).first()


def _lock_or_create(project_id: str, new: NewVersion) -> Prompt:
    """Return the prompt, locked: the upsert waits for others and survives a deletion at the same moment."""
    key = key_of(new.name)
    fresh = Prompt(project_id=project_id, name=new.name, name_key=key, type=new.type)
    Prompt.objects.bulk_create(
        [fresh],
        update_conflicts=True,
        unique_fields=["project", "name_key"],
        update_fields=["updated_at"],
    )
    return Prompt.objects.get(project_id=project_id, name_key=key)


def _next_number(prompt: Prompt) -> int:
    highest: int | None = prompt.versions.aggregate(highest=Max("version"))["highest"]
    return (highest or 0) + 1


def _move_labels(version: PromptVersion, labels: Collection[str]) -> None:
    """Point the labels to this version; those that lose one have changed."""
    held = PromptLabel.objects.filter(prompt_id=version.prompt_id, label__in=labels)
    losers = held.exclude(version=version).values("version_id")
    PromptVersion.objects.filter(pk__in=losers).update(updated_at=timezone.now())
    PromptLabel.objects.bulk_create(
        [PromptLabel(prompt_id=version.prompt_id, label=label, version=version) for label in sorted(labels)],
        update_conflicts=True,
        unique_fields=["prompt", "label"],
        update_fields=["version"],
    )


def _set_tags(prompt: Prompt, new: NewVersion) -> None:
    if new.tags is None or list(new.tags) == prompt.tags:
        return
    prompt.tags = list(new.tags)
    prompt.save(update_fields=["tags", "updated_at"])


def _close_ranks(prompt: Prompt) -> None:
    newest = prompt.versions.order_by("-version").first()
    if newest is None:
        prompt.delete()
    elif not prompt.labels.filter(label=LATEST).exists():
        _move_labels(newest, {LATEST})
        PromptVersion.objects.filter(pk=newest.pk).update(updated_at=timezone.now())


def _read_again(version: PromptVersion) -> PromptVersion:
    return with_all(PromptVersion.objects.filter(pk=version.pk)).get()


def _record(
    action: str, version: PromptVersion, *, author: Author, before: Any = None, after: Any = None
) -> None:
    record(
        author,
        action,
        resource_type="prompt",
        resource_id=version.id,
        project=version.prompt.project,
        before=before,
        after=after,
    )
