"""The body of a POST of scores in, a batch for ingestion out: one score or, from SDK 5, an array of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Raw

from langfuse_site.lib.errors import InvalidData, InvalidRequest, issue
from langfuse_site.lib.ids import new_uuid
from tracing.wire.text import repaired, shallow, storable, too_deep

FIELDS = msgspec.json.Decoder(dict[str, Raw])
ITEMS = msgspec.json.Decoder(list[Raw])
BLANK = (b"", b"null", b'""')
TIMES = frozenset({"timestamp", "givenAt"})

Fields = dict[str, Raw]


@dataclass(frozen=True, slots=True)
class PostedScores:
    """The scores of a request by their ids, as the body of an ingestion request; what is refused beforehand."""

    ids: tuple[str, ...]
    is_array: bool
    batch: bytes
    refused: tuple[dict[str, Any], ...] = ()


def read_posted(body: bytes, *, now: datetime) -> PostedScores:
    """Return the scores of a body; InvalidRequest or InvalidData where it holds none at all."""
    text = _json(body)
    if text.lstrip()[:1] != b"[":
        fields = _fields(text)
        problem = _problem(fields)
        if problem:
            raise InvalidData([problem])
        return _posted([fields], is_array=False, now=now)
    scores = [_fields_or_none(bytes(item)) for item in ITEMS.decode(text)]
    problems = [_problem(fields) if fields is not None else NO_OBJECT for fields in scores]
    taken = [fields for fields, problem in zip(scores, problems, strict=True) if fields and not problem]
    refused = [problem for problem in problems if problem]
    return _posted(taken, is_array=True, now=now, refused=refused)


NO_OBJECT = issue([], "Expected object", code="invalid_type")


def _json(body: bytes) -> bytes:
    text = storable(body)
    if too_deep(text):
        text = shallow(text)
    for attempt in (text, repaired(text)):
        try:
            msgspec.json.decode(attempt, type=Raw)
        except msgspec.DecodeError:
            continue
        return attempt
    raise InvalidRequest("Invalid JSON")


def _fields(text: bytes) -> Fields:
    fields = _fields_or_none(text)
    if fields is None:
        raise InvalidData([NO_OBJECT])
    return fields


def _fields_or_none(text: bytes) -> Fields | None:
    try:
        return FIELDS.decode(text)
    except msgspec.ValidationError:
        return None


def _problem(fields: Fields) -> dict[str, Any] | None:
    """Return what this route refuses although ingestion takes it, or could only drop it later."""
    source, kind = _text(fields, "source"), _text(fields, "dataType")
    if source == "EVAL":
        return issue(["source"], "source must be API or ANNOTATION", code="invalid_enum_value")
    if source == "ANNOTATION" and kind != "CORRECTION" and not _text(fields, "configId"):
        return issue(["configId"], "configId is required when source is ANNOTATION")
    return None


def _text(fields: Fields, name: str) -> str | None:
    raw = bytes(fields.get(name, b""))
    return msgspec.json.decode(raw, type=str) if raw.startswith(b'"') else None


def _posted(
    scores: list[Fields], *, is_array: bool, now: datetime, refused: list[dict[str, Any]] | None = None
) -> PostedScores:
    named = [_with_id(fields) for fields in scores]
    events = [_event(fields, is_array=is_array, now=now) for fields in named]
    ids = tuple(_text(fields, "id") or "" for fields in named)
    return PostedScores(ids, is_array, msgspec.json.encode({"batch": events}), tuple(refused or ()))


def _with_id(fields: Fields) -> Fields:
    if bytes(fields.get("id", b"")) not in BLANK:
        return fields
    return {**fields, "id": Raw(msgspec.json.encode(new_uuid()))}


def _event(fields: Fields, *, is_array: bool, now: datetime) -> Mapping[str, Any]:
    """Only SDK 5, which sends arrays, says when its scores were given.

    The event's own time is that of the request all the same: of two that say the same time, the later one
    is the update.
    """
    body = {name: raw for name, raw in fields.items() if name not in TIMES}
    given_at = fields.get("timestamp") if is_array else None
    if given_at is not None and bytes(given_at) not in BLANK:
        body["givenAt"] = given_at
    return {"id": new_uuid(), "type": "score-create", "timestamp": now, "body": body}
