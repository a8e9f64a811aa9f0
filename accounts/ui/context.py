"""What every template is given: the name and the address of this site."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

SITE_NAME = "Langfuse Site"
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what base.html shows around every page."""
    return {
        "site_name": SITE_NAME,
        "version": settings.VERSION,
        "signup_is_open": not settings.AUTH_DISABLE_SIGNUP,
        "sends_email": bool(settings.SMTP_CONNECTION_URL),
    }


def host_for_clients(request: HttpRequest) -> str:
    """Return the address that SDKs are told: the configured one, or the visitor's where that says localhost."""
    if urlsplit(settings.SITE_URL).hostname in _LOCAL:
        return request.build_absolute_uri("/").rstrip("/")
    return settings.SITE_URL
