"""The raw body of an ingestion request in, its events decoded and validated out, with each reject named."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.structs import fields

from langfuse_site.lib.errors import ApiError, InvalidRequest, issue
from tracing.wire.events import INTERNAL_TYPES, SDK_LOG, UPDATES, envelopes, union, utc
from tracing.wire.text import MAX_DEPTH, repaired, shallow, storable, too_deep

Decoded = TypeVar("Decoded")

UNKNOWN_ID = "unknown"
MAX_EVENTS = 20_000
"""SDKs send a hundred at most; a body of a million worthless elements would get an answer of 200 MB."""
INVALID = "Invalid request data"

PLACE = re.compile(r"(?s)(?P<message>.*) - at `(?P<path>(?:key in )?\$.*)`")
STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\[\.\.\.\]")
MISSING = re.compile(r"Object missing required field `(?P<name>\w+)`")


class InvalidBatch(ApiError):
    """The whole body breaks the schema of an ingestion request."""

    status = 400

    def __init__(self, issues: Iterable[str]) -> None:
        super().__init__(INVALID)
        self.issues = list(issues)

    def body(self) -> dict[str, Any]:
        return {"message": self.message, "errors": self.issues}


class WireEvent(Struct, frozen=True, gc=False):
    """One valid element of a batch; `index` is its place there, `time` the envelope's timestamp in UTC."""

    index: int
    id: str
    type: str
    time: datetime
    body: Struct

    @property
    def is_update(self) -> bool:
        return self.type in UPDATES


class Rejection(Struct, frozen=True, gc=False):
    """One element that was refused; `reason` is a short stable word to count by."""

    index: int
    id: str
    status: int
    message: str
    error: str
    reason: str

    def item(self) -> dict[str, Any]:
        """Return the error object of a 207 answer."""
        return {"id": self.id, "status": self.status, "message": self.message, "error": self.error}


class DecodedBatch(Struct, frozen=True):
    """The events in the order of the batch; `logs` are sdk-log events, which no answer lists."""

    events: list[WireEvent]
    logs: list[WireEvent]
    rejections: list[Rejection]


def decode_batch(raw: bytes, *, bodies: Mapping[str, type[Struct]]) -> DecodedBatch:
    """Return the events of a request body; `bodies` are the body types of companions, by event type.

    Raises InvalidRequest where the body isn't JSON and InvalidBatch where it isn't a batch.
    """
    decoded = DecodedBatch([], [], [])
    for result in _Decoder.of(bodies).read_batch(storable(raw)):
        if isinstance(result, Rejection):
            decoded.rejections.append(result)
        else:
            (decoded.logs if result.type == SDK_LOG else decoded.events).append(result)
    return decoded


def in_batch_order(events: Iterable[WireEvent]) -> list[WireEvent]:
    """Return creates before updates, each by time: the order in which an answer lists its successes."""
    return sorted(events, key=lambda event: (event.is_update, event.time))


def denied(event: WireEvent) -> Rejection:
    """Return the rejection of an event that the request's key may not write."""
    message, error = "Authentication error", "Access Scope Denied"
    return Rejection(event.index, event.id, 401, message, error, reason="access-denied")


class SplitBatch(Struct, frozen=True, gc=False):
    batch: list[Raw]


SPLIT = msgspec.json.Decoder(SplitBatch)
FIELDS = msgspec.json.Decoder(dict[str, Raw])
TEXT = msgspec.json.Decoder(str)
ANYTHING = msgspec.json.Decoder(Raw)


def read_object(raw: bytes) -> dict[str, Raw]:
    """Return the fields of a body that is one object, each valid JSON; raises as `decode_batch` does."""
    text = storable(raw)
    try:
        return _shallow_if_deep(FIELDS, text)
    except DecodeError:
        return _fields(repaired(text))


def _fields(text: bytes) -> dict[str, Raw]:
    """Return the fields of an object, a repeated one by its last value, or raise what is wrong."""
    try:
        _shallow_if_deep(ANYTHING, text)
        return _shallow_if_deep(FIELDS, text)
    except ValidationError as error:
        raise InvalidBatch([str(error)]) from error
    except DecodeError as error:
        raise InvalidRequest(f"The body is not valid JSON: {error}") from error


def _split(text: bytes) -> list[Raw]:
    """Return the elements of the top-level `batch`, each valid JSON, however deep one is nested."""
    try:
        return _shallow_if_deep(SPLIT, text).batch
    except DecodeError:
        fields = _fields(repaired(text))
    try:
        return _shallow_if_deep(SPLIT, msgspec.json.encode(fields)).batch
    except ValidationError as error:
        raise InvalidBatch([str(error)]) from error


def _within_cap(elements: list[Decoded]) -> list[Decoded]:
    if len(elements) > MAX_EVENTS:
        raise InvalidBatch([f"batch has {len(elements)} elements, at most {MAX_EVENTS} are taken at once"])
    return elements


def _shallow_if_deep(decoder: msgspec.json.Decoder[Decoded], text: bytes) -> Decoded:
    try:
        return decoder.decode(text)
    except RecursionError:
        return decoder.decode(shallow(text))


