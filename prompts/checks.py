"""The settings of prompts in, what is wrong with them out (`manage.py check`)."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

PROVIDED = ("prompts.generations", "prompts.linked", "prompts.scores")


@register()
def check_usage(**kwargs: Any) -> list[CheckMessage]:
    return list(_providers())


def _providers() -> Iterator[CheckMessage]:
    for name in PROVIDED:
        try:
            import_string(settings.USAGE[name])
        except (ImportError, KeyError) as error:
            yield Error(f"USAGE: no provider of {name}: {error}", id="prompts.E001")
