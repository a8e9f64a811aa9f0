"""The bytes of an ExportTraceServiceRequest in, its spans out."""

from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tracing.wire.otel.errors import UnparsableExport
from tracing.wire.otel.mending import mended
from tracing.wire.otel.spans import Attributes, Scope, Span, SpanEvent, SpanLink, Value
from tracing.wire.otel.values import (
    RawValue,
    bytes_text,
    check_id,
    check_nesting,
    double_of,
    parent_of,
    text_of_raw,
)

# Protobuf's parser lets no surrogate through; only NUL characters are left to replace.
NUL, REPLACEMENT = "\0", "\ufffd"


def spans_of_protobuf(raw: bytes) -> Iterator[Span]:
    """Yield the spans of a body; raises UnparsableExport or InvalidExport."""
    for of_resource in _export(raw).resource_spans:
        resource = _attributes(of_resource.resource.attributes)
        for of_scope in of_resource.scope_spans:
            said = of_scope.scope
            scope = Scope(_text(said.name), _text(said.version), _attributes(said.attributes))
            for span in of_scope.spans:
                yield _span(span, scope, resource)


def _export(raw: bytes) -> Any:
    try:
        return ExportTraceServiceRequest.FromString(raw)
    except DecodeError:
        try:
            return ExportTraceServiceRequest.FromString(mended(raw))
        except DecodeError as error:
            raise UnparsableExport("Protobuf") from error


def _span(span: Any, scope: Scope, resource: Attributes) -> Span:
    status, events, links = span.status, span.events, span.links
    return Span(
        trace_id=check_id("traceId", span.trace_id.hex()),
        span_id=check_id("spanId", span.span_id.hex()),
        parent_span_id=parent_of(span.parent_span_id.hex()),
        name=_text(span.name),
        start=span.start_time_unix_nano or None,
        end=span.end_time_unix_nano or None,
        status_code=status.code,
        status_message=_text(status.message),
        attributes=_attributes(span.attributes),
        events=[_event(event) for event in events] if events else [],
        links=[_link(link) for link in links] if links else [],
        scope=scope,
        resource=resource,
    )


def _event(event: Any) -> SpanEvent:
    return SpanEvent(_text(event.name), event.time_unix_nano, _attributes(event.attributes))


def _link(link: Any) -> SpanLink:
    return SpanLink(link.trace_id.hex(), link.span_id.hex(), _attributes(link.attributes))


def _text(text: str) -> str:
    return text.replace(NUL, REPLACEMENT) if NUL in text else text


def _attributes(pairs: Iterable[Any]) -> Attributes:
    found: Attributes = {}
    for pair in pairs:
        key, value = pair.key, pair.value
        # Most values are texts, and to read one costs less than to ask what it is.
        said = value.string_value
        if not said:
            said = _value(value, 1)
            if said is None:
                continue
        elif NUL in said:
            said = _text(said)
        found[_text(key) if NUL in key else key] = said
    return found


def _value(value: Any, depth: int) -> Value | None:
    """Return what the value says; None where it says nothing."""
    match value.WhichOneof("value"):
        case "string_value":
            return _text(value.string_value)
        case "int_value":
            return int(value.int_value)
        case "bool_value":
            return bool(value.bool_value)
        case "double_value":
            return double_of(value.double_value)
        case "array_value":
            check_nesting(depth)
            return [_value(item, depth + 1) for item in value.array_value.values]
        case "kvlist_value" | "bytes_value":
            return text_of_raw(_raw(value, depth))
    return None


def _raw(value: Any, depth: int) -> RawValue:
    match value.WhichOneof("value"):
        case "string_value":
            return {"stringValue": _text(value.string_value)}
        case "int_value":
            return {"intValue": str(value.int_value)}
        case "bool_value":
            return {"boolValue": value.bool_value}
        case "double_value":
            return {"doubleValue": double_of(value.double_value)}
        case "array_value":
            check_nesting(depth)
            return {"arrayValue": {"values": [_raw(item, depth + 1) for item in value.array_value.values]}}
        case "kvlist_value":
            check_nesting(depth)
            pairs = value.kvlist_value.values
            return {"kvlistValue": {"values": [_raw_pair(pair, depth + 1) for pair in pairs]}}
        case "bytes_value":
            return {"bytesValue": bytes_text(value.bytes_value)}
    return {}


def _raw_pair(pair: Any, depth: int) -> RawValue:
    return {"key": _text(pair.key), "value": _raw(pair.value, depth)}