class _Decoder:
    """Reads batches for one set of event types: all at once, or one by one where that fails."""

    def __init__(self, kinds: Mapping[type[Struct], str]) -> None:
        events = union(kinds)
        batch = msgspec.defstruct("TypedBatch", [("batch", list[events])], gc=False)  # type: ignore[valid-type]
        self.names = kinds
        self.types = frozenset(kinds.values())
        self.batch: msgspec.json.Decoder[Any] = msgspec.json.Decoder(batch)
        self.one: msgspec.json.Decoder[Any] = msgspec.json.Decoder(events)
        self.payloads = {kind: _payload_fields(kind) for kind in kinds}

    @classmethod
    def of(cls, bodies: Mapping[str, type[Struct]]) -> "_Decoder":
        return _decoder(tuple(sorted(bodies.items())))

    def read_batch(self, text: bytes) -> Iterator[WireEvent | Rejection]:
        try:
            envelopes = self.batch.decode(text).batch
        except (DecodeError, RecursionError):
            yield from itertools.starmap(self.read_one, enumerate(_within_cap(_split(text))))
            return
        for index, envelope in enumerate(_within_cap(envelopes)):
            yield self.event(index, envelope)

    def event(self, index: int, envelope: Any) -> WireEvent | Rejection:
        kind, body = type(envelope), envelope.body
        for name in self.payloads[kind]:
            payload = getattr(body, name)
            if len(payload) > MAX_DEPTH and too_deep(bytes(payload)):
                return _too_deep(index, envelope.id, name)
        return WireEvent(index, envelope.id, self.names[kind], utc(envelope.timestamp), body)

    def read_one(self, index: int, element: Raw) -> WireEvent | Rejection:
        try:
            return self.event(index, self.one.decode(element))
        except ValidationError:
            return self.read_fields(index, element)

    def read_fields(self, index: int, element: Raw) -> WireEvent | Rejection:
        """Read an element that the strict decoder refused: keys given twice count by their last value."""
        try:
            fields = FIELDS.decode(element)
        except ValidationError as error:
            return _rejected(index, UNKNOWN_ID, issues_of(error), reason="not-an-object")
        wire_id, kind = _text(fields.get("id")), _text(fields.get("type"))
        wire_id = UNKNOWN_ID if wire_id is None else wire_id
        if kind not in self.types:
            return _unknown_type(index, wire_id, kind)
        try:
            return self.event(index, self.one.decode(_without_repeats(fields)))
        except ValidationError as error:
            return _rejected(index, wire_id, issues_of(error), reason=_reason(error))


@cache
def _decoder(bodies: tuple[tuple[str, type[Struct]], ...]) -> _Decoder:
    return _Decoder(envelopes(dict(bodies)))


def _payload_fields(kind: type[Struct]) -> tuple[str, ...]:
    """Return the names of the body's fields that any JSON may stand in."""
    body = next(field for field in fields(kind) if field.name == "body").type
    return tuple(field.name for field in fields(body) if field.type is Raw)


def _text(raw: Raw | None) -> str | None:
    return TEXT.decode(raw) if raw is not None and bytes(raw).startswith(b'"') else None


def _without_repeats(fields: dict[str, Raw]) -> bytes:
    body = fields.get("body")
    if body is not None and bytes(body).startswith(b"{"):
        fields = {**fields, "body": Raw(msgspec.json.encode(FIELDS.decode(body)))}
    return msgspec.json.encode(fields)


def _unknown_type(index: int, wire_id: str, kind: str | None) -> Rejection:
    if kind in INTERNAL_TYPES:
        message, reason = f"Events of type {kind} are internal to the server", "internal-type"
    elif kind is None:
        message, reason = "type must be a string", "invalid-type"
    else:
        message, reason = f"Unknown event type {kind[:100]!r}", "unknown-type"
    return _rejected(index, wire_id, [issue(["type"], message)], reason=reason)


def _too_deep(index: int, wire_id: str, field: str) -> Rejection:
    message = f"Arrays and objects are nested deeper than {MAX_DEPTH} levels"
    return _rejected(index, wire_id, [issue(["body", field], message)], reason="too-deep")


def _rejected(index: int, wire_id: str, issues: list[dict[str, Any]], *, reason: str) -> Rejection:
    return Rejection(index, wire_id, 400, INVALID, msgspec.json.encode(issues).decode(), reason)


def issues_of(error: ValidationError) -> list[dict[str, Any]]:
    """Return a decoder's complaint as the issues that clients of the API know."""
    found = PLACE.fullmatch(str(error))
    if found is None:
        return [issue([], str(error))]
    steps = [name or int(place) for name, place in STEP.findall(found["path"]) if name or place]
    missing = MISSING.fullmatch(found["message"])
    return [issue([*steps, missing["name"]] if missing else steps, found["message"])]


def _reason(error: ValidationError) -> str:
    """Return `invalid-` and the first field that is wrong, or `invalid-event`."""
    path = [step for step in issues_of(error)[0]["path"] if isinstance(step, str)]
    field = path[1] if path[:1] == ["body"] and len(path) > 1 else (path[0] if path else "event")
    return f"invalid-{field}"
