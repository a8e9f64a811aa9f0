"""Django's view of the prompts app."""

from django.apps import AppConfig


class PromptsConfig(AppConfig):
    name = "prompts"
