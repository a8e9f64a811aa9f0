"""Requests to add, label, tag and delete versions of prompts in, rows changed: one writer a project at a time."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.audit import Author, record
from langfuse_site.lib.errors import Conflict, InvalidRequest, NotFound
from langfuse_site.lib.ids import key_of
from prompts.composition import tags_of
from prompts.generations import begin_write
from prompts.models import MoveCause, Prompt, PromptDependency, PromptVersion
from prompts.moves import Why, point_labels, take_labels
from prompts.queries import get_version, list_dependents, with_all
from prompts.resolution import CannotResolve, resolve_version
from prompts.rules import EDIT, require
from prompts.shapes import prompt_shape
from prompts.wire import LATEST, NewVersion

BY_KEY = "API"
"""What stands for the creator of a version that came through the API."""
MAX_NAMED = 5


@transaction.atomic
def create_version(
    project_id: str,
    new: NewVersion,
    *,
    author: Author,
    expected_latest: int | None = None,
    cause: MoveCause = MoveCause.CREATE,
) -> PromptVersion:
    """Add the next version of a prompt, which is made if there is none of that name.

    Raises Conflict where `expected_latest` (0: none) is given and another version is the newest by now;
    InvalidRequest for another type than before and for what can't be composed; what label rules forbid.
    """
    require(author, project_id, EDIT)
    begin_write(project_id)
    prompt, _ = Prompt.objects.get_or_create(
        project_id=project_id, name_key=key_of(new.name), defaults={"name": new.name, "type": new.type}
    )
    number = _next_number(prompt)
    _check_new(prompt, new, number=number, expected_latest=expected_latest)
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
    _compose(project_id, version)
    point_labels(version, {*new.labels, LATEST}, Why(author, cause, new.commit_message or ""))
    _set_tags(prompt, new.tags)
    created = read_again(version)
    record_version("create", created, author=author, after=prompt_shape(created))
    return created


@transaction.atomic
def add_labels(
    project_id: str, name: str, *, version: int, labels: Sequence[str], author: Author
) -> PromptVersion:
    """Give labels to a version; other versions of the prompt lose them."""
    require(author, project_id, EDIT)
    begin_write(project_id)
    found = find_version(project_id, name, version)
    if not labels:
        return found
    return label_version(found, labels, Why(author, MoveCause.LABEL))


def label_version(version: PromptVersion, labels: Sequence[str], why: Why) -> PromptVersion:
    """Point labels to a version, audited; inside a writer's transaction."""
    before = prompt_shape(version)
    point_labels(version, labels, why)
    PromptVersion.objects.filter(pk=version.pk).update(updated_at=timezone.now())
    changed = read_again(version)
    after = {**prompt_shape(changed), **({"reason": why.reason} if why.reason else {})}
    record_version("update", changed, author=why.author, before=before, after=after)
    return changed


@transaction.atomic
def set_tags(project_id: str, name: str, *, tags: Sequence[str], author: Author) -> Prompt:
    """Give a prompt these tags in the place of those that it has; they are of all its versions."""
    require(author, project_id, EDIT)
    begin_write(project_id)
    prompt = find_prompt(project_id, name)
    before = list(prompt.tags)
    _set_tags(prompt, tuple(dict.fromkeys(tags)))
    record(
        author,
        "update",
        resource_type="prompt",
        resource_id=prompt.id,
        project=prompt.project,
        before={"name": prompt.name, "tags": before},
        after={"name": prompt.name, "tags": prompt.tags},
    )
    return prompt


@transaction.atomic
def delete_versions(
    project_id: str, name: str, *, version: int | None, label: str | None, author: Author
) -> None:
    """Delete one version, those with a label, or the whole prompt; the newest that is left becomes latest.

    Raises InvalidRequest where other prompts are composed of what would go, or where a label may not go.
    """
    require(author, project_id, EDIT)
    begin_write(project_id)
    doomed = PromptVersion.objects.filter(prompt__project_id=project_id, prompt__name_key=key_of(name))
    if version is not None:
        doomed = doomed.filter(version=version)
    if label is not None:
        doomed = doomed.filter(labels__label=label)
    versions = list(with_all(doomed))
    if not versions:
        raise NotFound("Prompt not found")
    prompt = versions[0].prompt
    labels = {one.label for gone in versions for one in gone.labels.all()}
    survives = prompt.versions.exclude(pk__in=[gone.pk for gone in versions]).exists()
    vanishing = labels - {LATEST} if survives else labels
    check_dependents(prompt, numbers=[gone.version for gone in versions], labels=sorted(vanishing))
    for gone in versions:
        record_version("delete", gone, author=author, before=prompt_shape(gone))
    take_labels(prompt, labels, Why(author, MoveCause.DELETE))
    PromptVersion.objects.filter(pk__in=[gone.pk for gone in versions]).delete()
    _close_ranks(prompt, author)


