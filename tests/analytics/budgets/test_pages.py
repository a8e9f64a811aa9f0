"""The page of a budget: everybody sees how far the month is, admins change it, nothing typed is lost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditLog
from analytics.budgets.deliveries import secret_of
from analytics.models import Budget, NoticeDelivery
from tests.analytics.budgets.listener import listening
from tests.cast import Cast
from tests.tracing.factories import make_observation
from tracing.store.dirty import mark_dirty


def url(cast: Cast, end: str = "") -> str:
    return f"/project/{cast.a.project_id}/budget{end}"


def save(client: Client, cast: Cast, **typed: str) -> Any:
    client.force_login(cast.owner)
    return client.post(url(cast), {"amount": "100", "zone": "UTC", "webhook_url": "", **typed})


def test_an_empty_page_teaches(client: Client, cast: Cast) -> None:
    for user, expected in ((cast.owner, "Set the budget"), (cast.viewer, "Owners and admins")):
        client.force_login(user)
        assert expected in client.get(url(cast)).content.decode()


def test_a_budget_is_set_and_shown(client: Client, cast: Cast) -> None:
    now = timezone.now()
    make_observation(cast.a.project_id, start_time=now, total_cost=Decimal("81"))
    mark_dirty(cast.a.project_id, [now])
    assert save(client, cast, zone="Europe/Berlin", sends_emails="on").status_code == 302
    html = client.get(url(cast)).content.decode()
    for shown in ("$81.00 of $100.00", "81 % of the budget", "Europe/Berlin"):
        assert shown in html
    client.force_login(cast.viewer)
    assert "$81.00 of $100.00" in client.get(url(cast)).content.decode()
    assert AuditLog.objects.get(resource_type="budget").action == "create"


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({"amount": "0"}, "greater than or equal to 1"),
        ({"amount": "NaN"}, "Enter a number"),
        ({"amount": "1e99"}, "no more than"),
        ({"zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"webhook_url": "http://localhost/x"}, "private network"),
        ({"webhook_url": "gopher://example.com"}, "not an address"),
    ],
)
def test_what_is_refused_is_still_there(
    client: Client, cast: Cast, typed: dict[str, str], complaint: str
) -> None:
    answer = save(client, cast, **{"webhook_url": "https://typed.invalid/"} | typed)
    html = answer.content.decode()
    assert (answer.status_code, complaint in html, Budget.objects.exists()) == (200, True, False)
    assert all(value in html for name, value in typed.items() if name != "zone")


def test_viewers_change_nothing_and_see_no_secret(client: Client, cast: Cast, settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    save(client, cast, webhook_url="http://127.0.0.1:9/")
    secret = secret_of(Budget.objects.get())
    assert secret in client.get(url(cast)).content.decode()
    client.force_login(cast.viewer)
    html = client.get(url(cast)).content.decode()
    assert (secret in html, "127.0.0.1:9" in html) == (False, False)
    for end in ("", "/delete", "/secret", "/test"):
        assert client.post(url(cast, end), {"amount": "5", "zone": "UTC"}).status_code == 403
    client.force_login(cast.outsider)
    for end in ("", "/delete", "/secret", "/test"):
        assert client.post(url(cast, end), {"amount": "5", "zone": "UTC"}).status_code == 404
    assert [Budget.objects.get().amount, Budget.objects.get().secret_version] == [100, 1]


def test_a_test_is_sent_and_listed(client: Client, cast: Cast, settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    with listening(200, 500) as hook:
        save(client, cast, webhook_url=hook.url)
        for expected in ("has answered 200", "it has answered 500"):
            assert expected in client.post(url(cast, "/test"), follow=True).content.decode()
    assert "refused" in client.post(url(cast, "/test"), follow=True).content.decode()
    assert NoticeDelivery.objects.count() == 3


def test_a_secret_is_renewed_and_a_budget_deleted(client: Client, cast: Cast) -> None:
    save(client, cast)
    first = secret_of(Budget.objects.get())
    client.post(url(cast, "/secret"))
    assert secret_of(Budget.objects.get()) != first
    client.post(url(cast, "/delete"))
    assert not Budget.objects.exists()
    assert client.post(url(cast, "/test")).status_code == 404


def test_waiting_messages_are_shown(client: Client, cast: Cast) -> None:
    save(client, cast)
    now = timezone.now()
    NoticeDelivery.objects.create(
        project=cast.a.project,
        channel="webhook",
        target="https://example.com/",
        due_at=now + timedelta(minutes=5),
        created_at=now,
        attempts=1,
        error="example.com: refused",
    )
    html = client.get(url(cast)).content.decode()
    assert ("next attempt" in html, "example.com: refused" in html) == (True, True)
