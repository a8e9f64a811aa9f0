"""A person's own settings, and how they come in: by an invitation, or back by e-mail."""

from allauth.account.views import password_reset as reset_by_email
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.services.invitations import accept_invitation, invitation_of
from accounts.ui.forms import NameForm
from accounts.ui.places import SignedInRequest, signed_in
from langfuse_site.lib.errors import NotFound


@signed_in
def account_settings(request: SignedInRequest) -> HttpResponse:
    form = NameForm(request.POST or None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        request.user.name = form.cleaned_data["name"]
        request.user.save(update_fields=["name"])
        messages.success(request, "Saved.")
        return redirect("account_settings")
    return render(request, "accounts/account_settings.html", {"form": form})


@never_cache
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation to whoever has its link; a POST of somebody signed in accepts it."""
    try:
        invitation = invitation_of(token)
        if request.method == "POST" and isinstance(request.user, User):
            accept_invitation(token, request.user)
    except NotFound as error:
        return render(request, "accounts/invitation_gone.html", {"reason": error.message}, status=404)
    if request.method == "POST" and request.user.is_authenticated:
        messages.success(request, f"Welcome to {invitation.organization.name}.")
        return redirect("organization", invitation.organization_id)
    return render(request, "accounts/invitation.html", {"invitation": invitation})


def password_reset(request: HttpRequest) -> HttpResponseBase:
    """Send a link by e-mail; where this server sends none, say who can help instead."""
    if not settings.SMTP_CONNECTION_URL:
        return render(request, "accounts/password_reset_unavailable.html")
    response: HttpResponseBase = reset_by_email(request)
    return response