def check_dependents(prompt: Prompt, *, numbers: Sequence[int], labels: Sequence[str]) -> None:
    """Raise InvalidRequest where other prompts are composed of one of these versions or labels."""
    found = list_dependents(prompt, numbers=numbers, labels=labels)
    if not found:
        return
    named = [f"'{one.prompt.name}' version {one.version}" for one in found[:MAX_NAMED]]
    more = f" and {len(found) - MAX_NAMED} more" if len(found) > MAX_NAMED else ""
    raise InvalidRequest(f"Other prompts depend on '{prompt.name}': {', '.join(named)}{more}")


def find_prompt(project_id: str, name: str) -> Prompt:
    """Return a prompt of the project, or raise NotFound."""
    prompt = Prompt.objects.filter(project_id=project_id, name_key=key_of(name)).first()
    if prompt is None:
        raise NotFound("Prompt not found")
    return prompt


def find_version(project_id: str, name: str, version: int) -> PromptVersion:
    """Return a version of a prompt by its number, or raise NotFound."""
    found = get_version(project_id, name, version=version)
    if found is None:
        raise NotFound(f"Prompt '{name}' version {version} not found in project")
    return found


def read_again(version: PromptVersion) -> PromptVersion:
    """Return the version as its row is now, with all that shapes need."""
    return with_all(PromptVersion.objects.filter(pk=version.pk)).get()


def record_version(
    action: str, version: PromptVersion, *, author: Author, before: Any = None, after: Any = None
) -> None:
    """Write what was done to a version to the audit log."""
    record(
        author,
        action,
        resource_type="prompt",
        resource_id=version.id,
        project=version.prompt.project,
        before=before,
        after=after,
    )


def _next_number(prompt: Prompt) -> int:
    highest: int | None = prompt.versions.aggregate(highest=Max("version"))["highest"]
    return (highest or 0) + 1


def _check_new(prompt: Prompt, new: NewVersion, *, number: int, expected_latest: int | None) -> None:
    if expected_latest is not None and expected_latest != number - 1:
        raise Conflict(f"Prompt '{prompt.name}' has version {number - 1} by now")
    if prompt.type != new.type:
        raise InvalidRequest(
            "Previous versions have different prompt type. Create a new prompt with a different name."
        )


def _compose(project_id: str, version: PromptVersion) -> None:
    """Store which prompts the version is composed of, after making sure that it can be."""
    try:
        resolve_version(project_id, version)
    except CannotResolve as error:
        raise InvalidRequest(str(error)) from None
    PromptDependency.objects.bulk_create(dependencies_of(project_id, version))


def dependencies_of(project_id: str, version: PromptVersion) -> list[PromptDependency]:
    """Return the rows of the tags in a version's content."""
    return [
        PromptDependency(
            version=version,
            project_id=project_id,
            name=tag.name,
            name_key=key_of(tag.name),
            number=tag.number,
            label=tag.label,
        )
        for tag in tags_of(version.content)
    ]


def _set_tags(prompt: Prompt, tags: Sequence[str] | None) -> None:
    if tags is None or list(tags) == prompt.tags:
        return
    prompt.tags = list(tags)
    prompt.save(update_fields=["tags", "updated_at"])


def _close_ranks(prompt: Prompt, author: Author) -> None:
    newest = prompt.versions.order_by("-version").first()
    if newest is None:
        prompt.delete()
    elif not prompt.labels.filter(label=LATEST).exists():
        point_labels(newest, {LATEST}, Why(author, MoveCause.DELETE))
        PromptVersion.objects.filter(pk=newest.pk).update(updated_at=timezone.now())
