"""What a project asks of its labels in, a refusal out for who may not move one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db import transaction

from accounts.audit import Author, record
from accounts.models import Actor, Project
from accounts.roles import can
from langfuse_site.lib.errors import Forbidden, InvalidData, InvalidRequest, NotFound, issue
from prompts.generations import begin_write
from prompts.models import PromptPolicy, ProtectedLabel
from prompts.wire import LATEST, MAX_LABEL, label_problem

EDIT = "prompts:CUD"
PROTECTED = "promptProtectedLabels:CUD"
MAX_PATTERNS = 20
MAX_APPROVALS = 20
PATTERN = re.compile(r"[a-z0-9_\-.#]*(?:\*[a-z0-9_\-.#]*){0,2}")
"""Two `*` at most: what matches a pattern takes time with the power of their number."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one project, read once a write."""

    protected: dict[str, ProtectedLabel]
    immutable: tuple[str, ...]

    def is_immutable(self, label: str) -> bool:
        return any(_compiled(pattern).fullmatch(label) for pattern in self.immutable)


def rules_of(project_id: str) -> Rules:
    """Return what holds for the labels of a project's prompts."""
    protected = {rule.label: rule for rule in ProtectedLabel.objects.filter(project_id=project_id)}
    patterns = PromptPolicy.objects.filter(project_id=project_id).values_list("immutable_labels", flat=True)
    return Rules(protected, tuple(patterns.first() or ()))


def check_move(
    rules: Rules,
    label: str,
    *,
    author: Author,
    project_id: str,
    is_held: bool,
    is_reviewed: bool = False,
    may_protect: bool | None = None,
) -> None:
    """Raise unless the author may point the label elsewhere, or take it away.

    `is_held`: some version has it now. `is_reviewed`: the approvals are there, or the target had them before.
    `may_protect`: whether the author has the scope for protected labels, where that is known already.
    """
    if label == LATEST:
        return
    if is_held and rules.is_immutable(label):
        raise InvalidRequest(f"Label '{label}' is immutable in this project: once set, it does not move")
    rule = rules.protected.get(label)
    if rule is None or author.type == Actor.SYSTEM:
        return
    if author.user is None:
        if rule.covers_api_keys:
            raise Forbidden(f"Label '{label}' is protected in this project: API keys may not move it")
        return
    if rule.required_approvals and not is_reviewed:
        many = "1 approval" if rule.required_approvals == 1 else f"{rule.required_approvals} approvals"
        raise Forbidden(f"Label '{label}' needs {many} in this project: propose a change")
    told = f"Label '{label}' is protected: admins and owners move it"
    if may_protect is None:
        require(author, project_id, PROTECTED, told=told)
    elif not may_protect:
        raise Forbidden(told)


def require(author: Author, project_id: str, scope: str, *, told: str | None = None) -> None:
    """Raise unless the author, if a user, has the scope in the project."""
    if author.user is None:
        return
    project = Project.objects.filter(pk=project_id).first()
    if project is None or not can(author.user, scope, project=project):
        raise Forbidden(told or f"Your role in this project lacks {scope}")


@transaction.atomic
def protect_label(
    project_id: str,
    label: str,
    *,
    author: Author,
    required_approvals: int = 0,
    own_approval_counts: bool = False,
    covers_api_keys: bool = False,
) -> ProtectedLabel:
    """Set the rule of a label, in the place of the one that it has."""
    require(author, project_id, PROTECTED)
    _check_label(label)
    if not 0 <= required_approvals <= MAX_APPROVALS:
        raise InvalidData([issue(["requiredApprovals"], f"Expected 0 to {MAX_APPROVALS}")])
    begin_write(project_id)
    before = ProtectedLabel.objects.filter(project_id=project_id, label=label).first()
    rule, _ = ProtectedLabel.objects.update_or_create(
        project_id=project_id,
        label=label,
        defaults={
            "required_approvals": required_approvals,
            "own_approval_counts": own_approval_counts,
            "covers_api_keys": covers_api_keys,
        },
        create_defaults={
            "required_approvals": required_approvals,
            "own_approval_counts": own_approval_counts,
            "covers_api_keys": covers_api_keys,
            "created_by": author.user,
        },
    )
    _record(author, "update" if before else "create", rule, before=before, after=rule)
    return rule


@transaction.atomic
def unprotect_label(project_id: str, label: str, *, author: Author) -> None:
    """Take the rule of a label away."""
    require(author, project_id, PROTECTED)
    begin_write(project_id)
    rule = ProtectedLabel.objects.filter(project_id=project_id, label=label).first()
    if rule is None:
        raise NotFound(f"Label '{label}' is not protected")
    _record(author, "delete", rule, before=rule)
    rule.delete()


@transaction.atomic
def set_immutable_labels(project_id: str, patterns: Sequence[str], *, author: Author) -> PromptPolicy:
    """Set which labels never move once set: `#` stands for a number, `*` for anything."""
    require(author, project_id, PROTECTED)
    problem = patterns_problem(patterns)
    if problem:
        raise InvalidData([issue(["immutableLabels"], problem)])
    begin_write(project_id)
    before = rules_of(project_id).immutable
    policy, _ = PromptPolicy.objects.update_or_create(
        project_id=project_id, defaults={"immutable_labels": list(dict.fromkeys(patterns))}
    )
    record(
        author,
        "update",
        resource_type="promptProtectedLabel",
        resource_id=project_id,
        project=policy.project,
        before={"immutableLabels": before},
        after={"immutableLabels": policy.immutable_labels},
    )
    return policy


def patterns_problem(patterns: Sequence[str]) -> str | None:
    """Return why these can't be the patterns of a project's immutable labels, or None."""
    if len(patterns) <= MAX_PATTERNS and all(_is_pattern(pattern) for pattern in patterns):
        return None
    return f"Expected at most {MAX_PATTERNS} patterns of lowercase letters, digits, `_-.`, `#`, two `*`"


def _check_label(label: str) -> None:
    if label == LATEST:
        raise InvalidRequest("Label 'latest' moves by itself and can't be protected")
    problem = label_problem(label)
    if problem:
        raise InvalidData([issue(["label"], problem)])


def _is_pattern(text: str) -> bool:
    return 1 <= len(text) <= MAX_LABEL and PATTERN.fullmatch(text) is not None


@lru_cache(maxsize=1000)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = {"#": "[0-9]++", "*": ".*"}
    return re.compile("".join(parts.get(character) or re.escape(character) for character in pattern))


def _record(
    author: Author,
    action: str,
    rule: ProtectedLabel,
    *,
    before: ProtectedLabel | None = None,
    after: ProtectedLabel | None = None,
) -> None:
    record(
        author,
        action,
        resource_type="promptProtectedLabel",
        resource_id=f"{rule.project_id}/{rule.label}",
        project=rule.project,
        before=before and _shape(before),
        after=after and _shape(after),
    )


def _shape(rule: ProtectedLabel) -> dict[str, object]:
    return {
        "label": rule.label,
        "requiredApprovals": rule.required_approvals,
        "ownApprovalCounts": rule.own_approval_counts,
        "coversApiKeys": rule.covers_api_keys,
    }
