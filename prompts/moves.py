"""Labels and where they shall point in, rows and history out; inside a writer's transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.audit import Author
from prompts.models import (
    MoveCause,
    Prompt,
    PromptChangeRequest,
    PromptLabel,
    PromptLabelMove,
    PromptVersion,
)
from prompts.rules import check_move, rules_of
from prompts.wire import LATEST

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Why:
    """Who moves labels, and what for. `is_reviewed`: approvals need not be asked for any more."""

    author: Author
    cause: MoveCause
    reason: str = ""
    change: PromptChangeRequest | None = None
    is_reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Pointing:
    """A label that goes from one version of a prompt to another. `is_told`: the history has it already."""

    label: str
    origin: PromptVersion | None
    target: PromptVersion
    is_told: bool = False


def point_labels(version: PromptVersion, labels: Collection[str], why: Why) -> None:
    """Point the labels to this version; those that lose one have changed. Raises where a rule forbids it."""
    held = _holders(version.prompt_id, labels)
    moving = sorted(label for label in set(labels) if label not in held or held[label].pk != version.pk)
    _check(version.prompt, moving, held, why)
    now = timezone.now()
    losers = {held[label].pk for label in moving if label in held}
    PromptVersion.objects.filter(pk__in=losers).update(updated_at=now)
    PromptLabel.objects.bulk_create(
        [PromptLabel(prompt_id=version.prompt_id, label=label, version=version) for label in moving],
        update_conflicts=True,
        unique_fields=["prompt", "label"],
        update_fields=["version"],
    )
    remember([move_of(version.prompt, one, held.get(one), version, why, now) for one in moving])


def point_all(pointings: Sequence[Pointing], why: Why) -> None:
    """Point labels of many prompts at once; whether they may move has been found out before."""
    now = timezone.now()
    touched = {one.pk for pointing in pointings for one in (pointing.origin, pointing.target) if one}
    PromptVersion.objects.filter(pk__in=touched).update(updated_at=now)
    PromptLabel.objects.bulk_create(
        [PromptLabel(prompt=one.target.prompt, label=one.label, version=one.target) for one in pointings],
        batch_size=ROWS_AT_ONCE,
        update_conflicts=True,
        unique_fields=["prompt", "label"],
        update_fields=["version"],
    )
    remember(
        [
            move_of(one.target.prompt, one.label, one.origin, one.target, why, now)
            for one in pointings
            if not one.is_told
        ]
    )


def take_labels(prompt: Prompt, labels: Collection[str], why: Why) -> None:
    """Take the labels from whichever versions have them. Raises where a rule forbids it."""
    held = _holders(prompt.pk, labels)
    _check(prompt, sorted(held), held, why)
    now = timezone.now()
    PromptVersion.objects.filter(pk__in={version.pk for version in held.values()}).update(updated_at=now)
    PromptLabel.objects.filter(prompt=prompt, label__in=held).delete()
    remember([move_of(prompt, label, version, None, why, now) for label, version in sorted(held.items())])


def _holders(prompt_id: str, labels: Collection[str]) -> dict[str, PromptVersion]:
    rows = PromptLabel.objects.filter(prompt_id=prompt_id, label__in=labels).select_related("version")
    return {row.label: row.version for row in rows.defer("version__content", "version__config")}


def _check(prompt: Prompt, labels: Collection[str], held: dict[str, PromptVersion], why: Why) -> None:
    rules = rules_of(prompt.project_id)
    for label in labels:
        check_move(
            rules,
            label,
            author=why.author,
            project_id=prompt.project_id,
            is_held=label in held,
            is_reviewed=why.is_reviewed,
        )


def move_of(
    prompt: Prompt,
    label: str,
    origin: PromptVersion | None,
    target: PromptVersion | None,
    why: Why,
    now: datetime,
) -> PromptLabelMove:
    """Return the row that tells of a move."""
    return PromptLabelMove(
        prompt=prompt,
        label=label,
        from_version=origin,
        from_number=origin.version if origin else None,
        to_version=target,
        to_number=target.version if target else None,
        cause=why.cause,
        reason=why.reason,
        change_request=why.change,
        actor=why.author.type,
        user=why.author.user,
        api_key_id=why.author.api_key_id,
        created_at=now,
    )


def remember(moves: list[PromptLabelMove]) -> None:
    """Keep the moves, but those of `latest`, which are the versions themselves."""
    kept = [move for move in moves if move.label != LATEST]
    PromptLabelMove.objects.bulk_create(kept, batch_size=ROWS_AT_ONCE)
