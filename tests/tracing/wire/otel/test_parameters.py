"""Model parameters: who keeps them where, and what is stored of their values."""

import json
from typing import Any

import pytest

from tests.tracing.wire.otel.mapped import field
from tracing.wire.otel.vercel import PARAMETERS

GIVEN = "langfuse.observation.model.parameters"


def parameters_of(attributes: dict[str, Any], **fields: Any) -> Any:
    return field("model_parameters", attributes, **fields)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, None),
        (
            {GIVEN: '{"a":1,"b":"x","c":true,"d":[1],"e":null,"f":0.5}'},
            {"a": 1, "b": "x", "c": "true", "d": "[1]", "e": None, "f": 0.5},
        ),
        ({GIVEN: '{"a":1}', "model_config": '{"a":2}', "gen_ai.request.b": 3}, {"a": 1}),
        ({GIVEN: "[1]", "model_config": '{"a":2}'}, {"a": 2}),
        ({GIVEN: "{}", "model_config": '{"a":2}'}, None),
        ({"llm.invocation_parameters": '{"a":1}', "model_config": '{"a":2}'}, {"a": 1}),
        ({"llm.invocation_parameters": "none", "model_config": '{"a":2}'}, {"a": 2}),
        (
            {
                "gen_ai.request.model": "m",
                "gen_ai.request.top_p": 0.5,
                "gen_ai.request.stop_sequences": ["a"],
            },
            {"top_p": 0.5, "stop_sequences": '["a"]'},
        ),
        (
            {"llm.invocation_parameters.temperature": 1, "llm.invocation_parameters.stream": False},
            {"temperature": 1, "stream": "false"},
        ),
    ],
)
def test_parameters(attributes: dict[str, Any], expected: Any) -> None:
    assert parameters_of(attributes) == expected


@pytest.mark.parametrize("key", ["genkit:input", "genkit:output"])
def test_genkit(key: str) -> None:
    config = {"config": {"temperature": 1}}
    value = json.dumps(config if key == "genkit:input" else {"request": config})
    assert parameters_of({key: value}, scope="genkit-tracer") == {"temperature": 1}
    assert parameters_of({key: value}) is None
    assert parameters_of({key: "[]"}, scope="genkit-tracer") is None


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, keys in PARAMETERS for key in keys])
def test_every_setting_of_the_vercel_sdk(name: str, key: str) -> None:
    assert parameters_of({key: 5}, scope="ai") == {name: "5"}


def test_vercel() -> None:
    tier = {"ai.response.providerMetadata": '{"openai":{"serviceTier":"flex"}}'}
    assert parameters_of(tier, scope="ai") == {"service_tier": "flex"}
    assert parameters_of({"gen_ai.request.service_tier": "auto"}, scope="ai") == {"service_tier": "auto"}
    assert parameters_of({"gen_ai.response.finish_reasons": ["stop"]}, scope="ai") == {"finishReason": "stop"}
    both = {GIVEN: '{"mode":"b","x":1}', "ai.settings.mode": "a", "ai.settings.maxSteps": 2}
    assert parameters_of(both, scope="ai") == {"mode": "b", "maxSteps": "2", "x": 1}
