"""What allauth asks about signing up and in; links in e-mails lead to the configured address of the site."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.models import User
from accounts.services.invitations import accept_verified_invitations
from accounts.services.signup import join_default_organization


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return not settings.AUTH_DISABLE_SIGNUP

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.name = form.cleaned_data.get("name", "").strip()
        with transaction.atomic():
            saved: User = super().save_user(request, user, form, commit)
            if commit:
                join_default_organization(saved)
        return saved

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        accept_verified_invitations(user)
        response: HttpResponse = super().post_login(request, user, **details)
        return response

    def get_reset_password_from_key_url(self, key: str) -> str:
        # A Host header that somebody else chose must not lead a reset link to their server.
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return settings.SITE_URL + path

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return settings.SITE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def send_account_already_exists_mail(self, email: str) -> None:
        links = {
            "signup_url": settings.SITE_URL + reverse("account_signup"),
            "password_reset_url": settings.SITE_URL + reverse("account_reset_password"),
        }
        self.send_mail("account/email/account_already_exists", email, links)
