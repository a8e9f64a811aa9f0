"""Usage and cost of a span: every name that senders give to a count, and how counts are kept apart."""

import json
from typing import Any

import pytest

from tests.tracing.wire.otel.mapped import field
from tracing.wire.otel import usage, vercel

ADK = {"scope": "gcp.vertex.agent"}
VERCEL = {"scope": "ai"}
GENKIT = {"scope": "genkit-tracer"}


def usage_of(attributes: dict[str, Any], **fields: Any) -> Any:
    return field("provided_usage", attributes, **fields)


@pytest.mark.parametrize("prefix", ["gen_ai.usage.", "llm.token_count."])
@pytest.mark.parametrize(("key", "name"), [(key, name) for key, all_ in usage.NAMES.items() for name in all_])
def test_every_name_of_a_count(prefix: str, key: str, name: str) -> None:
    assert usage_of({f"{prefix}{name}": 5}) == {key: 5}
    assert usage_of({f"{prefix}{name}": "5"}) == {key: 5}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"prompt_tokens": 1, "input_tokens": 2, "prompt": 3}, {"input": 1}),
        (
            {"input_tokens": 10, "output_tokens": 4, "total_tokens": 14},
            {"input": 10, "output": 4, "total": 14},
        ),
        (
            {"input_tokens": 10, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 2},
            {"input": 5, "input_cached_tokens": 3, "input_cache_creation": 2},
        ),
        ({"input_tokens": 2, "cache_read_tokens": 3}, {"input": 0, "input_cached_tokens": 3}),
        (
            {"output_tokens": 9, "reasoning.output_tokens": 4, "completion_details.audio": 1},
            {"output": 4, "output_reasoning_tokens": 4, "output_audio_tokens": 1},
        ),
        ({"details.images": 2, "seconds": 3}, {"images": 2, "seconds": 3}),
        ({"input_tokens": 1.5, "images": -1, "a": True, "b": "NaN", "c": [1], "d": "1e999"}, None),
        ({"input_tokens": 10**30, "output_tokens": 3.0}, {"output": 3}),
        ({"cost": 3}, None),
    ],
)
def test_counts_are_kept_apart(counts: dict[str, Any], expected: Any) -> None:
    assert usage_of({f"gen_ai.usage.{name}": count for name, count in counts.items()}) == expected


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ('{"input":1,"output":2,"images":3}', {"input": 1, "output": 2, "images": 3}),
        ('{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}', {"input": 5, "output": 2, "total": 7}),
        ('{"input":1.5,"output":-2,"other":"12 tokens"}', {"other": 12}),
        ("[1]", None),
        ("5", None),
        (5, None),
        ("not json", {"input": 9}),
    ],
)
def test_langfuse_details_decide_wherever_they_are_json(details: Any, expected: Any) -> None:
    attributes = {"langfuse.observation.usage_details": details, "gen_ai.usage.input_tokens": 9}
    assert usage_of(attributes) == expected


def test_genkit() -> None:
    counts = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15, "thoughtsTokens": 2}
    attributes = {"genkit:output": json.dumps({"usage": counts})}
    expected = {"input": 10, "output": 3, "total": 15, "output_reasoning_tokens": 2}
    assert usage_of(attributes, **GENKIT) == expected
    assert usage_of(attributes) is None
    assert usage_of({"genkit:output": '{"usage":[1]}'}, **GENKIT) is None


def test_agent_development_kit() -> None:
    response = {"gcp.vertex.agent.llm_response": '{"usage_metadata":{"cached_content_token_count":4}}'}
    counted = {"gen_ai.usage.input_tokens": 10}
    assert usage_of(response | counted, **ADK) == {"input": 6, "input_cached_tokens": 4}
    given = counted | {"gen_ai.usage.cache_read_tokens": 1}
    assert usage_of(response | given, **ADK) == {"input": 9, "input_cached_tokens": 1}
    assert usage_of(response | counted) == {"input": 10}


@pytest.mark.parametrize(("key", "attribute"), vercel.USAGE)
def test_every_attribute_of_the_vercel_sdk(key: str, attribute: str) -> None:
    assert usage_of({attribute: 5}, **VERCEL) == {key: 5}


@pytest.mark.parametrize(("key", "path"), vercel.PROVIDER_USAGE)
def test_every_count_of_vercels_providers(key: str, path: tuple[str, ...]) -> None:
    metadata: Any = 5
    for step in reversed(path):
        metadata = {step: metadata}
    assert usage_of({"ai.response.providerMetadata": json.dumps(metadata)}, **VERCEL) == {key: 5}


def test_vercel_counts_are_kept_apart() -> None:
    anthropic = {
        "cache_creation_input_tokens": 30,
        "cache_read_input_tokens": 20,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 5},
    }
    attributes = {
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 9,
        "ai.usage.reasoningTokens": 4,
        "ai.usage.cachedInputTokens": 21,
        "ai.response.providerMetadata": json.dumps({"anthropic": {"usage": anthropic}}),
    }
    assert usage_of(attributes, **VERCEL) == {
        "input": 49,
        "output": 5,
        "output_reasoning_tokens": 4,
        "input_cached_tokens": 21,
        "input_cache_creation": 15,
        "input_cache_creation_5m": 10,
        "input_cache_creation_1h": 5,
    }


@pytest.mark.parametrize(
    "outer", [{"gen_ai.operation.name": "invoke_agent"}, {"ai.operationId": "ai.streamText"}]
)
def test_spans_around_calls_do_not_count_them_again(outer: dict[str, Any]) -> None:
    attributes = {"gen_ai.usage.input_tokens": 1, "gen_ai.usage.cost": 1, "gen_ai.request.model": "m"}
    for name in ("provided_usage", "provided_cost", "model"):
        assert field(name, attributes) is not None
        assert field(name, attributes | outer) is None


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (
            {"langfuse.observation.cost_details": '{"input":0.1,"total":1e-7}'},
            {"input": "0.1", "total": "0.0000001"},
        ),
        ({"langfuse.observation.cost_details": '{"a":"1","b":-1,"c":[]}', "gen_ai.usage.cost": 2}, None),
        ({"langfuse.observation.cost_details": "[1]", "gen_ai.usage.cost": 2}, {"total": "2"}),
        ({"gen_ai.usage.cost": 0.25, "llm.cost.total": 2}, {"total": "0.25"}),
        ({"llm.cost.total": 0}, {"total": "0"}),
        ({"gen_ai.usage.cost": "0.25"}, None),
        ({"gen_ai.usage.cost": True}, None),
        ({"gen_ai.usage.cost": 1e300}, None),
    ],
)
def test_cost(attributes: dict[str, Any], expected: Any) -> None:
    assert field("provided_cost", attributes) == expected


@pytest.mark.parametrize("number", ["9" * 400, "1e300", "-" + "9" * 400])
@pytest.mark.parametrize(
    ("scope", "attribute", "template"),
    [
        (VERCEL, vercel.PROVIDER_METADATA, '{"openai":{"cachedPromptTokens":%s}}'),
        (GENKIT, usage.GENKIT_OUTPUT, '{"usage":{"inputTokens":3,"outputTokens":2.5,"thoughtsTokens":%s}}'),
        (ADK, usage.ADK_RESPONSE, '{"usage_metadata":{"cached_content_token_count":%s}}'),
    ],
)
def test_counts_out_of_reach_are_none(scope: Any, attribute: str, template: str, number: str) -> None:
    said = {"gen_ai.usage.input_tokens": 3.0, "gen_ai.usage.output_tokens": 2.5, attribute: template % number}
    assert usage_of(said, **scope) == {"input": 3}
