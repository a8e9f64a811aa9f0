"""Where the server sends e-mail, an address is confirmed before it opens anything."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import Membership
from langfuse_site.lib.smtp import smtp_from_url
from tests.accounts.ui.test_members import invited
from tests.accounts.ui.test_setup import sign_up
from tests.cast import Cast


@pytest.fixture
def with_email(settings: Any) -> None:
    settings.SMTP_CONNECTION_URL = "smtp://localhost:25"
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    cache.clear()


def confirmation_link() -> str:
    found = re.search(r"http://localhost:3000(/auth/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


@pytest.mark.usefixtures("with_email", "db")
def test_nothing_opens_before_the_address_is_confirmed(client: Client) -> None:
    sign_up(client, "new@example.com")
    assert client.get("/").status_code == 302
    link = confirmation_link()
    assert b"Is new@example.com yours?" in client.get(link).content
    client.post(link)
    assert EmailAddress.objects.get().verified
    assert client.get("/").status_code == 200


@pytest.mark.usefixtures("with_email")
def test_confirming_accepts_the_invitations_of_the_address(client: Client, cast: Cast) -> None:
    invited(client, cast)
    sign_up(client, "new@example.com")
    client.post(confirmation_link())
    assert Membership.objects.get(user__email="new@example.com").organization == cast.a.organization


@pytest.mark.usefixtures("with_email", "db")
def test_a_wrong_confirmation_link(client: Client) -> None:
    assert b"This link is used up" in client.get("/auth/confirm-email/wrong").content


@pytest.mark.usefixtures("with_email", "db")
def test_an_address_that_is_taken_is_not_told_of(client: Client) -> None:
    sign_up(client, "new@example.com")
    mail.outbox.clear()
    cache.clear()
    sign_up(Client(headers={"host": "evil.example"}), "new@example.com")
    assert EmailAddress.objects.count() == 1
    assert mail.outbox[0].to == ["new@example.com"]
    assert "http://localhost:3000/auth/reset-password\n" in mail.outbox[0].body
    assert "evil.example" not in mail.outbox[0].subject + str(mail.outbox[0].body)


@pytest.mark.parametrize(
    ("url", "port", "implicit_tls", "start_tls"),
    [
        ("smtp://u:p%40ss@mail.example.com:587", 587, False, True),
        ("smtps://u:p%40ss@mail.example.com", 465, True, False),
        ("smtp://u:p%40ss@mail.example.com:465", 465, True, False),
        ("smtp://u:p%40ss@mail.example.com:25", 25, False, False),
    ],
)
def test_connection_urls(url: str, port: int, implicit_tls: bool, start_tls: bool) -> None:
    server = smtp_from_url(url)
    assert (server.host, server.user, server.password) == ("mail.example.com", "u", "p@ss")
    assert (server.port, server.implicit_tls, server.start_tls) == (port, implicit_tls, start_tls)


@pytest.mark.parametrize("url", ["mail.example.com:25", "http://mail.example.com", "smtp://"])
def test_a_connection_url_that_is_none(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_CONNECTION_URL"):
        smtp_from_url(url)
