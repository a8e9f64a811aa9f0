"""A small span for the tests of the mapping: says only what a test names."""

from collections.abc import Sequence
from typing import Any

from tracing.wire.otel.spans import Attributes, Scope, Span, SpanEvent, SpanLink

START = 1_714_564_800_123_456_789
"""2024-05-01 12:00:00.123456789 UTC, in nanoseconds."""

SECOND = 1_000_000_000
TRACE, SPAN, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"


def span(
    attributes: Attributes | None = None,
    *,
    scope: str = "some-library",
    scope_version: str = "1.0.0",
    scope_attributes: Attributes | None = None,
    resource: Attributes | None = None,
    name: str = "work",
    trace_id: str = TRACE,
    span_id: str = SPAN,
    parent: str | None = None,
    start: int | None = START,
    end: int | None = START + SECOND,
    status: tuple[int, str] = (0, ""),
    events: Sequence[SpanEvent] = (),
    links: Sequence[SpanLink] = (),
) -> Span:
    """Return a root span of a second, made by a library that no convention knows."""
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent,
        name=name,
        start=start,
        end=end,
        status_code=status[0],
        status_message=status[1],
        attributes=attributes or {},
        events=list(events),
        links=list(links),
        scope=Scope(scope, scope_version, scope_attributes or {}),
        resource=resource or {},
    )


def event(name: str, attributes: dict[str, Any] | None = None, *, time: int = START) -> SpanEvent:
    return SpanEvent(name, time, attributes or {})
