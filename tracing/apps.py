"""Django's view of the tracing app."""

from django.apps import AppConfig
from django.conf import settings

from tracing.costs.packed import keep_in


class TracingConfig(AppConfig):
    name = "tracing"

    def ready(self) -> None:
        keep_in(settings.DATA_DIR / "cache")
