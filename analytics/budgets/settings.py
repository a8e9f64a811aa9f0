"""What somebody wants of a budget in, the saved budget and a line in the audit log out."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.audit import Author, record
from accounts.models import Project
from analytics.budgets.notices import note_passed
from analytics.models import Budget, NoticeDelivery
from langfuse_site.lib.errors import InvalidRequest
from langfuse_site.lib.outbound import Unreachable, addresses_of, place_of


@dataclass(frozen=True, slots=True)
class Wish:
    amount: Decimal
    zone: str
    sends_emails: bool
    webhook_url: str


def save_budget(project: Project, wish: Wish, *, author: Author) -> Budget:
    """Save a budget. Thresholds that a new amount or month has passed already are noted without telling anybody:
    who saves it sees them.
    """
    if wish.webhook_url:
        _check_url(wish.webhook_url)
    with transaction.atomic():
        before = Budget.objects.select_for_update().filter(project=project).first()
        before_shape = shape(before) if before else None
        budget = before or Budget(project=project)
        budget.amount, budget.zone = wish.amount, wish.zone
        budget.sends_emails, budget.webhook_url = wish.sends_emails, wish.webhook_url
        budget.save()
        is_as_before = before_shape is not None and all(
            before_shape[name] == shape(budget)[name] for name in ("amount", "timeZone")
        )
        note_passed(budget, now=timezone.now(), silently=not is_as_before)
        _record(author, "update" if before_shape else "create", budget, before_shape, shape(budget))
    return budget


def delete_budget(budget: Budget, *, author: Author) -> None:
    """Delete a budget with the messages that wait; what was noted stays known until the month is over."""
    with transaction.atomic():
        NoticeDelivery.objects.filter(
            project_id=budget.project_id, delivered_at=None, given_up_at=None
        ).delete()
        _record(author, "delete", budget, shape(budget), None)
        budget.delete()


def change_secret(budget: Budget, *, author: Author) -> None:
    """Sign with another secret from now on."""
    with transaction.atomic():
        budget.secret_version += 1
        budget.save()
        _record(author, "renew-secret", budget, None, {"secretVersion": budget.secret_version})


def shape(budget: Budget) -> dict[str, Any]:
    """Return what the audit log keeps of a budget."""
    return {
        "amount": budget.amount,
        "timeZone": budget.zone,
        "emails": budget.sends_emails,
        "webhookUrl": budget.webhook_url or None,
    }


def _check_url(url: str) -> None:
    try:
        addresses_of(place_of(url), allow_private=settings.ALLOW_PRIVATE_WEBHOOKS)
    except Unreachable as error:
        raise InvalidRequest(f"{error}") from None


def _record(author: Author, action: str, budget: Budget, before: Any, after: Any) -> None:
    record(
        author,
        action,
        resource_type="budget",
        resource_id=budget.project_id,
        project=budget.project,
        before=before,
        after=after,
    )
