"""The spans of an export in, patches of their traces and observations out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tracing.wire.events import DEFAULT_ENVIRONMENT
from tracing.wire.otel.experiments import experiment_of
from tracing.wire.otel.fields import (
    completion_start_of,
    level_of,
    model_of,
    name_of,
    prompt_of,
    repeats_its_calls,
    status_message_of,
)
from tracing.wire.otel.metadata import observation_metadata
from tracing.wire.otel.parameters import model_parameters_of
from tracing.wire.otel.payloads import observation_io
from tracing.wire.otel.raw import raw_span
from tracing.wire.otel.reading import Reading, readings_of
from tracing.wire.otel.spans import Span
from tracing.wire.otel.tools import tool_call_names_of, tool_names_of
from tracing.wire.otel.trace import is_app_root
from tracing.wire.otel.traces import Traces
from tracing.wire.otel.types import type_of
from tracing.wire.otel.usage import cost_of_span, usage_of_span
from tracing.wire.patches import IMPLIED, SAID, Patch, Payload

ORDER = 0
"""An observation has one span; the same span sent again says the same."""


def patches_of_spans(spans: Sequence[Span], *, received_at: datetime) -> list[Patch]:
    """Return what spans say of traces and observations.

    The same spans in any order and grouping come to the same rows. `received_at` is when the server
    accepted the export: it stands in for the times of spans that say none.
    """
    patches: list[Patch] = []
    traces = Traces()
    for reading in readings_of(spans, received_at=received_at):
        patches.append(_observation_patch(reading))
        traces.add(reading)
    return patches + traces.patches()


def _observation_patch(reading: Reading) -> Patch:
    span, times, environment = reading.span, reading.times, reading.environment
    observation_type = type_of(span)
    given, made = observation_io(span)
    return Patch(
        kind="observation",
        id=span.span_id,
        clock=(times.micros, ORDER),
        last=_last(reading, observation_type, given, made),
        first={
            "type": (SAID, observation_type),
            "trace_id": (SAID, span.trace_id),
            "start_time": (times.implied, times.start),
            "environment": (IMPLIED, DEFAULT_ENVIRONMENT) if environment is None else (SAID, environment),
        },
        input=given,
        output=made,
        metadata=observation_metadata(reading),
    )


def _last(
    reading: Reading, observation_type: str, given: Payload | None, made: Payload | None
) -> dict[str, Any]:
    """Return the fields that a span says, by column."""
    span, times = reading.span, reading.times
    said = {
        "name": name_of(span),
        "level": level_of(span),
        "status_message": status_message_of(span),
        "parent_observation_id": span.parent_span_id or None,
        "version": reading.version,
        "end_time": times.end,
        "completion_start_time": completion_start_of(span, times.start),
        "model_parameters": model_parameters_of(reading),
        "prompt": prompt_of(span) if observation_type == "GENERATION" else None,
        "is_app_root": is_app_root(span) or None,
        "tool_names": tool_names_of(span, given),
        "tool_call_names": tool_call_names_of(span, made),
        "experiment": experiment_of(span),
        "otel": raw_span(span, given, made),
    }
    if not repeats_its_calls(span):
        said["model"] = model_of(span)
        said["provided_usage"] = usage_of_span(reading) or None
        said["provided_cost"] = cost_of_span(span) or None
    return {name: value for name, value in said.items() if value is not None}
