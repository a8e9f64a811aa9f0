"""The project's settings in, what is wrong with them out (`manage.py check`)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

MIN_SECRET_CHARACTERS = 16
CAPS = (
    *("MAX_BODY_BYTES", "MAX_INGESTION_BODY_BYTES", "MAX_OTLP_BODY_BYTES", "MAX_MEDIA_BYTES"),
    "SPOOL_MAX_BATCHES",
)


@register()
def check_site_settings(**kwargs: Any) -> list[CheckMessage]:
    return [*_secret(), *_urls(), *_limits()]


def _secret() -> Iterator[CheckMessage]:
    try:
        secret = settings.SECRET_KEY
    except ImproperlyConfigured:
        yield Error(
            "NEXTAUTH_SECRET is not set",
            hint="Sessions are signed with it; `openssl rand -base64 32` makes one.",
            id="site.E001",
        )
        return
    if len(secret) < MIN_SECRET_CHARACTERS:
        yield Warning(f"NEXTAUTH_SECRET has fewer than {MIN_SECRET_CHARACTERS} characters", id="site.W001")


def _urls() -> Iterator[CheckMessage]:
    site = urlsplit(settings.SITE_URL)
    if site.scheme not in {"http", "https"} or not site.hostname:
        yield Error(f"NEXTAUTH_URL must be http://… or https://…, not {settings.SITE_URL!r}", id="site.E002")
    if settings.REDIS_URL and urlsplit(settings.REDIS_URL).scheme not in {"redis", "rediss"}:
        yield Error("REDIS_URL must start with redis:// or rediss://", id="site.E003")


def _limits() -> Iterator[CheckMessage]:
    for name in CAPS:
        if getattr(settings, name) <= 0:
            yield Error(f"{name} must be more than 0", id="site.E004")
    if settings.DATABASE_POOL_SIZE < 0:
        yield Error("DATABASE_POOL_SIZE must not be negative", id="site.E005")
