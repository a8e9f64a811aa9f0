"""Decoded wire events in, patches out: what one event says of one trace or observation.

Every sender's events, and later OTel spans, become patches; merging knows nothing else.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw

from langfuse_site.lib.times import to_micros
from tracing.wire.decode import WireEvent
from tracing.wire.events import (
    ABSENT,
    DEFAULT_ENVIRONMENT,
    OBSERVATION_TYPES,
    EventBody,
    GenerationBody,
    LegacyObservationBody,
    SpanBody,
    TraceBody,
    environment_of,
    utc,
)
from tracing.wire.payloads import Payload, metadata_of, payload_of
from tracing.wire.tools import tool_call_names_of, tool_names_of
from tracing.wire.usage import provided_cost, provided_usage

__all__ = ["UPDATE_RANK", "Clock", "Patch", "Payload", "clock_of", "made_up_id", "patches_of"]

Clock = tuple[int, int]
"""When a value was written: (event time in whole microseconds, order).

`order` decides between events of one moment: creates before updates, then the place in the batch
(`index` for a create, `UPDATE_RANK + index` for an update). Clocks compare as tuples.
"""

UPDATE_RANK = 1 << 32


class Patch(msgspec.Struct, frozen=True, gc=False):
    """What one event says of one entity; column names as in `tracing.models`, absent means unsaid.

    `last`: the latest clock wins, null included. `first`: the earliest clock wins, and a value that was
    only implied (`True` first: an envelope's timestamp for a start, an id made up for a missing one) loses
    to any that was said. `metadata` is the text of a JSON object, storable as jsonb.
    """

    kind: Literal["trace", "observation"]
    id: str
    clock: Clock
    last: dict[str, Any]
    first: dict[str, tuple[bool, Any]]
    input: Payload | None = None
    output: Payload | None = None
    metadata: str | None = None
    tags: tuple[str, ...] = ()


TRACE_TEXTS = ("name", "user_id", "session_id", "release", "version")
OBSERVATION_TEXTS = ("status_message", "parent_observation_id", "version")
IMPLIED, SAID = True, False
MADE_UP = uuid.UUID("5b0c1f43-6d5e-4c57-9a37-0d6a2b1c9e10")


def patches_of(event: WireEvent) -> tuple[Patch, ...]:
    """Return what an event says of traces and observations; nothing for the events of companions."""
    body = event.body
    if isinstance(body, TraceBody):
        return (_trace_patch(event, body),)
    if isinstance(body, EventBody | LegacyObservationBody):
        return (_observation_patch(event, body),)
    return ()


def clock_of(event: WireEvent) -> Clock:
    """Return when the event writes: its time, then creates before updates, then its place."""
    return to_micros(event.time), event.index + UPDATE_RANK * event.is_update


def made_up_id(event: WireEvent) -> str:
    """Return an id for an entity whose event names none: the same each time the event is read."""
    return str(uuid.uuid5(MADE_UP, f"{event.type}\0{event.id}"))


def _trace_patch(event: WireEvent, body: TraceBody) -> Patch:
    last = {name: value for name in TRACE_TEXTS if (value := getattr(body, name)) is not UNSET}
    if body.public is not None:
        last["public"] = body.public
    first = {"timestamp": _moment(body.timestamp, event), "environment": _environment(body.environment)}
    return Patch(
        "trace",
        body.id or made_up_id(event),
        clock_of(event),
        last,
        first,
        payload_of(body.input),
        payload_of(body.output),
        metadata_of(body.metadata),
        tuple(body.tags or ()),
    )


def _observation_patch(event: WireEvent, body: EventBody | LegacyObservationBody) -> Patch:
    wire_id = body.id or made_up_id(event)
    given, made = payload_of(body.input), payload_of(body.output)
    last = _observation_last(body)
    if names := tool_names_of(given):
        last["tool_names"] = names
    if names := tool_call_names_of(made):
        last["tool_call_names"] = names
    first = {
        "type": (SAID, _type(event, body)),
        "trace_id": (SAID, body.trace_id) if body.trace_id else (IMPLIED, wire_id),
        "start_time": _moment(body.start_time, event),
        "environment": _environment(body.environment if isinstance(body, EventBody) else ABSENT),
    }
    return Patch(
        "observation",
        wire_id,
        clock_of(event),
        last,
        first,
        given,
        made,
        metadata_of(body.metadata),
    )


def _type(event: WireEvent, body: EventBody | LegacyObservationBody) -> str:
    return body.type if isinstance(body, LegacyObservationBody) else OBSERVATION_TYPES[event.type]


def _observation_last(body: EventBody | LegacyObservationBody) -> dict[str, Any]:
    last: dict[str, Any] = {name: value for name in OBSERVATION_TEXTS if (value := getattr(body, name))}
    if body.name is not UNSET:
        last["name"] = body.name
    if body.level is not UNSET:
        last["level"] = body.level or "DEFAULT"
    if isinstance(body, SpanBody | LegacyObservationBody) and body.end_time:
        last["end_time"] = utc(body.end_time)
    if isinstance(body, GenerationBody | LegacyObservationBody):
        last |= _model_fields(body)
    return last


def _model_fields(body: GenerationBody | LegacyObservationBody) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        "completion_start_time": body.completion_start_time and utc(body.completion_start_time),
        "model_parameters": body.model_parameters,
        "provided_usage": provided_usage(body.usage, body.usage_details),
        "provided_cost": provided_cost(body.usage, body.cost_details),
    }
    if isinstance(body, GenerationBody) and body.prompt_name and body.prompt_version:
        found["prompt"] = (body.prompt_name, int(body.prompt_version))
    found = {name: value for name, value in found.items() if value}
    if body.model is not UNSET:
        found["model"] = body.model
    return found


def _moment(said: datetime | None, event: WireEvent) -> tuple[bool, datetime]:
    return (IMPLIED, event.time) if said is None else (SAID, utc(said))


def _environment(raw: Raw) -> tuple[bool, str]:
    said = environment_of(raw)
    return (IMPLIED, DEFAULT_ENVIRONMENT) if said is None else (SAID, said)
