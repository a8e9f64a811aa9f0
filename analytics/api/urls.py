"""The routes of analytics below `/api/public/`."""

from django.urls import URLPattern, URLResolver, path

import tracing.api.paths  # noqa: F401 - registers the converter of ids
from analytics.api.metrics import DailyView, MetricsV2View, MetricsView
from analytics.api.saved import (
    DashboardListView,
    DashboardView,
    PlacementListView,
    PlacementView,
    WidgetListView,
    WidgetView,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("metrics", MetricsView.as_view()),
    path("metrics/daily", DailyView.as_view()),
    path("v2/metrics", MetricsV2View.as_view()),
    path("unstable/dashboards", DashboardListView.as_view()),
    path("unstable/dashboards/<wire_id:dashboard_id>/placements", PlacementListView.as_view()),
    path(
        "unstable/dashboards/<wire_id:dashboard_id>/placements/<wire_id:placement_id>",
        PlacementView.as_view(),
    ),
    path("unstable/dashboards/<wire_id:dashboard_id>", DashboardView.as_view()),
    path("unstable/dashboard-widgets", WidgetListView.as_view()),
    path("unstable/dashboard-widgets/<wire_id:widget_id>", WidgetView.as_view()),
]
