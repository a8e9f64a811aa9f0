"""Messages that are due in, sent by email or to a webhook out; what fails is tried again, later and later.

A message is claimed for a while before it is sent, so that two workers never send it at once. One that was killed in
between is sent again: receivers tell by its id, which stays the same.
"""

import hmac
import json
import time
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from analytics.budgets.notices import Standing, standing_of
from analytics.models import Budget, Channel, NoticeDelivery
from langfuse_site.lib.outbound import Unreachable, post
from langfuse_site.lib.times import to_wire

BACK_OFF = (60, 300, 1_800, 7_200, 21_600)
"""Seconds to the next attempt; after the last one a message is given up."""
LEASE = timedelta(minutes=2)
TIMEOUT_SECONDS = 5.0
SIGNATURE = "X-Langfuse-Signature"
MAX_ERROR = 500
KEPT = timedelta(days=90)


def secret_of(budget: Budget) -> str:
    """Return the secret that webhooks of this budget are signed with."""
    salt = f"analytics.budgets.webhook:{budget.secret_version}"
    return "whsec_" + salted_hmac(salt, budget.project_id, algorithm="sha256").hexdigest()


def signature(secret: str, body: bytes, timestamp: int) -> str:
    """Return the header that receivers check: `t=<seconds>,v1=<hex of HMAC-SHA256 of "<seconds>.<body>">`."""
    signed = f"{timestamp}.".encode() + body
    return f"t={timestamp},v1={_hmac(secret, signed)}"


def send_due(*, limit: float) -> int:
    """Send what is due for some `limit` seconds; return how many messages were tried."""
    until, tried = time.monotonic() + limit, 0
    while time.monotonic() < until:
        delivery = _claim(timezone.now())
        if delivery is None:
            break
        attempt(delivery)
        tried += 1
    return tried


def attempt(delivery: NoticeDelivery) -> None:
    """Send a claimed message and write what became of it."""
    delivery.attempts += 1
    now = timezone.now()
    try:
        delivery.status = _send(delivery)
        delivery.error = ""
    except Unreachable as error:
        delivery.status, delivery.error = None, str(error)[:MAX_ERROR]
    except OSError as error:  # What smtplib raises are such.
        delivery.status, delivery.error = None, f"{type(error).__name__}: {error}"[:MAX_ERROR]
    if not delivery.error and (delivery.status is None or 200 <= delivery.status < 300):
        delivery.delivered_at = now
    elif delivery.notice_id is None or delivery.attempts > len(BACK_OFF):
        delivery.given_up_at = now
    else:
        delivery.due_at = now + timedelta(seconds=BACK_OFF[delivery.attempts - 1])
    delivery.save()


def send_test(budget: Budget) -> NoticeDelivery:
    """Send a test to the webhook of a budget, once and at once."""
    now = timezone.now()
    delivery = NoticeDelivery(
        project=budget.project,
        channel=Channel.WEBHOOK,
        target=budget.webhook_url,
        due_at=now + LEASE,
        created_at=now,
    )
    delivery.save(force_insert=True)
    attempt(delivery)
    return delivery


def drop_old(now: datetime) -> None:
    """Forget messages of long ago."""
    NoticeDelivery.objects.filter(created_at__lt=now - KEPT).delete()


def _claim(now: datetime) -> NoticeDelivery | None:
    with transaction.atomic():
        delivery = (
            NoticeDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(delivered_at=None, given_up_at=None, due_at__lte=now)
            .select_related("project__organization", "notice")
            .order_by("due_at")
            .first()
        )
        if delivery is not None:
            NoticeDelivery.objects.filter(pk=delivery.pk).update(due_at=now + LEASE)
    return delivery


def _send(delivery: NoticeDelivery) -> int | None:
    """Return the status of a webhook's answer."""
    budget = Budget.objects.select_related("project").filter(pk=delivery.project_id).first()
    if budget is None:
        raise Unreachable("The budget is gone")
    standing = standing_of(budget, now=timezone.now())
    if delivery.channel == Channel.EMAIL:
        _email(delivery, budget, standing)
        return None
    body = json.dumps(_body(delivery, budget, standing), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"Langfuse-Site/{settings.VERSION}",
        SIGNATURE: signature(secret_of(budget), body, int(time.time())),
    }
    return post(
        delivery.target,
        body,
        headers=headers,
        timeout=TIMEOUT_SECONDS,
        allow_private=settings.ALLOW_PRIVATE_WEBHOOKS,
    )


def _body(delivery: NoticeDelivery, budget: Budget, standing: Standing) -> dict[str, Any]:
    notice = delivery.notice
    return {
        "id": delivery.pk,
        "type": "budget.threshold" if notice else "budget.test",
        "createdAt": to_wire(notice.created_at if notice else delivery.created_at),
        "project": {"id": budget.project_id, "name": budget.project.name},
        "budget": {
            "amount": str(notice.amount if notice else budget.amount),
            "currency": "USD",
            "month": f"{notice.month if notice else standing.month.first_day:%Y-%m}",
            "timeZone": budget.zone,
            "threshold": notice.threshold if notice else None,
            "spent": f"{notice.spent if notice else standing.spent:.6f}",
            "forecast": None if standing.forecast is None else str(standing.forecast),
        },
        "url": settings.SITE_URL + reverse("budget", args=[budget.project_id]),
    }


def _email(delivery: NoticeDelivery, budget: Budget, standing: Standing) -> None:
    context = {
        "notice": delivery.notice,
        "budget": budget,
        "standing": standing,
        "url": settings.SITE_URL + reverse("budget", args=[budget.project_id]),
    }
    subject = render_to_string("analytics/email/budget_subject.txt", context)
    message = render_to_string("analytics/email/budget_message.txt", context)
    # The same for each attempt: a mailbox that got it just before a worker died shows it once.
    message_id = {"Message-ID": f"<{delivery.pk}@{urlsplit(settings.SITE_URL).hostname}>"}
    EmailMessage(" ".join(subject.split()), message, None, [delivery.target], headers=message_id).send()


def _hmac(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, "sha256").hexdigest()
