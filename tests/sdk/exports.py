"""An OpenTelemetry export as it travels in, its JSON form out, and the way back to protobuf."""

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

Json = dict[str, Any]
IDS = ("traceId", "spanId", "parentSpanId")
"""Hexadecimal in OTLP's JSON, base64 in that of protobuf."""


def readable(content: bytes, headers: Mapping[str, str]) -> Json:
    """Return the JSON form of the body of an export request."""
    if headers.get("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    if "json" in headers["Content-Type"]:
        body: Json = json.loads(content)
        return body
    message = json_format.MessageToDict(
        ExportTraceServiceRequest.FromString(content), use_integers_for_enums=True
    )
    _rewrite_ids(message, lambda text: base64.b64decode(text).hex())
    return message


def protobuf(export: Json) -> bytes:
    """Return an export in JSON form as protobuf."""
    message = json.loads(json.dumps(export))
    _rewrite_ids(message, lambda text: base64.b64encode(bytes.fromhex(text)).decode())
    return json_format.ParseDict(message, ExportTraceServiceRequest()).SerializeToString()


def spans(exports: list[Json]) -> list[tuple[str, Json]]:
    """Return the name of its scope and each span of the exports."""
    return [
        (scope["scope"]["name"], span)
        for export in exports
        for resource in export["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]


def _rewrite_ids(message: Json, rewrite: Any) -> None:
    for resource in message["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for key in IDS:
                    if span.get(key):
                        span[key] = rewrite(span[key])
