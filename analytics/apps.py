"""The app of rollups, metrics and dashboards."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"
