"""The routes of tracing below `/api/public/`."""

from django.urls import URLPattern, URLResolver, path

from tracing.api.health import HealthView, ReadyView
from tracing.api.ingestion import IngestionView
from tracing.api.media import MediaContentView, MediaUploadsView, MediaUploadView, MediaView
from tracing.api.models import ModelListView, ModelView
from tracing.api.observations import ObservationListView, ObservationView
from tracing.api.observations_v2 import ObservationV2ListView
from tracing.api.otel import MetricExportView, TraceExportView
from tracing.api.paths import register_wire_ids
from tracing.api.sessions import SessionListView, SessionView, UserListView
from tracing.api.single import EventsView, GenerationsView, SpansView
from tracing.api.traces import TraceListView, TraceView

register_wire_ids()

MEDIA = [
    path("media", MediaUploadsView.as_view()),
    path("media/<str:media_id>", MediaView.as_view()),
    path("media/<str:media_id>/upload", MediaUploadView.as_view(), name="media-upload"),
    path("media/<str:media_id>/content", MediaContentView.as_view(), name="media-content"),
]
OTEL = [
    path("otel/v1/traces", TraceExportView.as_view()),
    path("otel/v1/metrics", MetricExportView.as_view()),
    # People end an exporter's address by a slash; the document knows one form.
    path("otel/v1/traces/", TraceExportView.as_view(schema=None)),
    path("otel/v1/metrics/", MetricExportView.as_view(schema=None)),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("ingestion", IngestionView.as_view()),
    *OTEL,
    path("health", HealthView.as_view()),
    path("ready", ReadyView.as_view()),
    *MEDIA,
    path("models", ModelListView.as_view()),
    path("models/<wire_id:model_id>", ModelView.as_view()),
    path("traces", TraceListView.as_view()),
    path("traces/<wire_id:trace_id>", TraceView.as_view()),
    path("observations", ObservationListView.as_view()),
    path("observations/<wire_id:observation_id>", ObservationView.as_view()),
    path("v2/observations", ObservationV2ListView.as_view()),
    path("sessions", SessionListView.as_view()),
    path("sessions/<wire_id:session_id>", SessionView.as_view()),
    path("users", UserListView.as_view()),
    path("spans", SpansView.as_view()),
    path("generations", GenerationsView.as_view()),
    path("events", EventsView.as_view()),
]
