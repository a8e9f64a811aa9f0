"""The body of an older REST call (`POST /traces`, `PATCH /spans`, …) in, an ingestion request of one event out.

So that what comes this way is validated, spooled and merged as any other event.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from langfuse_site.lib.ids import new_uuid
from tracing.wire.decode import read_object
from tracing.wire.events import utc

RestType = Literal[
    "trace-create",
    "span-create",
    "span-update",
    "generation-create",
    "generation-update",
    "event-create",
    "score-create",
]

RENAMED: dict[str, dict[str, str]] = {
    "span-update": {"spanId": "id"},
    "generation-create": {"prompt": "input", "completion": "output"},
    "generation-update": {"generationId": "id", "prompt": "input", "completion": "output"},
}
"""By event type: the fields that the REST bodies call otherwise."""

UPDATES = frozenset({"span-update", "generation-update"})
NULL = b"null"


class WrappedRequest(Struct, frozen=True):
    """`raw` is a body for `decode_batch`; `entity_id` is what the REST call answers with.

    `called`: by name of the event's fields, what the REST body calls those otherwise that it didn't say so.
    """

    entity_id: str
    raw: bytes
    called: dict[str, str]


def wrap(event_type: RestType, raw: bytes, *, now: datetime) -> WrappedRequest:
    """Return the REST body as an ingestion request; a create without an id gets one.

    Raises InvalidRequest or InvalidBatch where the body isn't a JSON object.
    """
    fields = read_object(raw)
    renamed = RENAMED.get(event_type, {})
    called = {wire_name: name for name, wire_name in renamed.items() if wire_name not in fields}
    for name, wire_name in renamed.items():
        if name in fields:
            said = fields.pop(name)
            fields[wire_name] = fields.get(wire_name, said)
    if event_type not in UPDATES and bytes(fields.get("id", Raw(NULL))) == NULL:
        fields["id"] = Raw(msgspec.json.encode(new_uuid()))
    event = {"id": new_uuid(), "type": event_type, "timestamp": utc(now), "body": fields}
    return WrappedRequest(_text(fields.get("id")), msgspec.json.encode({"batch": [event]}), called)


def in_words_of(wrapped: WrappedRequest, issues: str) -> str:
    """Return the issues of a rejected event with the fields as the REST body calls them."""
    found = msgspec.json.decode(issues, type=list[dict[str, Any]])
    for one in found:
        path = one["path"]
        if path[:1] == ["body"] and len(path) > 1 and path[1] in wrapped.called:
            name = wrapped.called[path[1]]
            one["message"] = one["message"].replace(f"`{path[1]}`", f"`{name}`")
            path[1] = name
    return msgspec.json.encode(found).decode()


def _text(raw: Raw | None) -> str:
    """Return an id; empty for anything but text, which the decoder refuses."""
    found = b"" if raw is None else bytes(raw)
    return msgspec.json.decode(found, type=str) if found.startswith(b'"') else ""
