"""What one event says of one trace or observation."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tracing.wire.batches import decode, event, observation, trace
from tracing.wire.patches import UPDATE_RANK, Patch, patches_of

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
NOON_MICROS = 1714564800 * 1_000_000


def patch_of(element: str) -> Patch:
    decoded = decode(element)
    assert decoded.rejections == []
    (patch,) = patches_of(decoded.events[0])
    return patch


def test_an_empty_trace_says_only_what_its_envelope_implies() -> None:
    patch = patch_of(trace())
    assert (patch.kind, patch.id, patch.clock) == ("trace", "t", (NOON_MICROS, 0))
    assert patch.first == {"timestamp": (True, NOON), "environment": (True, "default")}
    assert (patch.last, patch.input, patch.output, patch.metadata, patch.tags) == ({}, None, None, None, ())


def test_a_full_trace() -> None:
    patch = patch_of(
        trace(
            '"timestamp":"2024-05-01T14:00:01+02:00","name":"n","userId":"u","sessionId":"s","release":"r",'
            '"version":"v","environment":"Prod","public":true,"tags":["b","a"],"input":{"q":1},"output":"a",'
            '"metadata":{"k":"v"}'
        )
    )
    assert patch.last == {
        "name": "n",
        "user_id": "u",
        "session_id": "s",
        "release": "r",
        "version": "v",
        "public": True,
    }
    assert patch.first == {"timestamp": (False, NOON.replace(second=1)), "environment": (False, "prod")}
    assert (patch.input and patch.input.text, patch.output and patch.output.text) == ('{"q":1}', "a")
    assert (patch.metadata, patch.tags) == ('{"k":"v"}', ("b", "a"))


def test_an_explicit_null_of_a_trace_is_said_but_not_of_public() -> None:
    patch = patch_of(
        trace('"name":null,"userId":null,"sessionId":null,"release":null,"version":null,"public":null')
    )
    assert patch.last == dict.fromkeys(("name", "user_id", "session_id", "release", "version"))


def test_nulls_of_an_observation() -> None:
    patch = patch_of(
        observation(
            '"name":null,"level":null,"model":null,"statusMessage":null,"parentObservationId":null,"version":null,'
            '"endTime":null,"completionStartTime":null,"modelParameters":null,"usage":null,"input":null'
        )
    )
    assert patch.last == {"name": None, "level": "DEFAULT", "model": None}
    assert patch.input is None


def test_a_full_generation() -> None:
    patch = patch_of(
        observation(
            '"traceId":"t","name":"n","startTime":"2024-05-01T11:00:00Z","endTime":"2024-05-01T12:00:00Z","level":"ERROR",'
            '"completionStartTime":"2024-05-01T14:00:00+02:00","statusMessage":"s","parentObservationId":"p","version":"v",'
            '"model":"m","modelParameters":{"t":0.5},"usage":{"input":1,"output":2,"totalCost":0.5},'
            '"usageDetails":{"input":3},"costDetails":{"input":0.25},"promptName":"p","promptVersion":2.0'
        )
    )
    assert patch.last == {
        "name": "n",
        "end_time": NOON,
        "level": "ERROR",
        "completion_start_time": NOON,
        "status_message": "s",
        "parent_observation_id": "p",
        "version": "v",
        "model": "m",
        "model_parameters": {"t": 0.5},
        "provided_usage": {"input": 3, "output": 2},
        "provided_cost": {"total": "0.5", "input": "0.25"},
        "prompt": ("p", 2),
    }
    assert patch.first == {
        "type": (False, "GENERATION"),
        "trace_id": (False, "t"),
        "start_time": (False, NOON.replace(hour=11)),
        "environment": (True, "default"),
    }


def test_an_update_implies_its_start_and_comes_after_creates_of_the_same_moment() -> None:
    patch = patch_of(observation('"environment":"x"', kind="span-update"))
    assert patch.clock == (NOON_MICROS, UPDATE_RANK)
    assert patch.first["start_time"] == (True, NOON)
    assert patch.first["trace_id"] == (True, "o")
    assert patch.first["environment"] == (False, "x")


def test_empty_maps_say_nothing() -> None:
    patch = patch_of(
        observation('"modelParameters":{},"usage":{},"usageDetails":{},"costDetails":{},"promptName":""')
    )
    assert patch.last == {}


@pytest.mark.parametrize(
    ("kind", "type"),
    [
        ("event-create", "EVENT"),
        ("span-create", "SPAN"),
        ("agent-create", "AGENT"),
        ("guardrail-create", "GUARDRAIL"),
    ],
)
def test_types(kind: str, type: str) -> None:
    assert patch_of(observation(kind=kind)).first["type"] == (False, type)


def test_a_legacy_observation_says_its_type_and_no_environment() -> None:
    patch = patch_of(observation('"type":"SPAN","environment":"x","model":"m"', kind="observation-create"))
    assert patch.first["type"] == (False, "SPAN")
    assert patch.first["environment"] == (True, "default")
    assert patch.last == {"model": "m"}


def test_a_made_up_id_is_the_same_at_every_reading() -> None:
    first, again, other = (patch_of(event(body="{}", id=name)).id for name in ("a", "a", "b"))
    assert first == again != other
    assert len(first) == 36


@pytest.mark.parametrize(
    ("said", "environment"),
    [
        ('"production"', (False, "production")),
        ('"Prod-1_x"', (False, "prod-1_x")),
        ('"langfuse-langfuse_eval"', (False, "eval")),
        ('"langfuse"', (False, "default")),
        ('"' + "a" * 50 + '"', (False, "a" * 40)),
        ('"' + "é" * 200 + '"', (False, "default")),
        ('"a b"', (False, "default")),
        ('"a\\n"', (False, "default")),
        ('""', (False, "default")),
        ("5", (False, "default")),
        ("null", (True, "default")),
    ],
)
def test_environments_are_normalised_and_never_refused(said: str, environment: Any) -> None:
    assert patch_of(trace(f'"environment":{said}')).first["environment"] == environment


def test_other_events_make_no_patches() -> None:
    assert patches_of(decode(event("sdk-log", '{"log":1}')).logs[0]) == ()
