"""The settings of accounts in, what is wrong with them out (`manage.py check`)."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from accounts.models import Role


@register()
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    return [*_salt(), *_roles(), *_deleters()]


def _salt() -> Iterator[CheckMessage]:
    if not settings.SALT:
        yield Error("SALT is not set", hint="Secrets of API keys are hashed with it.", id="accounts.E001")


def _roles() -> Iterator[CheckMessage]:
    for name in ("DEFAULT_ORG_ROLE", "DEFAULT_PROJECT_ROLE"):
        if getattr(settings, name) not in Role.values:
            yield Error(f"LANGFUSE_{name} must be one of {', '.join(Role.values)}", id="accounts.E002")


def _deleters() -> Iterator[CheckMessage]:
    for path in settings.PROJECT_DELETERS:
        try:
            import_string(path)
        except ImportError as error:
            yield Error(f"PROJECT_DELETERS: {error}", id="accounts.E003")
