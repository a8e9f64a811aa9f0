"""The spans of an export in, patches of their traces and observations out."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tracing.wire.events import DEFAULT_ENVIRONMENT
from tracing.wire.otel.experiments import ID as EXPERIMENT
from tracing.wire.otel.experiments import experiment_of
from tracing.wire.otel.fields import (
    COMPLETION_START_KEYS,
    MODEL_KEYS,
    PROMPT_KEYS,
    completion_start_of,
    level_of,
    model_of,
    name_of,
    prompt_of,
    repeats_its_calls,
    status_message_of,
)
from tracing.wire.otel.keys import Keys, looks_at
from tracing.wire.otel.metadata import observation_metadata
from tracing.wire.otel.parameters import KEYS as PARAMETER_KEYS
from tracing.wire.otel.parameters import model_parameters_of
from tracing.wire.otel.payloads import observation_io
from tracing.wire.otel.raw import raw_span
from tracing.wire.otel.reading import Reading, readings_of
from tracing.wire.otel.spans import Span
from tracing.wire.otel.tools import tool_call_names_of, tool_names_of
from tracing.wire.otel.trace import APP_ROOT, is_app_root
from tracing.wire.otel.traces import Traces
from tracing.wire.otel.types import type_of
from tracing.wire.otel.usage import COST_KEYS, USAGE_KEYS, cost_of_span, usage_of_span
from tracing.wire.patches import IMPLIED, SAID, Patch, Payload

ORDER = 0
"""An observation has one span; the same span sent again says the same."""


class Column(NamedTuple):
    """A column that is null for every span with none of the attributes that it looks at."""

    name: str
    read: Callable[[Reading], Any]
    keys: Keys


RARE = (
    Column("completion_start_time", completion_start_of, COMPLETION_START_KEYS),
    Column("model_parameters", model_parameters_of, PARAMETER_KEYS),
    Column("is_app_root", lambda reading: is_app_root(reading.span) or None, looks_at(APP_ROOT)),
    Column("experiment", lambda reading: experiment_of(reading.span), looks_at(EXPERIMENT)),
)
OF_GENERATIONS = (Column("prompt", prompt_of, PROMPT_KEYS),)
OF_CALLS = (
    Column("model", model_of, MODEL_KEYS),
    Column("provided_usage", lambda reading: usage_of_span(reading) or None, USAGE_KEYS),
    Column("provided_cost", lambda reading: cost_of_span(reading.span) or None, COST_KEYS),
)


def patches_of_spans(spans: Sequence[Span], *, received_at: datetime) -> list[Patch]:
    """Return what spans say of traces and observations.

    The same spans in any order and grouping come to the same rows. `received_at` is when the server
    accepted the export: it stands in for the times of spans that say none.
    """
    patches: list[Patch] = []
    traces = Traces()
    for reading in readings_of(spans, received_at=received_at):
        patch = _observation_patch(reading)
        patches.append(patch)
        traces.add(reading, patch)
    return patches + traces.patches()


def _observation_patch(reading: Reading) -> Patch:
    span, times, environment = reading.span, reading.times, reading.environment
    observation_type = type_of(span, reading.keys)
    given, made = observation_io(span, reading.keys)
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
    span, keys = reading.span, reading.keys
    said = {
        "name": name_of(reading),
        "level": level_of(span),
        "status_message": status_message_of(span),
        "parent_observation_id": span.parent_span_id or None,
        "version": reading.version,
        "end_time": reading.times.end,
        "tool_names": tool_names_of(span, keys, given),
        "tool_call_names": tool_call_names_of(span, keys, made),
        "otel": raw_span(span, given, made),
    }
    columns: tuple[Column, ...] = RARE
    if observation_type == "GENERATION":
        columns += OF_GENERATIONS
    if not repeats_its_calls(span):
        columns += OF_CALLS
    for column in columns:
        if keys.have(column.keys):
            said[column.name] = column.read(reading)
    return {name: value for name, value in said.items() if value is not None}
