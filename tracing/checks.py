"""The settings of tracing in, what is wrong with them out (`manage.py check`)."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from tracing.queries.model_use import PROVIDER


@register()
def check_usage(**kwargs: Any) -> list[CheckMessage]:
    try:
        import_string(settings.USAGE[PROVIDER])
    except (ImportError, KeyError) as error:
        return [Error(f"USAGE: no provider of {PROVIDER}: {error}", id="tracing.E001")]
    return []
