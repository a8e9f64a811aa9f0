"""The bytes of an ExportTraceServiceRequest in OTLP's JSON in, its spans out."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import DecodeError, Struct, ValidationError

from tracing.wire.otel.errors import InvalidExport, UnparsableExport
from tracing.wire.otel.spans import Attributes, Scope, Span, SpanEvent, SpanLink, Value
from tracing.wire.otel.values import (
    MAX_NANOSECONDS,
    RawValue,
    check_id,
    check_nesting,
    double_of,
    int_of,
    parent_of,
    text_of_raw,
)
from tracing.wire.text import repaired, storable


class JsonValue(Struct, rename="camel", gc=False):
    """An AnyValue. `bytes_value` is text in OTLP; some exporters write an object of numbered bytes."""

    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | float | str | None = None
    double_value: float | str | None = None
    array_value: "JsonValues | None" = None
    kvlist_value: "JsonPairs | None" = None
    bytes_value: Any = None


class JsonValues(Struct, gc=False):
    values: list[JsonValue | None] | None = None


class JsonPair(Struct, gc=False):
    key: str = ""
    value: JsonValue | None = None


class JsonPairs(Struct, gc=False):
    values: list[JsonPair] | None = None


class JsonResource(Struct, gc=False):
    attributes: list[JsonPair] | None = None


class JsonScope(Struct, gc=False):
    name: str | None = None
    version: str | None = None
    attributes: list[JsonPair] | None = None


class JsonStatus(Struct, gc=False):
    code: int | str | None = None
    message: str | None = None


class JsonEvent(Struct, rename="camel", gc=False):
    name: str | None = None
    time_unix_nano: int | float | str | None = None
    attributes: list[JsonPair] | None = None


class JsonLink(Struct, rename="camel", gc=False):
    trace_id: Any = None
    span_id: Any = None
    attributes: list[JsonPair] | None = None


class JsonSpan(Struct, rename="camel", gc=False):
    trace_id: Any = None
    span_id: Any = None
    parent_span_id: Any = None
    name: str | None = None
    start_time_unix_nano: int | float | str | None = None
    end_time_unix_nano: int | float | str | None = None
    attributes: list[JsonPair] | None = None
    events: list[JsonEvent] | None = None
    links: list[JsonLink] | None = None
    status: JsonStatus | None = None


class JsonScopeSpans(Struct, gc=False):
    scope: JsonScope | None = None
    spans: list[JsonSpan] | None = None


class JsonResourceSpans(Struct, rename="camel", gc=False):
    resource: JsonResource | None = None
    scope_spans: list[JsonScopeSpans] | None = None


class JsonExport(Struct, rename="camel", gc=False):
    resource_spans: list[JsonResourceSpans] | None = None


EXPORT = msgspec.json.Decoder(JsonExport)

STATUS_CODES = {"STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2, "OK": 1, "ERROR": 2, "1": 1, "2": 2}


def spans_of_json(raw: bytes) -> Iterator[Span]:
    """Yield the spans of a body; raises UnparsableExport or InvalidExport."""
    for of_resource in _export(storable(raw)).resource_spans or ():
        said = of_resource.resource
        resource = _attributes(said.attributes) if said else {}
        for of_scope in of_resource.scope_spans or ():
            scope = _scope(of_scope.scope)
            for span in of_scope.spans or ():
                yield _span(span, scope, resource)


def _export(text: bytes) -> JsonExport:
    try:
        return _decoded(text)
    except DecodeError:
        # NaN and bare control characters are no JSON and are met all the same.
        try:
            return _decoded(repaired(text))
        except DecodeError as error:
            raise UnparsableExport("JSON") from error


def _decoded(text: bytes) -> JsonExport:
    try:
        return EXPORT.decode(text)
    except ValidationError as error:
        raise InvalidExport(str(error)) from error
    except RecursionError as error:
        raise InvalidExport("it is nested too deep") from error


def _span(span: JsonSpan, scope: Scope, resource: Attributes) -> Span:
    status = span.status
    return Span(
        trace_id=check_id("traceId", _id("traceId", span.trace_id)),
        span_id=check_id("spanId", _id("spanId", span.span_id)),
        parent_span_id=parent_of(_id("parentSpanId", span.parent_span_id)),
        name=span.name or "",
        start=_nanoseconds(span.start_time_unix_nano),
        end=_nanoseconds(span.end_time_unix_nano),
        status_code=_status_code(status.code) if status else 0,
        status_message=(status.message or "") if status else "",
        attributes=_attributes(span.attributes),
        events=[_event(event) for event in span.events] if span.events else [],
        links=[_link(link) for link in span.links] if span.links else [],
        scope=scope,
        resource=resource,
    )


def _scope(scope: JsonScope | None) -> Scope:
    if scope is None:
        return Scope("", "", {})
    return Scope(scope.name or "", scope.version or "", _attributes(scope.attributes))


def _event(event: JsonEvent) -> SpanEvent:
    return SpanEvent(event.name or "", _nanoseconds(event.time_unix_nano) or 0, _attributes(event.attributes))


def _link(link: JsonLink) -> SpanLink:
    return SpanLink(_id("traceId", link.trace_id), _id("spanId", link.span_id), _attributes(link.attributes))


def _id(name: str, value: Any) -> str:
    """Return an id as it stands, or the hex of one that came as a list of bytes; empty where there is none."""
    if isinstance(value, str):
        return value
    if not value:
        return ""
    try:
        return bytes(value).hex() if isinstance(value, list) else _no_id(name)
    except (TypeError, ValueError):
        return _no_id(name)


def _no_id(name: str) -> str:
    raise InvalidExport(f"{name} must be a string")


def _nanoseconds(value: float | str | None) -> int | None:
    """Return a time; None where there is none, which 0 means too."""
    if not value:
        return None
    try:
        moment = int(value)
    except ValueError:
        moment = -1
    if not 0 <= moment <= MAX_NANOSECONDS:
        raise InvalidExport("a time must be a number of nanoseconds since 1970")
    return moment or None


def _status_code(code: int | str | None) -> int:
    return code if isinstance(code, int) else STATUS_CODES.get(code or "", 0)


def _attributes(pairs: Sequence[JsonPair] | None) -> Attributes:
    found: Attributes = {}
    for pair in pairs or ():
        value = pair.value
        if value is None:
            continue
        said: Value | None = value.string_value
        if said is None:
            said = _value(value, 1)
            if said is None:
                continue
        found[pair.key] = said
    return found


def _value(value: JsonValue | None, depth: int) -> Value | None:
    """Return what the value says; None where it says nothing."""
    if value is None:
        return None
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return int_of(value.int_value)
    if value.bool_value is not None:
        return value.bool_value
    if value.double_value is not None:
        return double_of(value.double_value)
    if value.array_value is not None:
        check_nesting(depth)
        return [_value(item, depth + 1) for item in value.array_value.values or ()]
    raw = _raw(value, depth)
    return text_of_raw(raw) if raw else None


def _raw(value: JsonValue | None, depth: int) -> RawValue:
    if value is None:
        return {}
    if value.string_value is not None:
        return {"stringValue": value.string_value}
    if value.int_value is not None:
        return {"intValue": str(int_of(value.int_value))}
    if value.bool_value is not None:
        return {"boolValue": value.bool_value}
    if value.double_value is not None:
        return {"doubleValue": double_of(value.double_value)}
    if value.array_value is not None:
        check_nesting(depth)
        return {"arrayValue": {"values": [_raw(item, depth + 1) for item in value.array_value.values or ()]}}
    if value.kvlist_value is not None:
        check_nesting(depth)
        return {"kvlistValue": {"values": _raw_pairs(value.kvlist_value.values or (), depth + 1)}}
    return {} if value.bytes_value is None else {"bytesValue": value.bytes_value}


def _raw_pairs(pairs: Iterable[JsonPair], depth: int) -> list[RawValue]:
    return [{"key": pair.key, "value": _raw(pair.value, depth)} for pair in pairs]
