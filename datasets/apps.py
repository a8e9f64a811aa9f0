"""Django's view of the datasets app."""

from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    name = "datasets"
