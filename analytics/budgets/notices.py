"""Budgets in; one notice for each threshold that a month's spend has passed, and messages that tell of it, out."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from accounts.models import Role
from accounts.roles import members_with_role
from analytics.budgets.months import Month, month_of
from analytics.budgets.spend import spend_of
from analytics.models import Budget, BudgetNotice, Channel, NoticeDelivery

THRESHOLDS = (50, 80, 100)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a budget is used up."""

    month: Month
    spent: Decimal
    forecast: Decimal | None
    amount: Decimal

    @property
    def percent(self) -> int:
        return int(100 * self.spent / self.amount) if self.amount else 0

    @property
    def passed(self) -> list[int]:
        """Return the thresholds that are reached."""
        return [threshold for threshold in THRESHOLDS if 100 * self.spent >= threshold * self.amount]


def standing_of(budget: Budget, *, now: datetime) -> Standing:
    month = month_of(now, budget.zone)
    spent = spend_of(budget.project_id, month.start, month.end, now=now)
    return Standing(month, spent, month.forecast(spent, now), budget.amount)


def check_budgets(*, now: datetime) -> int:
    """Look at every budget; return how many thresholds were newly passed."""
    budgets = Budget.objects.filter(project__deleted_at=None).select_related("project__organization")
    return sum(len(note_passed(budget, now=now)) for budget in budgets.order_by("project_id"))


def note_passed(budget: Budget, *, now: datetime, silently: bool = False) -> list[BudgetNotice]:
    """Note the thresholds that are passed and were not; tell of the highest of them."""
    standing = standing_of(budget, now=now)
    known = _known(budget, standing.month)
    passed = [threshold for threshold in standing.passed if threshold not in known]
    if not passed:
        return []
    with transaction.atomic():
        Budget.objects.select_for_update().get(pk=budget.pk)
        known = _known(budget, standing.month)
        notices = [
            BudgetNotice(
                project=budget.project,
                month=standing.month.first_day,
                threshold=threshold,
                amount=budget.amount,
                spent=standing.spent,
                is_silent=silently or threshold != passed[-1],
                created_at=now,
            )
            for threshold in passed
            if threshold not in known
        ]
        BudgetNotice.objects.bulk_create(notices)
        for notice in notices:
            if not notice.is_silent:
                NoticeDelivery.objects.bulk_create(_deliveries(budget, notice, now))
    return notices


def _known(budget: Budget, month: Month) -> set[int]:
    rows = BudgetNotice.objects.filter(
        project_id=budget.project_id, month=month.first_day, amount=budget.amount
    )
    return set(rows.values_list("threshold", flat=True))


def _deliveries(budget: Budget, notice: BudgetNotice, now: datetime) -> list[NoticeDelivery]:
    targets = [(Channel.WEBHOOK, budget.webhook_url)] if budget.webhook_url else []
    if budget.sends_emails and settings.SMTP_CONNECTION_URL:
        people = members_with_role(budget.project, least=Role.ADMIN)
        targets += [(Channel.EMAIL, person.email) for person in people]
    return [
        NoticeDelivery(
            project=budget.project, notice=notice, channel=channel, target=target, due_at=now, created_at=now
        )
        for channel, target in targets
    ]
