"""The spans of an export in, patches of their traces and observations out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from langfuse_site.lib.times import from_micros, to_micros
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
from tracing.wire.otel.metadata import (
    observation_metadata,
    root_trace_metadata,
    says_trace_metadata,
    trace_metadata,
)
from tracing.wire.otel.parameters import model_parameters_of
from tracing.wire.otel.payloads import observation_io, trace_io
from tracing.wire.otel.raw import raw_span
from tracing.wire.otel.reading import Reading, readings_of
from tracing.wire.otel.spans import Span
from tracing.wire.otel.tools import tool_call_names_of, tool_names_of
from tracing.wire.otel.trace import is_app_root, is_root, tags_of, trace_fields
from tracing.wire.otel.types import type_of
from tracing.wire.otel.usage import cost_of_span, usage_of_span
from tracing.wire.patches import IMPLIED, SAID, Clock, Patch

ROOT_ORDER, CHILD_ORDER = 0, 1
"""Of what spans that started at one moment say of their trace, a child's explicit word is the last."""

LAST_NANOSECOND = 253_000_000_000 * 10**9
"""Some time in the year 9987: what arithmetic with moments can take."""


class Times(msgspec.Struct, frozen=True, gc=False):
    """When a span started and ended, in whole milliseconds, and the start in whole microseconds."""

    micros: int
    start: datetime
    end: datetime
    implied: bool
    """The span says neither: it is taken to be of the moment when it was received."""


def patches_of_spans(spans: Sequence[Span], *, received_at: datetime) -> list[Patch]:
    """Return what spans say of traces and observations.

    The same spans in any order and grouping come to the same rows. `received_at` is when the server
    accepted the export: it stands in for the times of spans that say none.
    """
    patches: list[Patch] = []
    starts = _TraceStarts()
    for reading in readings_of(spans):
        times = times_of(reading.span, received_at)
        patches.append(_observation_patch(reading, times))
        patch = _trace_patch(reading, times)
        starts.see(reading, times, patch)
        if patch is not None:
            patches.append(patch)
    return patches + starts.shallow_patches()


def times_of(span: Span, received_at: datetime) -> Times:
    """Return a span's times; one that is missing or beyond the calendar is taken from the other."""
    start, end = _in_calendar(span.start), _in_calendar(span.end)
    first, last = start or end, end or start
    if first is None or last is None:
        micros = to_micros(received_at)
        moment = from_micros(micros // 1000 * 1000)
        return Times(micros, moment, moment, implied=True)
    return Times(first // 1000, _moment(first), _moment(last), implied=False)


def _in_calendar(nanoseconds: int | None) -> int | None:
    return nanoseconds if nanoseconds is not None and 0 < nanoseconds < LAST_NANOSECOND else None


def _moment(nanoseconds: int) -> datetime:
    return from_micros(nanoseconds // 1_000_000 * 1000)


def _observation_patch(reading: Reading, times: Times) -> Patch:
    span = reading.span
    observation_type = type_of(span)
    given, made = observation_io(span)
    environment = reading.environment
    last: dict[str, Any] = {
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
        last["model"] = model_of(span)
        last["provided_usage"] = usage_of_span(reading) or None
        last["provided_cost"] = cost_of_span(span) or None
    return Patch(
        kind="observation",
        id=span.span_id,
        clock=(times.micros, ROOT_ORDER),
        last={name: value for name, value in last.items() if value is not None},
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


def _trace_patch(reading: Reading, times: Times) -> Patch | None:
    """Return what a span says of its trace: a root everything, another only what it says outright, if it does."""
    span, said = reading.span, reading.attributes
    root = is_root(span)
    last, tags = trace_fields(said), tags_of(said)
    given, made = trace_io(span, is_root=root)
    if not root and not (last or tags or given or made or says_trace_metadata(reading)):
        return None
    if root and "name" not in last and (name := name_of(span)):
        last["name"] = name
    if (version := reading.version) is not None:
        last["version"] = version
    if (release := reading.release) is not None:
        last["release"] = release
    environment = reading.environment
    return Patch(
        kind="trace",
        id=span.trace_id,
        clock=(times.micros, ROOT_ORDER if root else CHILD_ORDER),
        last=last,
        first={
            "timestamp": (times.implied, times.start),
            "environment": (
                SAID if root and environment is not None else IMPLIED,
                environment or DEFAULT_ENVIRONMENT,
            ),
        },
        input=given,
        output=made,
        metadata=root_trace_metadata(reading) if root else trace_metadata(reading),
        tags=tags,
    )


class _TraceStarts:
    """For each trace its earliest span, and the earliest of those that say something of it."""

    def __init__(self) -> None:
        self._earliest: dict[str, tuple[bool, Clock, str, datetime]] = {}
        self._told: dict[str, tuple[bool, Clock, str]] = {}

    def see(self, reading: Reading, times: Times, patch: Patch | None) -> None:
        trace_id = reading.span.trace_id
        if patch is not None:
            told = times.implied, patch.clock, patch.first["environment"][1]
            if trace_id not in self._told or told < self._told[trace_id]:
                self._told[trace_id] = told
            return
        start = (
            times.implied,
            (times.micros, CHILD_ORDER),
            reading.environment or DEFAULT_ENVIRONMENT,
            times.start,
        )
        if trace_id not in self._earliest or start < self._earliest[trace_id]:
            self._earliest[trace_id] = start

    def shallow_patches(self) -> list[Patch]:
        """Return a patch with time and environment for each trace whose earliest span says no more of it."""
        return [
            Patch(
                kind="trace",
                id=trace_id,
                clock=clock,
                last={},
                first={"timestamp": (implied, moment), "environment": (IMPLIED, environment)},
            )
            for trace_id, (implied, clock, environment, moment) in self._earliest.items()
            if trace_id not in self._told or (implied, clock, environment) < self._told[trace_id]
        ]
