"""OTLP messages in, the bodies that exporters send of them out, in each of the forms that JSON has for a value."""

import json
from base64 import b64decode
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from tests.tracing.wire.otel.spans import SPAN, TRACE

IDS = frozenset({"traceId", "spanId", "parentSpanId"})
MAX_PLAIN = 2**53


def any_value(value: Any) -> AnyValue:
    """Return a Python value as OTLP has it; None is a value that says nothing."""
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case list():
            return AnyValue(array_value=ArrayValue(values=[any_value(item) for item in value]))
        case dict():
            return AnyValue(kvlist_value=KeyValueList(values=pairs(value)))
    return AnyValue(string_value=value)


def pairs(attributes: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def export_of(attributes: dict[str, Any], **span: Any) -> ExportTraceServiceRequest:
    """Return an export of one span."""
    message = ExportTraceServiceRequest()
    spans = message.resource_spans.add().scope_spans.add().spans
    fields = {"trace_id": bytes.fromhex(TRACE), "span_id": bytes.fromhex(SPAN), **span}
    spans.add(attributes=pairs(attributes), **fields)
    return message


def as_json(message: ExportTraceServiceRequest, *, plain: bool = False) -> bytes:
    """Return the message in OTLP's JSON; `plain` writes integers and codes as numbers, as JavaScript does."""
    spelled = MessageToDict(message, use_integers_for_enums=plain)
    return json.dumps(_as_exported(spelled, plain=plain), ensure_ascii=plain).encode()


def _as_exported(value: Any, *, plain: bool, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _as_exported(item, plain=plain, name=key) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_exported(item, plain=plain) for item in value]
    if name in IDS:
        return b64decode(value).hex()
    if plain and name == "intValue" and abs(int(value)) < MAX_PLAIN:
        return int(value)
    return value
