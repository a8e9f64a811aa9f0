"""The plain fields of an observation: every attribute that can say one, in the order in which they are asked."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from tests.tracing.wire.otel.mapped import field, observation
from tests.tracing.wire.otel.spans import PARENT, SPAN, TRACE, span
from tracing.wire.otel import fields, reading

NOON = datetime(2024, 5, 1, 12, 0, 0, 123000, tzinfo=UTC)


def test_ids_and_times() -> None:
    patch = observation(span(parent=PARENT))
    assert (patch.id, patch.first["trace_id"], patch.first["start_time"]) == (
        *(SPAN, (False, TRACE)),
        (False, NOON),
    )
    assert patch.last["parent_observation_id"] == PARENT
    assert patch.last["end_time"] == NOON.replace(second=1)


def test_what_a_span_does_not_say_is_absent() -> None:
    assert set(observation(span()).last) == {"name", "end_time", "otel"}
    assert "parent_observation_id" not in observation(span(parent="")).last


@pytest.mark.parametrize(
    ("name", "keys"),
    [("name", fields.NAME), ("model", fields.MODEL), ("status_message", fields.STATUS_MESSAGE)],
)
def test_the_first_attribute_wins_and_empty_ones_say_nothing(name: str, keys: tuple[str, ...]) -> None:
    for key in keys:
        assert field(name, {key: "said"}) == "said"
    for first, second in pairwise(keys):
        assert field(name, {second: "second", first: "first"}) == "first"
        assert field(name, {second: "second", first: ""}) == "second"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, "work"),
        ({"ai.operationId": "ai.streamText"}, "ai.streamText"),
        ({"ai.operationId": "ai.streamText", "ai.telemetry.functionId": "ask"}, "ask:ai.streamText"),
        ({"ai.telemetry.functionId": "ask"}, "work"),
        ({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "search"}, "search"),
        ({"gen_ai.tool.name": 5}, "5"),
        ({"logfire.msg": ["a", 1]}, '["a",1]'),
    ],
)
def test_name(attributes: dict[str, Any], expected: str) -> None:
    assert field("name", attributes) == expected


def test_a_span_without_a_name_has_none() -> None:
    assert field("name", {}, name="") is None


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("DEBUG trace Verbose", "DEBUG"),
        ("default INFO log notice ok Success", "DEFAULT"),
        ("warning WARN", "WARNING"),
        ("error Fatal CRITICAL", "ERROR"),
        ("unheard-of", None),
    ],
)
def test_level(words: str, level: str | None) -> None:
    for word in words.split():
        assert field("level", {"langfuse.observation.level": word}) == level


def test_level_of_failures_and_plumbing() -> None:
    assert field("level", {}, status=(2, "")) == "ERROR"
    assert field("level", {"langfuse.observation.level": "INFO"}, status=(2, "")) == "DEFAULT"
    assert field("level", {"langfuse.observation.level": 7}, status=(2, "")) == "ERROR"
    assert field("level", {}, status=(1, "")) is None
    assert field("level", {}, scope="livekit-agents", name="tts_node") == "DEBUG"
    assert field("level", {}, scope="livekit-agents", name="tts_node", status=(2, "")) == "ERROR"
    assert field("level", {}, scope="livekit-agents", name="agent_turn") is None
    assert field("level", {}, name="tts_node") is None


def test_status_message_falls_back_to_the_status() -> None:
    assert field("status_message", {}, status=(2, "boom")) == "boom"
    said = {"langfuse.observation.status_message": "said"}
    assert field("status_message", said, status=(2, "boom")) == "said"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"genkit:name": "gemini", "genkit:metadata:subtype": "model"}, "gemini"),
        ({"genkit:name": "lookup", "genkit:metadata:subtype": "tool"}, None),
        ({"model": ["a"]}, '["a"]'),
        ({"gen_ai.request.model": "m", "gen_ai.operation.name": "invoke_agent"}, None),
        ({"gen_ai.request.model": "m", "gen_ai.operation.name": "agent_step"}, None),
        ({"gen_ai.request.model": "m", "gen_ai.operation.name": ["agent_step"]}, "m"),
    ],
)
def test_model(attributes: dict[str, Any], expected: str | None) -> None:
    assert field("model", attributes) == expected


def test_version_of_span_then_resource() -> None:
    resource = {"service.version": "1"}
    assert field("version", {"langfuse.version": "2"}, resource=resource) == "2"
    assert field("version", {}, resource=resource) == "1"
    assert field("version", {"service.version": "1"}) is None


@pytest.mark.parametrize(
    ("attributes", "resource", "expected"),
    [
        ({}, {}, (True, "default")),
        ({"langfuse.environment": "Prod"}, {}, (False, "prod")),
        ({"langfuse.environment": "langfuse-x"}, {}, (False, "x")),
        ({"langfuse.environment": "not valid"}, {}, (False, "default")),
        ({"langfuse.environment": 5}, {}, (False, "default")),
        ({"langfuse.environment": "e" * 50}, {}, (False, "e" * 40)),
        ({"langfuse.environment": "a"}, {"langfuse.environment": "b"}, (False, "a")),
        ({"deployment.environment": "a"}, {"langfuse.environment": "b"}, (False, "b")),
        ({"deployment.environment": "a"}, {"deployment.environment.name": "b"}, (False, "b")),
        ({"deployment.environment.name": "a"}, {"deployment.environment": "b"}, (False, "a")),
        ({"langfuse.environment": ""}, {"deployment.environment": "b"}, (False, "b")),
    ],
)
def test_environment(attributes: dict[str, Any], resource: dict[str, Any], expected: Any) -> None:
    assert observation(span(attributes, resource=resource)).first["environment"] == expected


def test_every_environment_attribute_counts_on_span_and_resource() -> None:
    for key in reading.ENVIRONMENT:
        assert observation(span({key: "a"})).first["environment"] == (False, "a")
        assert observation(span(resource={key: "a"})).first["environment"] == (False, "a")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2024-05-01T12:00:01.5Z", datetime(2024, 5, 1, 12, 0, 1, 500000, tzinfo=UTC)),
        ('"2024-05-01T12:00:01.1239Z"', datetime(2024, 5, 1, 12, 0, 1, 123000, tzinfo=UTC)),
        ("2024-05-01T14:00:01+02:00", datetime(2024, 5, 1, 12, 0, 1, tzinfo=UTC)),
        ("2024-05-01T12:00:01", datetime(2024, 5, 1, 12, 0, 1, tzinfo=UTC)),
        ("soon", None),
        (5, None),
        ("0001-01-01T00:00:00+23:00", None),
    ],
)
def test_completion_start(said: Any, expected: datetime | None) -> None:
    assert field("completion_start_time", {"langfuse.observation.completion_start_time": said}) == expected


@pytest.mark.parametrize("key", ["ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"])
def test_completion_start_of_the_vercel_sdk(key: str) -> None:
    assert field("completion_start_time", {key: 10.2}) == NOON.replace(microsecond=134000)
    assert field("completion_start_time", {key: "10"}) == NOON.replace(microsecond=133000)
    assert field("completion_start_time", {key: 1e300}) is None
    assert field("completion_start_time", {key: True}) is None


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"langfuse.observation.prompt.name": "p", "langfuse.observation.prompt.version": 3}, ("p", 3)),
        ({"langfuse.observation.prompt.name": "p", "langfuse.observation.prompt.version": "3"}, ("p", 3)),
        ({"langfuse.prompt.name": "p", "langfuse.prompt.version": 3}, ("p", 3)),
        ({"langfuse.observation.prompt.name": "p", "langfuse.prompt.version": 3}, None),
        ({"langfuse.observation.prompt.name": "p"}, None),
        ({"langfuse.observation.prompt.name": "p", "langfuse.observation.prompt.version": 2**31}, None),
        ({"langfuse.observation.prompt.name": "p", "langfuse.observation.prompt.version": 1.5}, None),
        ({"ai.telemetry.metadata.langfusePrompt": '{"name":"p","version":3}'}, ("p", 3)),
        ({"ai.telemetry.metadata.langfusePrompt": '{"name":"p","version":"3"}'}, ("p", 3)),
        ({"ai.telemetry.metadata.langfusePrompt": "p"}, None),
        ({"ai.telemetry.metadata.langfusePrompt": '{"version":3}'}, None),
    ],
)
def test_prompt(attributes: dict[str, Any], expected: Any) -> None:
    assert field("prompt", {"langfuse.observation.type": "generation", **attributes}) == expected
    assert field("prompt", {"langfuse.observation.type": "span", **attributes}) is None


@pytest.mark.parametrize("said", [True, "true"])
def test_app_root(said: Any) -> None:
    assert field("is_app_root", {"langfuse.internal.is_app_root": said}) is True
    assert field("is_app_root", {"langfuse.internal.is_app_root": "false"}) is None
