"""Requests to move a label, proposed and reviewed by people, in; the label moved when the approvals are there."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.audit import Author, record
from accounts.models import User
from langfuse_site.lib.errors import Forbidden, InvalidRequest, NotFound
from prompts.generations import begin_write
from prompts.labels import check_label
from prompts.models import (
    ChangeRequestReview,
    ChangeStatus,
    MoveCause,
    PromptChangeRequest,
    PromptVersion,
    ProtectedLabel,
    Verdict,
)
from prompts.moves import Why
from prompts.queries import get_version
from prompts.rules import EDIT, PROTECTED, require, rules_of
from prompts.versions import find_version, label_version

UNDECIDED = (ChangeStatus.OPEN, ChangeStatus.APPROVED)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a change request is. `holder`: the number of the version that has the label now, None: none has."""

    approvals: int
    required: int
    holder: int | None
    is_stale: bool
    """The label has moved since the request was based: it is rebased and approved anew."""

    @property
    def is_ready(self) -> bool:
        return self.approvals >= self.required and not self.is_stale


def standing_of(change: PromptChangeRequest) -> Standing:
    """Return the approvals that a change request has and needs, and whether its base still stands."""
    rule = ProtectedLabel.objects.filter(project_id=change.prompt.project_id, label=change.label).first()
    holder = _holder(change)
    return Standing(
        approvals=_approvals(change, rule),
        required=max(1, rule.required_approvals if rule else 0),
        holder=holder.version if holder else None,
        is_stale=change.status in UNDECIDED
        and (change.base_id, change.base_number)
        != (holder.pk if holder else None, holder.version if holder else None),
    )


@transaction.atomic
def propose_change(
    project_id: str, name: str, *, label: str, version: int, author: Author, message: str = ""
) -> PromptChangeRequest:
    """Propose a version for a label: a person's request that others review."""
    user = _person(author)
    require(author, project_id, EDIT)
    check_label(label)
    begin_write(project_id)
    found = find_version(project_id, name, version)
    holder = get_version(project_id, name, label=label)
    _check_proposal(project_id, found, holder, label=label)
    now = timezone.now()
    change = PromptChangeRequest.objects.create(
        prompt=found.prompt,
        label=label,
        version=found,
        base=holder,
        base_number=holder.version if holder else None,
        based_at=now,
        author=user,
        message=message,
        created_at=now,
    )
    _record("create", change, author, before=None)
    return change


@transaction.atomic
def review_change(
    project_id: str, change_id: str, *, verdict: Verdict, author: Author, text: str = ""
) -> PromptChangeRequest:
    """Approve, reject or comment; the last approval that is needed moves the label.

    The status `approved` that comes back says that the approvals are there and the label could not move:
    it has moved meanwhile (`standing_of` tells), and someone rebases the request.
    """
    reviewer = _person(author)
    require(author, project_id, EDIT)
    begin_write(project_id)
    change = _undecided(project_id, change_id)
    before = change.status
    if verdict != Verdict.COMMENT:
        _check_reviewer(change, author, verdict=verdict)
    ChangeRequestReview.objects.create(
        change_request=change, reviewer=reviewer, verdict=verdict, text=text, created_at=timezone.now()
    )
    if verdict == Verdict.REJECT:
        _close(change, ChangeStatus.REJECTED)
    elif verdict == Verdict.APPROVE:
        _settle(change, author)
    _record(verdict, change, author, before=before, text=text)
    return change


@transaction.atomic
def rebase_change(project_id: str, change_id: str, *, author: Author) -> PromptChangeRequest:
    """Base a request on what the label is now; it is approved anew, against that."""
    _person(author)
    require(author, project_id, EDIT)
    begin_write(project_id)
    change = _undecided(project_id, change_id)
    before, holder = change.status, _holder(change)
    _check_proposal(project_id, change.version, holder, label=change.label, known=change)
    change.base, change.base_number = holder, holder.version if holder else None
    change.based_at, change.status = timezone.now(), ChangeStatus.OPEN
    change.save()
    _record("rebase", change, author, before=before)
    return change


