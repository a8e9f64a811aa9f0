"""Django's view of the scoring app."""

from django.apps import AppConfig


class ScoringConfig(AppConfig):
    name = "scoring"
