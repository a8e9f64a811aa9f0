"""Passwords: changed with the old one, reset by a link to the address that is configured."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from tests import factories

OLD, NEW = "a long password 42", "another long password 43"


@pytest.fixture
def ada(db: None) -> Any:
    user = factories.make_user("ada@example.com")
    user.set_password(OLD)
    user.save()
    return user


def test_a_link_resets_the_password_once(client: Client, ada: Any, settings: Any) -> None:
    settings.SMTP_CONNECTION_URL = "smtp://localhost:25"
    client.post("/auth/reset-password", {"email": ada.email}, headers={"host": "evil.example"})
    link = re.search(r"http://localhost:3000(/auth/reset-password/\S+)", str(mail.outbox[0].body))
    assert link, mail.outbox[0].body
    form = client.get(link[1], follow=True)
    assert b"Choose a new password" in form.content
    client.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    ada.refresh_from_db()
    assert ada.check_password(NEW)
    assert b"This link is used up" in Client().get(link[1], follow=True).content


def test_an_unknown_address_is_answered_alike_and_gets_nothing(
    client: Client, ada: Any, settings: Any
) -> None:
    settings.SMTP_CONNECTION_URL = "smtp://localhost:25"
    answer = client.post("/auth/reset-password", {"email": "nobody@example.com"})
    assert answer.headers["Location"] == "/auth/reset-password/sent"
    assert mail.outbox == []


def test_a_server_without_email_says_so(client: Client, db: None) -> None:
    assert b"This server sends no e-mail" in client.get("/auth/reset-password").content


def test_changing_it_needs_the_old_one(client: Client, ada: Any) -> None:
    client.force_login(ada)
    form = {"password1": NEW, "password2": NEW}
    client.post("/auth/change-password", {"oldpassword": "wrong", **form})
    ada.refresh_from_db()
    assert ada.check_password(OLD)
    client.post("/auth/change-password", {"oldpassword": OLD, **form})
    ada.refresh_from_db()
    assert ada.check_password(NEW)
    assert client.get("/account/settings").status_code == 200
