"""Django's view of the tracing app."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings

from tracing.costs.packed import keep_in


class TracingConfig(AppConfig):
    name = "tracing"

    def ready(self) -> None:
        import_module("tracing.checks")
        keep_in(settings.DATA_DIR / "cache")
