"""The routes of analytics below `/api/public/`."""

from django.urls import URLPattern, URLResolver, path

from analytics.api.metrics import DailyView, MetricsV2View, MetricsView

urlpatterns: list[URLPattern | URLResolver] = [
    path("metrics", MetricsView.as_view()),
    path("metrics/daily", DailyView.as_view()),
    path("v2/metrics", MetricsV2View.as_view()),
]
