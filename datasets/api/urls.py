"""The routes of datasets below `/api/public/`."""

from django.urls import URLPattern, URLResolver, path

from datasets.api.experiments import ExperimentItemListView, ExperimentListView

urlpatterns: list[URLPattern | URLResolver] = [
    path("experiments", ExperimentListView.as_view()),
    path("experiment-items", ExperimentItemListView.as_view()),
]
