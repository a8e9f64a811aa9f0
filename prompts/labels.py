"""Requests to move, remove and roll back a label in, the version that it points to then out."""

from django.db import transaction

from accounts.audit import Author
from langfuse_site.lib.errors import InvalidData, InvalidRequest, NotFound, issue
from prompts.generations import begin_write
from prompts.models import MoveCause, PromptLabelMove, PromptVersion
from prompts.moves import Why, take_labels
from prompts.queries import get_version, list_moves
from prompts.rules import EDIT, require
from prompts.shapes import prompt_shape
from prompts.versions import check_dependents, find_version, label_version, read_again, record_version
from prompts.wire import LATEST, label_problem


@transaction.atomic
def move_label(
    project_id: str,
    name: str,
    *,
    label: str,
    version: int,
    author: Author,
    reason: str = "",
    cause: MoveCause = MoveCause.LABEL,
) -> PromptVersion:
    """Point one label to a version, with a reason that the history keeps."""
    require(author, project_id, EDIT)
    check_label(label)
    begin_write(project_id)
    found = find_version(project_id, name, version)
    return label_version(found, [label], Why(author, cause, reason))


@transaction.atomic
def remove_label(
    project_id: str, name: str, *, label: str, author: Author, reason: str = ""
) -> PromptVersion:
    """Take a label from the version that has it, which is returned; not while other prompts name it."""
    require(author, project_id, EDIT)
    check_label(label)
    begin_write(project_id)
    found = get_version(project_id, name, label=label)
    if found is None:
        raise NotFound(f"Prompt not found: '{name}' with label '{label}'")
    check_dependents(found.prompt, numbers=[], labels=[label])
    take_labels(found.prompt, [label], Why(author, MoveCause.REMOVE, reason))
    changed = read_again(found)
    record_version("update", changed, author=author, before=prompt_shape(found), after=prompt_shape(changed))
    return changed


@transaction.atomic
def roll_back(project_id: str, name: str, *, label: str, author: Author, reason: str = "") -> PromptVersion:
    """Point a label to where it pointed before its last move; twice is where it started.

    A protected label takes the scope but no approvals: going back to what was served before must be quick.
    What was only told by imported files takes them all the same.
    """
    require(author, project_id, EDIT)
    check_label(label)
    begin_write(project_id)
    last = list_moves(project_id, name, label=label).order_by("is_imported", "-created_at", "-id").first()
    target = read_again(_before(last, label))
    was_seen = last is not None and not last.is_imported
    return label_version(target, [label], Why(author, MoveCause.ROLL_BACK, reason, is_reviewed=was_seen))


def check_label(label: str) -> None:
    """Raise InvalidData for what can't be a label, or is one that moves by itself."""
    problem = label_problem(label)
    if label == LATEST:
        problem = "Label 'latest' is always assigned to the latest prompt version"
    if problem:
        raise InvalidData([issue(["label"], problem)])


def _before(last: PromptLabelMove | None, label: str) -> PromptVersion:
    if last is None or last.from_number is None:
        raise InvalidRequest(f"Label '{label}' has pointed to no other version before")
    if last.from_version is None:
        raise InvalidRequest(f"Version {last.from_number}, which had label '{label}', is deleted")
    return last.from_version
