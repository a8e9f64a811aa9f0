"""The type of an observation: every row of the rules, and which rule is asked first."""

from typing import Any

import pytest

from tests.tracing.wire.otel.mapped import observation
from tests.tracing.wire.otel.spans import span
from tracing.wire.otel.types import RULES

TYPES = (
    *("SPAN", "GENERATION", "EVENT", "EMBEDDING", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "GUARDRAIL"),
    "EVALUATOR",
)
OLD_PYTHON = {
    "scope": "langfuse-sdk",
    "scope_version": "3.3.4",
    "resource": {"telemetry.sdk.language": "python"},
}


def type_of(attributes: dict[str, Any], **fields: Any) -> str:
    implied, found = observation(span(attributes, **fields)).first["type"]
    assert implied is False
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize("name", TYPES)
def test_langfuse_says_its_types_in_lower_case(name: str) -> None:
    assert type_of({"langfuse.observation.type": name.lower(), "openinference.span.kind": "LLM"}) == name


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, "SPAN"),
        ({"langfuse.observation.type": "Agent"}, "SPAN"),
        ({"langfuse.observation.type": ["agent"]}, "SPAN"),
        *(
            ({"openinference.span.kind": kind}, kind)
            for kind in ("CHAIN", "RETRIEVER", "EMBEDDING", "AGENT", "TOOL", "GUARDRAIL", "EVALUATOR")
        ),
        ({"openinference.span.kind": "LLM"}, "GENERATION"),
        ({"openinference.span.kind": "RERANKER", "llm.model_name": "m"}, "GENERATION"),
        *(
            ({"gen_ai.operation.name": name}, "GENERATION")
            for name in ("chat", "completion", "text_completion", "generate_content", "generate")
        ),
        ({"gen_ai.operation.name": "embeddings"}, "EMBEDDING"),
        ({"gen_ai.operation.name": "invoke_agent"}, "AGENT"),
        ({"gen_ai.operation.name": "create_agent"}, "AGENT"),
        ({"gen_ai.operation.name": "execute_tool"}, "TOOL"),
        ({"genkit:metadata:subtype": "model"}, "GENERATION"),
        ({"genkit:metadata:subtype": "background-model"}, "GENERATION"),
        ({"genkit:metadata:subtype": "embedder"}, "EMBEDDING"),
        ({"genkit:metadata:subtype": "tool"}, "TOOL"),
        ({"genkit:metadata:subtype": "tool.v2"}, "TOOL"),
        ({"genkit:metadata:subtype": "retriever"}, "RETRIEVER"),
        ({"genkit:metadata:subtype": "evaluator"}, "EVALUATOR"),
        *(
            ({"ai.operationId": f"ai.{call}", "ai.model.id": "m"}, "GENERATION")
            for call in (
                "generateText.doGenerate",
                "streamText.doStream",
                "generateObject.doGenerate",
                "streamObject.doStream",
            )
        ),
        ({"ai.operationId": "ai.embed.doEmbed", "ai.model.id": "m"}, "EMBEDDING"),
        ({"operation.name": "ai.embedMany.doEmbed my-function", "ai.model.id": "m"}, "EMBEDDING"),
        ({"operation.name": "ai.streamText.doStream my-function", "gen_ai.request.model": "m"}, "GENERATION"),
        ({"ai.operationId": "ai.streamText.doStream"}, "SPAN"),
        ({"ai.operationId": "ai.streamText", "ai.model.id": "m"}, "SPAN"),
        ({"ai.operationId": "ai.toolCall"}, "TOOL"),
        ({"operation.name": "ai.toolCall my-function"}, "TOOL"),
        ({"gen_ai.tool.name": "search"}, "TOOL"),
        ({"gen_ai.tool.call.id": "1"}, "TOOL"),
        ({"gen_ai.tool.name": ""}, "SPAN"),
        ({"flue.tool.name": "search"}, "TOOL"),
        ({"flue.tool.call_id": "1"}, "TOOL"),
        ({"flue.task.id": "1"}, "AGENT"),
        ({"flue.task.agent": "planner"}, "AGENT"),
        *(
            ({key: "m"}, "GENERATION")
            for key in (
                *("langfuse.observation.model.name", "gen_ai.request.model", "gen_ai.response.model"),
                *("llm.model_name", "model"),
            )
        ),
        ({"model": ""}, "SPAN"),
    ],
)
def test_attributes(attributes: dict[str, Any], expected: str) -> None:
    assert type_of(attributes) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("agent_turn", "AGENT"), ("start_agent_activity", "AGENT"), ("function_tool", "TOOL"), ("x", "SPAN")],
)
def test_livekit_is_known_by_the_names_of_its_spans(name: str, expected: str) -> None:
    assert type_of({}, scope="livekit-agents", name=name) == expected
    assert type_of({}, name=name) == "SPAN"


@pytest.mark.parametrize(
    "key",
    [
        *("model.name", "cost_details", "usage_details", "completion_start_time", "model.parameters"),
        *("prompt.name", "prompt.version"),
    ],
)
def test_spans_of_old_python_sdks_with_what_only_generations_have(key: str) -> None:
    attributes = {"langfuse.observation.type": "span", f"langfuse.observation.{key}": "1"}
    assert type_of(attributes, **OLD_PYTHON) == "GENERATION"


@pytest.mark.parametrize(
    "other",
    [
        {"scope_version": "3.4.0"},
        {"scope_version": "3.30.0"},
        {"scope_version": "4.0.0"},
        {"scope": "elsewhere"},
        {"resource": {"telemetry.sdk.language": "nodejs"}},
    ],
)
def test_spans_of_other_sdks_stay_spans(other: dict[str, Any]) -> None:
    attributes = {"langfuse.observation.type": "span", "langfuse.observation.model.name": "m"}
    assert type_of(attributes, **(OLD_PYTHON | other)) == "SPAN"


def test_spans_of_old_python_sdks_without_them_stay_spans() -> None:
    assert type_of({"langfuse.observation.type": "span"}, **OLD_PYTHON) == "SPAN"


def test_each_rule_names_its_sender_once() -> None:
    senders = [sender for sender, _ in RULES]
    assert len(set(senders)) == len(senders)
