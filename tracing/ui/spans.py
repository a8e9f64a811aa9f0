"""A raw span in, what the panel OpenTelemetry shows of it out: texts, cut where they are long."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from langfuse_site.lib.exact_json import exact_dumps
from tracing.queries.spans import RawSpan
from tracing.wire.otel.raw import REFERENCE, read_raw

MAX_SHOWN = 10_000
"""Characters of one value on the page."""
MAX_LISTED = 500
"""Attributes, events or links on the page."""
STATUSES = {0: "unset", 1: "ok", 2: "error"}
PUBLIC_KEY = "public_key"
"""The attribute of a scope in which SDKs say it."""
NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Attribute:
    key: str
    text: str
    size: int

    @property
    def is_cut(self) -> bool:
        return self.size > len(self.text)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened `offset` seconds after the start of its span, where that is known."""

    name: str
    offset: float | None
    attributes: list[Attribute]


@dataclass(frozen=True, slots=True)
class Link:
    trace_id: str
    span_id: str
    attributes: list[Attribute]


@dataclass(frozen=True, slots=True)
class SpanView:
    name: str
    status: str
    status_message: str
    scope: str
    scope_attributes: list[Attribute]
    attributes: list[Attribute]
    attribute_count: int
    resource: list[Attribute]
    events: list[Event]
    event_count: int
    links: list[Link]


def span_view(raw: RawSpan, *, keys: bool = True) -> SpanView:
    """Return what is shown of a span; `keys`: with the API key that it was sent with."""
    said = read_raw(raw.otel, raw.input, raw.output)
    if not keys:
        said["scope"]["attributes"].pop(PUBLIC_KEY, None)
    scope, status, start = said["scope"], said["status"], said.get("start")
    return SpanView(
        name=said["name"],
        status=STATUSES.get(status["code"], str(status["code"])),
        status_message=status["message"],
        scope=" ".join(part for part in (scope["name"], scope["version"]) if part),
        scope_attributes=_attributes(scope["attributes"]),
        attributes=_attributes(said["attributes"]),
        attribute_count=len(said["attributes"]),
        resource=_attributes(said["resource"]),
        events=[_event(event, start) for event in said["events"][:MAX_LISTED]],
        event_count=len(said["events"]),
        links=[
            Link(link["traceId"], link["spanId"], _attributes(link["attributes"]))
            for link in said["links"][:MAX_LISTED]
        ],
    )


def counted(names: Iterable[str] | None) -> list[str]:
    """Return each name once, with how often it comes."""
    return [name if count == 1 else f"{name} × {count}" for name, count in Counter(names or ()).items()]


def _event(event: Mapping[str, Any], start: int | None) -> Event:
    known = bool(start and event["time"])
    offset = (event["time"] - start) / NANOSECONDS if known and start else None
    return Event(event["name"], offset, _attributes(event["attributes"]))


def _attributes(attributes: Mapping[str, Any]) -> list[Attribute]:
    return [_attribute(key, attributes[key]) for key in sorted(attributes)[:MAX_LISTED]]


def _attribute(key: str, value: Any) -> Attribute:
    if isinstance(value, dict) and REFERENCE in value:
        text = f"What was stored as {value[REFERENCE]} when the span came in ({value['length']:,} characters)"
        return Attribute(key, text, len(text))
    text = value if isinstance(value, str) else exact_dumps(value)
    return Attribute(key, text[:MAX_SHOWN], len(text))
