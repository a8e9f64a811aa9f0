"""What an OTLP export says, whichever way it was encoded: spans with their scope and resource."""

from typing import Any

import msgspec

Value = str | bool | int | float | list[Any]
"""A decoded AnyValue. Key-value lists, bytes and what else there is come as the JSON text of the raw
AnyValue, NaN and the infinities as strings; strings hold no NUL and no lone surrogate."""

Attributes = dict[str, Any]
"""Attributes by key, each a `Value`; of a key given twice the last value."""


class Scope(msgspec.Struct, frozen=True, gc=False):
    """The instrumentation that made a span; one object for all spans of it in an export."""

    name: str
    version: str
    attributes: Attributes


class SpanEvent(msgspec.Struct, frozen=True, gc=False):
    name: str
    time: int
    """Nanoseconds since 1970."""
    attributes: Attributes


class SpanLink(msgspec.Struct, frozen=True, gc=False):
    trace_id: str
    span_id: str
    attributes: Attributes


class Span(msgspec.Struct, frozen=True, gc=False):
    """One span; ids as they are stored: lowercase hex from protobuf, verbatim from JSON."""

    trace_id: str
    span_id: str
    parent_span_id: str | None
    name: str
    start: int | None
    """Nanoseconds since 1970; None where the sender said nothing (or 0)."""
    end: int | None
    status_code: int
    """0 unset, 1 ok, 2 error."""
    status_message: str
    attributes: Attributes
    events: list[SpanEvent]
    links: list[SpanLink]
    scope: Scope
    resource: Attributes
    """The attributes of the resource; one dict for all spans of it in an export."""
