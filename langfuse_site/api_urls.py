"""Every route below `/api/public/`, app by app, the busiest first."""

from django.urls import include, path, re_path

from accounts.api.views import UnknownRoute

urlpatterns = [
    path("", include("prompts.api.urls")),
    path("", include("tracing.api.urls")),
    path("", include("scoring.api.urls")),
    path("", include("datasets.api.urls")),
    path("", include("analytics.api.urls")),
    path("", include("accounts.api.urls")),
    re_path(r"[\s\S]*", UnknownRoute.as_view()),
]
