"""Whatever the bytes: stated errors only, the same answer twice, and patches that can be stored."""

import itertools
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langfuse_site.lib.errors import ApiError
from langfuse_site.lib.exact_json import exact_dumps, exact_loads
from tests.tracing.wire.batches import event, observation, trace
from tracing.wire.decode import DecodedBatch, decode_batch
from tracing.wire.patches import Patch, Payload, patches_of

VALUES = [
    *(
        '"\\u0000"',
        '"\\ud800"',
        '"\\\\ud83d\\ude00"',
        '"\x00"',
        '"\t"',
        '"\\r"',
        '""',
        '"x"',
        '"{\\"a\\":1e400}"',
    ),
    *(
        "NaN",
        "-Infinity",
        "1e400",
        "-1e-400",
        "9" * 5000,
        "1e131072",
        "0e-99999999999999999999",
        "1.0",
        "-0",
        "0.1",
    ),
    *("null", "true", "{}", "[]", "[[1]]", '{"a":NaN}', '{"a":{"b":[1e999]}}', '{"a":1,"a":"2"}'),
    *("[" * 129 + "]" * 129, "[" * 2000 + "]" * 2000, '"' + "[" * 200 + '"', "9007199254740993", str(2**63)),
    *(
        '"2024-05-01T12:00:00"',
        '"0001-01-01T00:00:00+23:00"',
        '"9999-12-31T23:59:59.9999999Z"',
        '"DEBUG"',
        '"EVENT"',
    ),
    *('{"input":5,"unit":"TOKENS"}', '{"promptTokens":null}', '{"prompt_tokens":1,"completion_tokens":2}'),
    *('{"input":"12","b":[{}]}', '"\U0001f600"', '["a","b"]', '"LANGFUSE-x"', "2147483648"),
]
FIELDS = [
    *(
        "id",
        "timestamp",
        "name",
        "userId",
        "sessionId",
        "release",
        "version",
        "environment",
        "public",
        "tags",
    ),
    *(
        "metadata",
        "input",
        "output",
        "traceId",
        "startTime",
        "endTime",
        "completionStartTime",
        "level",
        "type",
    ),
    *(
        "statusMessage",
        "parentObservationId",
        "model",
        "modelParameters",
        "usage",
        "usageDetails",
        "costDetails",
    ),
    *("promptName", "promptVersion", "log", "\\u0000", "unknown"),
]
TYPES = [
    "trace-create",
    "span-create",
    "span-update",
    "generation-create",
    "generation-update",
    "event-create",
]
TYPES += ["agent-create", "observation-create", "observation-update", "sdk-log", "nonsense"]

fields = st.lists(st.tuples(st.sampled_from(FIELDS), st.sampled_from(VALUES)), max_size=6)
bodies = st.builds(
    lambda parts, known: "{" + ",".join([*known, *(f'"{name}":{value}' for name, value in parts)]) + "}",
    fields,
    st.sampled_from([(), ('"id":"i"',), ('"id":"i"', '"type":"SPAN"'), ('"log":1',)]),
)
events = st.builds(event, st.sampled_from(TYPES), bodies)
batches = st.lists(events | st.sampled_from(VALUES), max_size=4).map(
    lambda parts: ('{"batch":[' + ",".join([trace(), *parts, observation()]) + "]}").encode()
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    raw: bytes = draw(batches)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(raw)))
        junk = draw(
            st.binary(max_size=3)
            | st.sampled_from([b'"', b"\\", b"{", b"]", b",", b"NaN", b"\\ud800", b"\r"])
        )
        raw = raw[:place] + junk + raw[place + draw(st.integers(0, 3)) :]
    return raw


def decoded_or_refused(raw: bytes) -> DecodedBatch | None:
    try:
        return decode_batch(raw, bodies={})
    except ApiError as error:
        assert error.status == 400
        msgspec.json.encode(error.body())
        return None


@given(batches)
@settings(max_examples=150, deadline=None)
def test_one_bad_event_never_costs_its_neighbours(raw: bytes) -> None:
    decoded = decoded_or_refused(raw)
    assert decoded is not None
    places = [one.index for one in [*decoded.events, *decoded.logs]]
    places += [one.index for one in decoded.rejections]
    assert sorted(places) == list(range(len(places)))
    assert decoded.events[0].index == 0
    assert decoded.events[-1].index == len(places) - 1
    check_storable(decoded)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("start", ['"id":"i"', '"id":"i","type":"SPAN"'])
def test_every_value_in_every_field_is_refused_or_storable(kind: str, start: str) -> None:
    for name, value in itertools.product(FIELDS, VALUES):
        element = event(kind, f'{{{start},"{name}":{value}}}')
        decoded = decode_batch(f'{{"batch":[{element}]}}'.encode(), bodies={})
        assert len(decoded.events) + len(decoded.logs) + len(decoded.rejections) == 1
        check_storable(decoded)


@given(damaged() | st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_decoded_or_refused(raw: bytes) -> None:
    decoded = decoded_or_refused(raw)
    if decoded is not None:
        check_storable(decoded)
        assert patches(decode_batch(raw, bodies={})) == patches(decoded)


def patches(decoded: DecodedBatch) -> list[Patch]:
    return [patch for event in decoded.events for patch in patches_of(event)]


def check_storable(decoded: DecodedBatch) -> None:
    for rejection in decoded.rejections:
        assert isinstance(json.loads(rejection.error), list)
        check_text(json.dumps(rejection.item()))
    for patch in patches(decoded):
        for leaf in leaves([patch.id, patch.last, patch.first, patch.input, patch.output, patch.tags]):
            check_leaf(leaf)
        if patch.metadata is not None:
            check_metadata(patch.metadata)


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, Payload):
        value = [value.text]
    if not isinstance(value, list | tuple):
        yield value
        return
    for part in value:
        yield from leaves(part)


def check_leaf(leaf: Any) -> None:
    if isinstance(leaf, str):
        check_text(leaf)
    elif isinstance(leaf, datetime):
        assert leaf.utcoffset() is not None
        assert 1 <= leaf.year <= 9999
    elif leaf is not None:
        assert abs(leaf) < 2**63 or isinstance(leaf, float)


def check_text(text: str) -> None:
    assert "\x00" not in text
    text.encode()


def check_metadata(text: str) -> None:
    check_text(text)
    value = exact_loads(text)
    assert isinstance(value, dict)
    for leaf in leaves(value):
        check_text(str(leaf))
        assert len(f"{leaf:f}" if not isinstance(leaf, str | bool | None) else "") < 4300
    exact_dumps(value)
    assert "\\u0000" not in text.replace("\\\\", "")
