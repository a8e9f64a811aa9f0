"""Django's view of the prompts app."""

from importlib import import_module

from django.apps import AppConfig


class PromptsConfig(AppConfig):
    name = "prompts"

    def ready(self) -> None:
        import_module("prompts.checks")
