"""Metadata of observations and traces: what users gave, what else the span says, where it came from."""

import json
from typing import Any

import pytest

from tests.tracing.wire.otel.mapped import observation, trace
from tests.tracing.wire.otel.spans import PARENT, span
from tracing.wire.otel.payloads import IO_KEYS

SCOPE = {"name": "langfuse-sdk", "version": "1.0.0", "attributes": {"public_key": "pk"}}
ORIGIN = {"resourceAttributes": {"service.name": "shop"}, "scope": SCOPE}


def langfuse(attributes: dict[str, Any], **fields: Any) -> Any:
    return span(
        attributes,
        scope="langfuse-sdk",
        scope_attributes={"public_key": "pk"},
        resource={"service.name": "shop"},
        **fields,
    )


def own(attributes: dict[str, Any]) -> Any:
    """Return an observation's metadata without what tells where it came from."""
    found = json.loads(observation(langfuse(attributes)).metadata or "")
    return {key: value for key, value in found.items() if key not in ORIGIN}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, {}),
        ({"langfuse.observation.metadata": '{"a":{"b":1}}'}, {"a": {"b": 1}}),
        ({"langfuse.metadata": '{"a":1}'}, {"a": 1}),
        ({"langfuse.metadata": '{"a":1}', "langfuse.observation.metadata": '{"b":1}'}, {"b": 1}),
        ({"langfuse.metadata": '{"a":1}', "langfuse.observation.metadata": ""}, {"a": 1}),
        ({"langfuse.observation.metadata": "plain"}, {}),
        ({"langfuse.observation.metadata": "[1]"}, {}),
        ({"langfuse.observation.metadata": 5}, {}),
        ({"langfuse.observation.metadata.a.b": "x"}, {"a.b": "x"}),
        ({"langfuse.metadata.a": "x"}, {"a": "x"}),
        ({"ai.telemetry.metadata.a": "x"}, {"a": "x"}),
        ({"ai.telemetry.metadata.a": "x", "langfuse.metadata.a": "y"}, {"a": "y"}),
        ({"langfuse.observation.metadata.a": "z", "langfuse.metadata.a": "y"}, {"a": "z"}),
        (
            {
                f"ai.telemetry.metadata.{key}": "x"
                for key in ("userId", "sessionId", "tags", "langfusePrompt")
            },
            {},
        ),
        ({"langfuse.observation.metadata.a": '"text"'}, {"a": "text"}),
        ({"langfuse.observation.metadata.a": '"'}, {"a": '"'}),
        ({"langfuse.observation.metadata.a": '"\\x"'}, {"a": '"\\x"'}),
        ({"langfuse.observation.metadata.a": True}, {"a": True}),
        ({"langfuse.observation.metadata.a": [1, "b"]}, {"a": [1, "b"]}),
        ({"langfuse.observation.metadata": '{"a":"\\u0000"}'}, {"a": "\ufffd"}),
        ({"langfuse.trace.metadata.a": "x", "input.value": "in"}, {}),
    ],
)
def test_what_users_gave(attributes: dict[str, Any], expected: Any) -> None:
    assert own(attributes) == expected


def test_long_numbers_are_stored_as_texts() -> None:
    patch = observation(langfuse({"langfuse.observation.metadata": '{"a":1e99999,"b":1.10}'}))
    assert patch.metadata is not None
    assert patch.metadata.endswith('"a":"1e99999","b":1.10}')


def test_origin() -> None:
    assert json.loads(observation(langfuse({})).metadata or "") == ORIGIN


def test_what_a_user_gave_is_not_hidden_by_the_origin() -> None:
    patch = observation(langfuse({"langfuse.observation.metadata.scope": "mine"}))
    assert json.loads(patch.metadata or "")["scope"] == "mine"


def test_attributes_of_others_are_listed_as_texts_except_those_shown_elsewhere() -> None:
    left_out = {
        *("gen_ai.prompt.0.content", "gen_ai.completion.0.content", "llm.input_messages.0.message.role"),
        *(
            "llm.output_messages.0.message.role",
            "langfuse.trace.metadata.a",
            "langfuse.observation.metadata.a",
        ),
        *("ai.telemetry.metadata.userId", *IO_KEYS),
    }
    attributes = {"server.port": 443, "ok": True, "list": [1], "text": "x", **dict.fromkeys(left_out, "x")}
    found = json.loads(observation(span(attributes)).metadata or "")
    assert found["attributes"] == {"server.port": "443", "ok": "true", "list": "[1]", "text": "x"}
    assert "attributes" not in json.loads(observation(langfuse(attributes)).metadata or "")


def test_trace_metadata_of_a_root() -> None:
    attributes = {
        "langfuse.trace.metadata.a": "trace",
        "langfuse.trace.metadata.b": "trace",
        "langfuse.observation.metadata.b": "observation",
        "langfuse.metadata.c": "both",
    }
    resource = {"langfuse.trace.metadata.a": "resource", "langfuse.trace.metadata": '{"d":"resource"}'}
    found = json.loads(trace(span(attributes, resource=resource)).metadata or "")
    assert {key: found[key] for key in "abcd"} == {
        "a": "trace",
        "b": "observation",
        "c": "both",
        "d": "resource",
    }
    assert found["attributes"] == {"langfuse.metadata.c": "both"}
    assert found["scope"]["name"] == "some-library"


def test_trace_metadata_of_another_span_has_nothing_of_the_observation() -> None:
    attributes = {"langfuse.trace.metadata": '{"a":1}', "langfuse.observation.metadata.b": "x"}
    found = json.loads(trace(langfuse(attributes, parent=PARENT)).metadata or "")
    assert found == {"a": 1, **ORIGIN}
