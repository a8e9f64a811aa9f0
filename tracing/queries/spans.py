"""A project and an observation in; what OpenTelemetry told of it beyond the older events out."""

from typing import Any

import msgspec
from django.db.models import BooleanField, Case, Value, When

from tracing.models import Observation


class SpanNotes(msgspec.Struct, frozen=True, gc=False):
    """What is cheap to know of any observation."""

    has_raw: bool = False
    tool_names: list[str] | None = None
    tool_call_names: list[str] | None = None
    experiment: dict[str, Any] | None = None


class RawSpan(msgspec.Struct, frozen=True, gc=False):
    """The span as `tracing.wire.otel.raw` wrote it, and the texts that it may refer to."""

    otel: str
    input: str | None
    output: str | None


HAS_RAW = Case(When(otel__isnull=True, then=Value(False)), default=Value(True), output_field=BooleanField())


def get_notes(project_id: str, observation_id: str) -> SpanNotes:
    """Return the notes of the observation with this key."""
    rows = Observation.objects.filter(project_id=project_id, id=observation_id)
    row: Any = rows.values_list(HAS_RAW, "tool_names", "tool_call_names", "experiment").first()
    return SpanNotes(*row) if row else SpanNotes()


def get_raw_span(project_id: str, trace_id: str, observation_id: str) -> RawSpan | None:
    """Return the raw span of an observation of a trace (keys), where it came as one."""
    rows = Observation.objects.filter(project_id=project_id, trace_id=trace_id, id=observation_id)
    row: Any = rows.filter(otel__isnull=False).values_list("otel", "input", "output").first()
    return RawSpan(*row) if row else None


def get_experiment(project_id: str, trace_id: str) -> dict[str, Any] | None:
    """Return what a trace (key) says of the experiment that it is part of."""
    rows = Observation.objects.filter(
        project_id=project_id, trace_id=trace_id, experiment_id__isnull=False, experiment__isnull=False
    )
    found: dict[str, Any] | None = rows.values_list("experiment", flat=True).first()
    return found
