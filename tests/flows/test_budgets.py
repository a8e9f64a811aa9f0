"""Spending on a running installation in; emails of a real SMTP server and a signed webhook out, each of them once."""

import hmac
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.analytics.budgets.listener import Listener, listening
from tests.flows.pages import OWNER, Visitor, owner_of
from tests.live import LiveServer, eventually, free_port, running_server

SECONDS = 90.0
"""Longer than the first wait after a failure, which is a minute."""


class Postbox:
    """An SMTP server on loopback that keeps what it is given, while it is up."""

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert envelope.rcpt_tos == [message["To"]]
        self.received.append(message)
        return "250 OK"

    @contextmanager
    def up(self) -> Iterator[None]:
        controller = Controller(self, hostname="127.0.0.1", port=self.port)
        controller.start()
        try:
            yield
        finally:
            controller.stop()


@pytest.fixture
def post() -> Postbox:
    return Postbox()


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, post: Postbox) -> Iterator[LiveServer]:
    settings: dict[str, Any] = {
        "SMTP_CONNECTION_URL": f"smtp://127.0.0.1:{post.port}",
        "EMAIL_FROM_ADDRESS": "budgets@example.com",
        "ALLOW_PRIVATE_WEBHOOKS": "true",
        "ROLLUP_SECONDS": "1",
        **OWNER,
    }
    with running_server(tmp_path_factory.mktemp("budgets"), **settings) as running:
        yield running


@pytest.fixture
def hook() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def set_budget(server: LiveServer, hook: Listener) -> Visitor:
    """Let the owner set a budget of $10 on its page."""
    owner = owner_of(server.host)
    wish = {"amount": "10", "zone": "UTC", "sends_emails": "on", "webhook_url": hook.url}
    assert "$0 of $10.00" in owner.submit(f"/project/{server.project_id}/budget", wish)
    return owner


def spend(server: LiveServer, usd: float) -> None:
    name, now = secrets.token_hex(6), datetime.now(UTC).isoformat()
    body = {"id": name, "traceId": name, "model": "acme-1", "costDetails": {"total": usd}}
    event = {"id": name, "type": "generation-create", "timestamp": now, "body": body}
    assert server.post("ingestion", {"batch": [event]}).status == 207
    assert server.trace(name, observations=1)["totalCost"] == usd


def arrived(post: Postbox, hook: Listener, count: int) -> EmailMessage:
    """Return the latest email as soon as so many have come, and webhooks beside them."""

    def check() -> None:
        assert (len(post.received), len(hook.received)) == (count, count)

    eventually(check, seconds=SECONDS)
    return post.received[-1]


def test_half_of_a_budget_is_told_once(server: LiveServer, post: Postbox, hook: Listener) -> None:
    with post.up():
        owner = set_budget(server, hook)
        spend(server, 4.99)
        spend(server, 0.25)
        message = arrived(post, hook, 1)
        assert (message["To"], message["From"]) == (OWNER["LANGFUSE_INIT_USER_EMAIL"], "budgets@example.com")
        assert message["Subject"].startswith("Provisioned Project: 50 % of the budget of ")
        text = message.get_content()
        assert "$5.24 of $10.00" in text
        assert f"{server.environment['NEXTAUTH_URL']}/project/{server.project_id}/budget" in text.splitlines()
        # What comes next is the next threshold: the first was looked at again meanwhile, and not told again.
        spend(server, 3)
        assert "80 % of the budget" in arrived(post, hook, 2)["Subject"]
    page = owner.open(f"/project/{server.project_id}/budget")
    assert page.count('class="badge good">delivered') == 4
    check_signatures(page, hook)


def check_signatures(page: str, hook: Listener) -> None:
    """Check what the receiver of a webhook checks, with the secret that the page shows."""
    secret = page.split("<code>whsec_")[1].split("<")[0]
    told: list[Any] = []
    for got in hook.received:
        time, digest = (part.split("=", 1)[1] for part in got.headers["X-Langfuse-Signature"].split(","))
        signed = time.encode() + b"." + got.body
        assert hmac.new(b"whsec_" + secret.encode(), signed, "sha256").hexdigest() == digest
        body = json.loads(got.body)["budget"]
        told.append((body["threshold"], body["spent"], body["amount"]))
    assert told == [(50, "5.240000", "10.00"), (80, "8.240000", "10.00")]


def test_a_mail_server_that_was_down_gets_it_once(server: LiveServer, post: Postbox, hook: Listener) -> None:
    owner = set_budget(server, hook)
    page = f"/project/{server.project_id}/budget"
    spend(server, 6)

    def has_failed() -> None:
        assert "ConnectionRefusedError" in owner.open(page)

    eventually(has_failed, seconds=SECONDS)
    with post.up():
        assert "$6.00 of $10.00" in arrived(post, hook, 1).get_content()
        spend(server, 4)
        assert "100 % of the budget" in arrived(post, hook, 2)["Subject"]
    assert owner.open(page).count('class="badge good">delivered') == 4