@transaction.atomic
def withdraw_change(project_id: str, change_id: str, *, author: Author) -> PromptChangeRequest:
    """Take a request back: its author, or who may move protected labels."""
    user = _person(author)
    begin_write(project_id)
    change = _undecided(project_id, change_id)
    mine = change.author_id == user.pk
    require(
        author, project_id, EDIT if mine else PROTECTED, told="Only its author withdraws this change request"
    )
    before = change.status
    _close(change, ChangeStatus.WITHDRAWN)
    _record("withdraw", change, author, before=before)
    return change


def _person(author: Author) -> User:
    if author.user is None:
        raise Forbidden("Change requests are made and reviewed by people, not by API keys")
    return author.user


def _undecided(project_id: str, change_id: str) -> PromptChangeRequest:
    changes = PromptChangeRequest.objects.select_related("prompt", "version", "version__prompt", "author")
    change = changes.filter(prompt__project_id=project_id, pk=change_id).first()
    if change is None:
        raise NotFound("Change request not found")
    if change.status not in UNDECIDED:
        raise InvalidRequest(f"This change request is {change.status}")
    return change


def _check_proposal(
    project_id: str,
    version: PromptVersion,
    holder: PromptVersion | None,
    *,
    label: str,
    known: PromptChangeRequest | None = None,
) -> None:
    if holder is not None and holder.pk == version.pk:
        raise InvalidRequest(f"Version {version.version} has label '{label}' already")
    if holder is not None and rules_of(project_id).is_immutable(label):
        raise InvalidRequest(f"Label '{label}' is immutable in this project: once set, it does not move")
    same = PromptChangeRequest.objects.filter(version=version, label=label, status__in=UNDECIDED)
    if same.exclude(pk=known.pk if known else "").exists():
        raise InvalidRequest(f"Version {version.version} is proposed for label '{label}' already")


def _check_reviewer(change: PromptChangeRequest, author: Author, *, verdict: Verdict) -> None:
    project_id = change.prompt.project_id
    rule = rules_of(project_id).protected.get(change.label)
    own = author.user is not None and change.author_id == author.user.pk
    if own and verdict == Verdict.REJECT:
        raise Forbidden("This change request is your own: withdraw it")
    if own and not (rule and rule.own_approval_counts):
        raise Forbidden("This change request is your own: another person approves it")
    if rule is not None:
        told = f"Label '{change.label}' is protected: admins and owners approve or reject"
        require(author, project_id, PROTECTED, told=told)


def _settle(change: PromptChangeRequest, author: Author) -> None:
    standing = standing_of(change)
    if standing.is_ready:
        label_version(
            change.version,
            [change.label],
            Why(author, MoveCause.CHANGE_REQUEST, change.message, change=change, is_reviewed=True),
        )
        _close(change, ChangeStatus.MERGED)
    elif standing.approvals >= standing.required:
        change.status = ChangeStatus.APPROVED
        change.save(update_fields=["status"])


def _close(change: PromptChangeRequest, status: ChangeStatus) -> None:
    change.status, change.closed_at = status, timezone.now()
    change.save(update_fields=["status", "closed_at"])


def _approvals(change: PromptChangeRequest, rule: ProtectedLabel | None) -> int:
    """Count the people whose newest verdict since the base is an approval."""
    verdicts = change.reviews.filter(created_at__gte=change.based_at, reviewer__isnull=False)
    if not (rule and rule.own_approval_counts):
        verdicts = verdicts.exclude(reviewer_id=change.author_id)
    decided = verdicts.exclude(verdict=Verdict.COMMENT).order_by("created_at", "pk")
    newest = dict(decided.values_list("reviewer_id", "verdict"))
    return sum(verdict == Verdict.APPROVE for verdict in newest.values())


def _holder(change: PromptChangeRequest) -> PromptVersion | None:
    return PromptVersion.objects.filter(labels__prompt=change.prompt, labels__label=change.label).first()


def _record(
    action: str, change: PromptChangeRequest, author: Author, *, before: str | None, text: str = ""
) -> None:
    record(
        author,
        action,
        resource_type="promptChangeRequest",
        resource_id=change.pk,
        project=change.prompt.project,
        before=None if before is None else {"status": before},
        after={
            "status": change.status,
            "prompt": change.prompt.name,
            "label": change.label,
            "version": change.version.version,
            "base": change.base_number,
            **({"text": text} if text else {}),
        },
    )
