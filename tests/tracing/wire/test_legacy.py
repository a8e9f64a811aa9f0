"""Older REST bodies as ingestion requests."""

from datetime import UTC, datetime
from typing import Any

import pytest

from langfuse_site.lib.errors import InvalidRequest
from tracing.wire.decode import InvalidBatch, WireEvent, decode_batch
from tracing.wire.legacy import RestType, wrap

NOW = datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)


def event_of(kind: RestType, raw: bytes) -> tuple[str, WireEvent, Any]:
    wrapped = wrap(kind, raw, now=NOW)
    (event,) = decode_batch(wrapped.raw, bodies={}).events
    return wrapped.entity_id, event, event.body


def test_a_body_becomes_one_event_of_now() -> None:
    entity_id, event, body = event_of("trace-create", b'{"id":"t","name":"n"}')
    assert (entity_id, event.type, event.time, body.id, body.name) == ("t", "trace-create", NOW, "t", "n")


@pytest.mark.parametrize("kind", ["trace-create", "span-create", "generation-create", "event-create"])
@pytest.mark.parametrize("raw", [b"{}", b'{"id":null}'])
def test_a_create_without_an_id_gets_one(kind: RestType, raw: bytes) -> None:
    entity_id, _, body = event_of(kind, raw)
    assert body.id == entity_id
    assert len(entity_id) == 36


def test_generations_have_prompt_and_completion() -> None:
    _, _, body = event_of("generation-create", b'{"prompt":[1e400],"completion":"c"}')
    assert (bytes(body.input), bytes(body.output)) == (b"[1e400]", b'"c"')
    _, _, body = event_of("generation-create", b'{"prompt":"p","input":"i"}')
    assert bytes(body.input) == b'"i"'


@pytest.mark.parametrize(("kind", "name"), [("span-update", "spanId"), ("generation-update", "generationId")])
def test_updates_name_their_entity(kind: RestType, name: str) -> None:
    entity_id, event, body = event_of(kind, b'{"%b":"s","endTime":"2024-05-01T12:00:00Z"}' % name.encode())
    assert (entity_id, body.id, event.is_update) == ("s", "s", True)
    refused = decode_batch(wrap(kind, b"{}", now=NOW).raw, bodies={})
    assert [one.reason for one in refused.rejections] == ["invalid-id"]


def test_wrong_bodies() -> None:
    with pytest.raises(InvalidRequest):
        wrap("trace-create", b"{", now=NOW)
    with pytest.raises(InvalidBatch):
        wrap("trace-create", b"[]", now=NOW)
    refused = decode_batch(wrap("trace-create", b'{"id":5}', now=NOW).raw, bodies={})
    assert [one.reason for one in refused.rejections] == ["invalid-id"]


def test_what_strict_json_refuses_is_repaired_or_refused_here_too() -> None:
    _, _, body = event_of("trace-create", b'{"id":"\\ud800","metadata":{"x":NaN}}')
    assert (body.id, bytes(body.metadata)) == ("\ufffd", b'{"x":"NaN"}')
    deep = b'{"id":"t","input":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    refused = decode_batch(wrap("trace-create", deep, now=NOW).raw, bodies={})
    assert [one.reason for one in refused.rejections] == ["too-deep"]
