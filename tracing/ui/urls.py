"""The routes of the pages of tracing."""

from django.urls import path

from tracing.ui import views

urlpatterns = [
    path("project/<row_id:project_id>/traces", views.traces, name="traces"),
    path("project/<row_id:project_id>/traces/<client_id:trace_id>", views.trace, name="trace"),
    path("project/<row_id:project_id>/first-trace", views.first_trace, name="first_trace"),
    path("project/<row_id:project_id>/payload", views.payload, name="payload"),
    path("project/<row_id:project_id>/otel-span", views.otel_span, name="otel_span"),
    path("trace/<client_id:trace_id>", views.trace_anywhere, name="trace_anywhere"),
]
