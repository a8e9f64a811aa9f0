"""What a month has cost in, notices and messages out: once for each threshold, to the right people."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.models import Membership, Role
from analytics.budgets.deliveries import BACK_OFF, secret_of, send_due, send_test
from analytics.budgets.notices import check_budgets, standing_of
from analytics.budgets.settings import Wish, change_secret, delete_budget, save_budget
from analytics.budgets.spend import spend_of
from analytics.models import Budget, BudgetNotice, NoticeDelivery
from langfuse_site.lib.errors import InvalidRequest
from tests.analytics.budgets.listener import Listener, listening
from tests.analytics.rollups.refreshing import refresh
from tests.cast import Cast
from tests.factories import make_membership, make_project_membership, make_user
from tests.tracing.factories import make_observation
from tracing.store.dirty import mark_dirty

NOW = datetime(2026, 5, 11, 0, tzinfo=UTC)
"""Ten days of May are over."""


@pytest.fixture
def hook(settings: Any) -> Iterator[Listener]:
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    with listening() as listener:
        yield listener


def budget(cast: Cast, amount: str = "100", *, zone: str = "UTC", **wish: Any) -> Budget:
    defaults: dict[str, Any] = {"sends_emails": True, "webhook_url": ""}
    return save_budget(
        cast.a.project, Wish(amount=Decimal(amount), zone=zone, **(defaults | wish)), author=SYSTEM
    )


def spend(cast: Cast, usd: str, *, at: datetime = NOW - timedelta(days=1), project: str = "") -> None:
    make_observation(project or cast.a.project_id, start_time=at, total_cost=Decimal(usd))
    mark_dirty(project or cast.a.project_id, [at])


def told() -> list[int]:
    rows = BudgetNotice.objects.filter(is_silent=False).order_by("created_at", "threshold")
    return list(rows.values_list("threshold", flat=True))


def test_spend_is_that_of_the_rows_whether_rollups_are_there_or_not(cast: Cast) -> None:
    start, end = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    for usd, at in (("1.5", start), ("2", end - timedelta(microseconds=1)), ("7", end), ("9", NOW)):
        spend(cast, usd, at=at)
    spend(cast, "50", project=cast.b.project_id)
    assert spend_of(cast.a.project_id, start, end, now=NOW) == Decimal("12.5")
    refresh(cast.a.project_id, now=NOW)
    assert spend_of(cast.a.project_id, start, end, now=NOW) == Decimal("12.5")


def test_each_threshold_is_told_once(cast: Cast) -> None:
    budget(cast)
    for usd, expected in (
        ("49.99", []),
        ("0.01", [50]),
        ("1", [50]),
        ("30", [50, 80]),
        ("40", [50, 80, 100]),
    ):
        spend(cast, usd)
        check_budgets(now=NOW)
        check_budgets(now=NOW)
        assert told() == expected


def test_of_several_at_once_the_highest_is_told(cast: Cast) -> None:
    budget(cast)
    spend(cast, "300")
    assert (check_budgets(now=NOW), told()) == (3, [100])


def test_saving_it_unchanged_swallows_nothing(cast: Cast, hook: Listener) -> None:
    now = timezone.now()
    budget(cast, webhook_url=hook.url)
    spend(cast, "85", at=now)
    budget(cast, webhook_url=hook.url)
    assert told() == [80]
    check_budgets(now=now)
    assert told() == [80] and NoticeDelivery.objects.count() == 1


def test_a_month_begins_anew_in_its_zone(cast: Cast) -> None:
    budget(cast, zone="Asia/Tokyo")
    spend(cast, "60", at=datetime(2026, 4, 30, 14, 59, tzinfo=UTC))
    spend(cast, "55", at=datetime(2026, 4, 30, 15, 0, tzinfo=UTC))
    check_budgets(now=datetime(2026, 4, 30, 14, 59, 59, tzinfo=UTC))
    check_budgets(now=NOW)
    months = BudgetNotice.objects.order_by("month").values_list("month", "threshold", "spent")
    assert [(month.month, threshold, int(spent)) for month, threshold, spent in months] == [
        (4, 50, 60),
        (5, 50, 55),
    ]


def test_what_is_passed_when_it_is_set_is_known_to_who_sets_it(cast: Cast) -> None:
    now = timezone.now()
    spend(cast, "60", at=now)
    budget(cast, "100")
    check_budgets(now=now)
    assert told() == []
    budget(cast, "1000")
    spend(cast, "440", at=now)
    check_budgets(now=now)
    assert told() == [50]


def test_a_forecast(cast: Cast) -> None:
    row = budget(cast)
    spend(cast, "20")
    standing = standing_of(row, now=NOW)
    assert [standing.spent, standing.forecast, standing.percent] == [20, 62, 20]


def test_emails_go_to_owners_and_admins(cast: Cast, settings: Any) -> None:
    settings.SMTP_CONNECTION_URL = "smtp://localhost"
    admin, lifted, lowered = (make_user(f"{name}@example.com") for name in ("admin", "lifted", "lowered"))
    make_membership(admin, cast.a.organization, role=Role.ADMIN)
    project = cast.a.project
    make_project_membership(
        make_membership(lifted, cast.a.organization, role=Role.VIEWER), project, role=Role.ADMIN
    )
    make_project_membership(
        make_membership(lowered, cast.a.organization, role=Role.OWNER), project, role=Role.MEMBER
    )
    off = make_user("off@example.com")
    make_membership(off, cast.a.organization, role=Role.OWNER)
    type(off).objects.filter(pk=off.pk).update(is_active=False)
    cast.a.project.name = "R&D <one>"
    cast.a.project.save()
    budget(cast)
    spend(cast, "81")
    check_budgets(now=NOW)
    send_due(limit=30)
    assert sorted(message.to for message in mail.outbox) == [
        ["admin@example.com"],
        ["lifted@example.com"],
        ["owner@example.com"],
    ]
    assert mail.outbox[0].subject == "R&D <one>: 80 % of the budget of May 2026 is spent"
    assert "$81.00 of $100.00" in mail.outbox[0].body
    assert send_due(limit=30) == 0
    assert Membership.objects.count() == 7


def test_an_email_that_comes_twice_is_known_by_its_id(cast: Cast, settings: Any) -> None:
    settings.SMTP_CONNECTION_URL = "smtp://localhost"
    budget(cast)
    spend(cast, "81")
    check_budgets(now=NOW)
    for _ in range(2):
        NoticeDelivery.objects.update(delivered_at=None, due_at=NOW)
        send_due(limit=30)
    first, second = (message.message()["Message-ID"] for message in mail.outbox)
    assert first == second == f"<{NoticeDelivery.objects.get().pk}@localhost>"


def test_without_smtp_or_wish_no_email_is_made(cast: Cast, settings: Any) -> None:
    budget(cast)
    spend(cast, "60")
    check_budgets(now=NOW)
    settings.SMTP_CONNECTION_URL = "smtp://localhost"
    budget(cast, "10", sends_emails=False)
    check_budgets(now=NOW)
    assert not NoticeDelivery.objects.exists()


def test_a_webhook_is_signed(cast: Cast, hook: Listener) -> None:
    row = budget(cast, webhook_url=hook.url)
    spend(cast, "81.5")
    check_budgets(now=NOW)
    assert send_due(limit=30) == 1
    (got,) = hook.received
    time, digest = (part.split("=", 1)[1] for part in got.headers["X-Langfuse-Signature"].split(","))
    signed = time.encode() + b"." + got.body
    assert hmac.new(secret_of(row).encode(), signed, hashlib.sha256).hexdigest() == digest
    assert abs(int(time) - timezone.now().timestamp()) < 60
    body = json.loads(got.body)
    delivery = NoticeDelivery.objects.get()
    assert (body["id"], body["type"], body["project"]["id"]) == (
        delivery.pk,
        "budget.threshold",
        cast.a.project_id,
    )
    assert {key: body["budget"][key] for key in ("amount", "spent", "threshold", "month")} == {
        "amount": "100.00",
        "spent": "81.500000",
        "threshold": 80,
        "month": "2026-05",
    }
    assert (delivery.status, delivery.delivered_at is not None, delivery.attempts) == (200, True, 1)


def test_secrets_differ_and_change(cast: Cast) -> None:
    row = budget(cast)
    first = secret_of(row)
    change_secret(row, author=SYSTEM)
    other = Budget(project=cast.b.project, amount=1)
    assert len({first, secret_of(row), secret_of(other)}) == 3


def test_what_fails_is_tried_again_later_and_later(cast: Cast, hook: Listener) -> None:
    hook.answers = [500]
    budget(cast, webhook_url=hook.url)
    spend(cast, "60")
    check_budgets(now=NOW)
    for attempt, wait in enumerate(BACK_OFF, 1):
        before = timezone.now()
        assert (send_due(limit=30), send_due(limit=30)) == (1, 0)
        delivery = NoticeDelivery.objects.get()
        assert (delivery.attempts, delivery.status) == (attempt, 500)
        assert timedelta(0) <= delivery.due_at - before - timedelta(seconds=wait) < timedelta(seconds=30)
        NoticeDelivery.objects.update(due_at=before)
    send_due(limit=30)
    assert NoticeDelivery.objects.get().given_up_at
    assert len({json.loads(one.body)["id"] for one in hook.received}) == 1
    assert len(hook.received) == len(BACK_OFF) + 1


def test_a_failure_that_ends(cast: Cast, hook: Listener) -> None:
    hook.answers = [503, 204]
    budget(cast, webhook_url=hook.url)
    spend(cast, "60")
    check_budgets(now=NOW)
    send_due(limit=30)
    NoticeDelivery.objects.update(due_at=timezone.now())
    send_due(limit=30)
    delivery = NoticeDelivery.objects.get()
    assert (delivery.status, delivery.attempts, delivery.delivered_at is not None) == (204, 2, True)


def test_nothing_is_sent_inside_though_the_address_was_saved(
    cast: Cast, hook: Listener, settings: Any
) -> None:
    budget(cast, webhook_url=hook.url)
    spend(cast, "60")
    check_budgets(now=NOW)
    settings.ALLOW_PRIVATE_WEBHOOKS = False
    send_due(limit=30)
    assert (hook.received, "private network" in NoticeDelivery.objects.get().error) == ([], True)
    with pytest.raises(InvalidRequest, match="private network"):
        budget(cast, webhook_url=hook.url)


def test_a_test_is_sent_once(cast: Cast, hook: Listener) -> None:
    hook.answers = [404]
    delivery = send_test(budget(cast, webhook_url=hook.url))
    assert (delivery.given_up_at is not None, delivery.status) == (True, 404)
    assert json.loads(hook.received[0].body)["type"] == "budget.test"
    assert send_due(limit=30) == 0


def test_a_deleted_budget_tells_nobody(cast: Cast, hook: Listener) -> None:
    row = budget(cast, webhook_url=hook.url)
    spend(cast, "60")
    check_budgets(now=NOW)
    delete_budget(row, author=SYSTEM)
    assert (send_due(limit=30), check_budgets(now=NOW), hook.received) == (0, 0, [])
