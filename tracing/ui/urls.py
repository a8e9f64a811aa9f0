"""The routes of the pages of tracing."""

from django.urls import path

from tracing.ui import prices, retention, views

urlpatterns = [
    path("project/<row_id:project_id>/traces", views.traces, name="traces"),
    path("project/<row_id:project_id>/traces/<client_id:trace_id>", views.trace, name="trace"),
    path("project/<row_id:project_id>/trace-visibility", views.trace_visibility, name="trace_visibility"),
    path("project/<row_id:project_id>/first-trace", views.first_trace, name="first_trace"),
    path("project/<row_id:project_id>/payload", views.payload, name="payload"),
    path("project/<row_id:project_id>/otel-span", views.otel_span, name="otel_span"),
    path("project/<row_id:project_id>/settings/retention", retention.retention, name="retention"),
    path("project/<row_id:project_id>/models", prices.prices, name="prices"),
    path("project/<row_id:project_id>/models/price", prices.set_price, name="set_price"),
    path("project/<row_id:project_id>/models/check", prices.check_prices, name="check_prices"),
    path(
        "project/<row_id:project_id>/models/<row_id:repricing_id>/apply",
        prices.apply_prices,
        name="apply_prices",
    ),
    path(
        "project/<row_id:project_id>/models/<row_id:repricing_id>/discard",
        prices.discard_prices,
        name="discard_prices",
    ),
    path("trace/<client_id:trace_id>", views.trace_anywhere, name="trace_anywhere"),
]
