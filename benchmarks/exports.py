"""The benchmark's traces in, the same observations as OTLP exports out, as a Langfuse SDK of version 5 sends them."""

import json
import random
from datetime import datetime
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from benchmarks.traces import Reel, make_traces

TOKEN = b"\xf7\xfe\xf6\xfd"
"""The part of every id that a send replaces; no text has these bytes, so that nothing else is replaced."""

SDK_VERSION = "5.0.4"
RESOURCE = {
    "telemetry.sdk.language": "python",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.version": "1.45.0",
    "service.name": "benchmark",
}


def make_export_reel(spans: int, *, batches: int, seed: int = 1) -> Reel:
    """Return at least `batches` exports of so many spans; the last may be shorter."""
    random_ = random.Random(seed)
    traces = make_traces(random_)
    made: list[Span] = []
    while len(made) < spans * batches:
        made += _spans_of(next(traces), random_)
    groups = [made[start : start + spans] for start in range(0, len(made), spans)]
    seen: set[bytes] = set()
    new_traces = []
    for group in groups:
        named = {span.trace_id for span in group}
        new_traces.append(len(named - seen))
        seen |= named
    return Reel(
        bodies=tuple(_export(group) for group in groups),
        counts=tuple(map(len, groups)),
        rows=tuple(len(group) + new for group, new in zip(groups, new_traces, strict=True)),
        last_observations=tuple(group[-1].span_id.hex() for group in groups),
        token=TOKEN,
        new_token=lambda random_: random_.randbytes(len(TOKEN)),
        shown=bytes.hex,
    )


def _spans_of(events: list[dict[str, Any]], random_: random.Random) -> list[Span]:
    """Return a trace's observations in the order in which they end: the root is the last."""
    trace = next(event["body"] for event in events if event["type"] == "trace-create")
    observations = [event for event in events if event["type"] in KINDS]
    ids = {event["body"]["id"]: _id(random_, 8) for event in observations}
    trace_id = _id(random_, 16)
    spans = [_span(event, trace, ids=ids, trace_id=trace_id) for event in observations]
    return spans[1:] + spans[:1]


KINDS = {"span-create": "span", "generation-create": "generation", "event-create": "event"}


def _id(random_: random.Random, size: int) -> bytes:
    """Return an id: four random bytes, that it may stand anywhere in an index, and the token as often as it fits."""
    return random_.randbytes(4) + TOKEN * (size // len(TOKEN) - 1)


def _span(event: dict[str, Any], trace: dict[str, Any], *, ids: dict[str, bytes], trace_id: bytes) -> Span:
    body = event["body"]
    start = _nanoseconds(body["startTime"])
    return Span(
        trace_id=trace_id,
        span_id=ids[body["id"]],
        parent_span_id=ids.get(body.get("parentObservationId", ""), b""),
        name=body["name"],
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=start,
        end_time_unix_nano=_nanoseconds(body["endTime"]) if "endTime" in body else start,
        attributes=_attributes(_observation(body, KINDS[event["type"]]) | _of_trace(trace)),
    )


def _observation(body: dict[str, Any], kind: str) -> dict[str, Any]:
    said: dict[str, Any] = {"type": kind}
    said |= {name: json.dumps(body[name]) for name in ("input", "output") if name in body}
    said |= {f"metadata.{key}": json.dumps(value) for key, value in body.get("metadata", {}).items()}
    if kind == "generation":
        said["model.name"] = body["model"]
        said["model.parameters"] = json.dumps(body["modelParameters"])
        said["usage_details"] = json.dumps({name: body["usage"][name] for name in ("input", "output")})
        said["completion_start_time"] = json.dumps(body["completionStartTime"])
    return {f"langfuse.observation.{name}": value for name, value in said.items()}


def _of_trace(trace: dict[str, Any]) -> dict[str, Any]:
    return {
        "langfuse.trace.name": trace["name"],
        "langfuse.trace.tags": trace["tags"],
        "user.id": trace["userId"],
        "session.id": trace["sessionId"],
        "langfuse.release": trace["release"],
        "langfuse.environment": "production",
    }


def _export(spans: list[Span]) -> bytes:
    scope = InstrumentationScope(
        name="langfuse-sdk", version=SDK_VERSION, attributes=_attributes({"public_key": "pk-lf-benchmark"})
    )
    resource = Resource(attributes=_attributes(RESOURCE))
    resource_spans = ResourceSpans(resource=resource, scope_spans=[ScopeSpans(scope=scope, spans=spans)])
    return bytes(ExportTraceServiceRequest(resource_spans=[resource_spans]).SerializeToString())


def _attributes(values: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in values.items()]


def _value(value: Any) -> AnyValue:
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[_value(each) for each in value]))
    return AnyValue(string_value=value)


def _nanoseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1_000_000) * 1000
