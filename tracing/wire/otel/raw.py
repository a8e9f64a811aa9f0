"""A span in, JSON of what it said out, and back: to see what a mapping made of it."""

import json
from typing import Any

import msgspec

from tracing.wire.otel.spans import Attributes, Span
from tracing.wire.payloads import Payload

REFERENCE = "same as"
"""The only key of an object that stands for a text that is stored as input or output already.
No attribute's value is an object, so nothing else can look like one."""

LEAST_REFERENCED = 100
"""Characters from which on a reference is worth it."""


def raw_span(span: Span, input: Payload | None, output: Payload | None) -> str:  # noqa: A002
    """Return JSON of a span; what is stored as its input or output is only referred to.

    Times are nanoseconds since 1970. What the span does not say is left out.
    """
    texts = {
        payload.text: {REFERENCE: name, "length": len(payload.text)}
        for name, payload in (("output", output), ("input", input))
        if payload is not None and len(payload.text) > LEAST_REFERENCED
    }
    said = {
        "name": span.name,
        "start": span.start,
        "end": span.end,
        "status": {"code": span.status_code, "message": span.status_message},
        "attributes": _referring(span.attributes, texts),
        "events": [
            {"name": event.name, "time": event.time, "attributes": _referring(event.attributes, texts)}
            for event in span.events
        ],
        "links": [
            {"traceId": link.trace_id, "spanId": link.span_id, "attributes": link.attributes}
            for link in span.links
        ],
        "scope": span.scope,
        "resource": span.resource,
    }
    return msgspec.json.encode(said).decode()


def _referring(attributes: Attributes, texts: dict[str, dict[str, Any]]) -> Attributes:
    if not texts:
        return attributes
    return {
        key: texts.get(value, value) if isinstance(value, str) and len(value) > LEAST_REFERENCED else value
        for key, value in attributes.items()
    }


def read_raw(text: str, input: str | None, output: str | None) -> dict[str, Any]:  # noqa: A002
    """Return what `raw_span` was told, with the stored input and output put back.

    A reference whose text has since been replaced by another of another length stays a reference.
    """
    said: dict[str, Any] = json.loads(text)
    texts = {"input": input, "output": output}
    for holder in (said, *said["events"]):
        holder["attributes"] = {key: _resolved(value, texts) for key, value in holder["attributes"].items()}
    return said


def _resolved(value: Any, texts: dict[str, str | None]) -> Any:
    if not isinstance(value, dict):
        return value
    text = texts.get(value[REFERENCE])
    return text if text is not None and len(text) == value["length"] else value
