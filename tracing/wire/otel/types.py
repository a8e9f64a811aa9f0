"""A span in, the type of its observation out: rules read from top to bottom, the first that answers decides."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tracing.wire.otel.attributes import first_said
from tracing.wire.otel.keys import Keys, KeySet, looks_at
from tracing.wire.otel.spans import Span

Read = Callable[[Span], str | None]

DEFAULT_TYPE = "SPAN"


class Rule(NamedTuple):
    """What answers with a type or None: always None for spans without any of these attributes."""

    read: Read
    keys: Keys | None = None
    """None: it looks at no attribute."""


def type_of(span: Span, keys: KeySet) -> str:
    """Return the type of a span's observation, `SPAN` where no rule knows better."""
    for read in keys.among(_rules):
        found = read(span)
        if found is not None:
            return found
    return DEFAULT_TYPE


def _rules(keys: KeySet) -> tuple[Read, ...]:
    """Return the rules that may answer for a span whose attributes have these keys."""
    return tuple(rule.read for _, rule in RULES if rule.keys is None or keys.have(rule.keys))


def _value(key: str, types: Mapping[str, str]) -> Rule:
    """Return the rule: the value of this attribute names the type."""

    def rule(span: Span) -> str | None:
        value = span.attributes.get(key)
        return types.get(value) if type(value) is str else None

    return Rule(rule, looks_at(key))


def _any_of(keys: tuple[str, ...], observation_type: str) -> Rule:
    """Return the rule: where one of these attributes says anything, the type is this."""

    def rule(span: Span) -> str | None:
        return None if first_said(span.attributes, keys) is None else observation_type

    return Rule(rule, looks_at(*keys))


def _scope(scope_name: str, types: Mapping[str, str]) -> Rule:
    """Return the rule: for spans of this scope the span's name decides."""

    def rule(span: Span) -> str | None:
        return types.get(span.name) if span.scope.name == scope_name else None

    return Rule(rule)


LANGFUSE_TYPES = {
    name.lower(): name
    for name in (
        *("SPAN", "GENERATION", "EVENT", "EMBEDDING", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "GUARDRAIL"),
        "EVALUATOR",
    )
}
OPENINFERENCE_KINDS = {
    "LLM": "GENERATION",
    "CHAIN": "CHAIN",
    "RETRIEVER": "RETRIEVER",
    "EMBEDDING": "EMBEDDING",
    "AGENT": "AGENT",
    "TOOL": "TOOL",
    "GUARDRAIL": "GUARDRAIL",
    "EVALUATOR": "EVALUATOR",
}
GEN_AI_OPERATIONS = {
    "chat": "GENERATION",
    "completion": "GENERATION",
    "text_completion": "GENERATION",
    "generate_content": "GENERATION",
    "generate": "GENERATION",
    "embeddings": "EMBEDDING",
    "invoke_agent": "AGENT",
    "create_agent": "AGENT",
    "execute_tool": "TOOL",
}
GENKIT_SUBTYPES = {
    "background-model": "GENERATION",
    "model": "GENERATION",
    "embedder": "EMBEDDING",
    "tool": "TOOL",
    "tool.v2": "TOOL",
    "retriever": "RETRIEVER",
    "evaluator": "EVALUATOR",
}
VERCEL_CALLS = {
    "ai.generateText.doGenerate": "GENERATION",
    "ai.streamText.doStream": "GENERATION",
    "ai.generateObject.doGenerate": "GENERATION",
    "ai.streamObject.doStream": "GENERATION",
    "ai.embed.doEmbed": "EMBEDDING",
    "ai.embedMany.doEmbed": "EMBEDDING",
}
VERCEL_CALL_KEYS = looks_at("operation.name", "ai.operationId")
VERCEL_TOOL_CALL = {"ai.toolCall": "TOOL"}
VERCEL_MODEL = (
    "langfuse.observation.model.name",
    "ai.model.id",
    "gen_ai.request.model",
    "gen_ai.response.model",
)
LIVEKIT_SPANS = {"agent_turn": "AGENT", "start_agent_activity": "AGENT", "function_tool": "TOOL"}

ANY_MODEL = (
    "langfuse.observation.model.name",  # Langfuse
    "gen_ai.request.model",  # OpenTelemetry GenAI
    "gen_ai.response.model",
    "llm.model_name",  # OpenInference
    "model",  # Pydantic, Pipecat
)

UNMARKED_GENERATION = (
    "langfuse.observation.model.name",
    "langfuse.observation.cost_details",
    "langfuse.observation.usage_details",
    "langfuse.observation.completion_start_time",
    "langfuse.observation.model.parameters",
    "langfuse.observation.prompt.name",
    "langfuse.observation.prompt.version",
)
UP_TO_3_3 = re.compile(r"(?:[0-2]|3\.[0-3])(?:\.|$)")


def _unmarked_generation(span: Span) -> str | None:
    """Langfuse's Python SDK up to 3.3 calls a span what was updated with what only generations have."""
    said = span.attributes
    if (
        said.get("langfuse.observation.type") != "span"
        or span.scope.name != "langfuse-sdk"
        or span.resource.get("telemetry.sdk.language") != "python"
        or not UP_TO_3_3.match(span.scope.version)
    ):
        return None
    return "GENERATION" if any(key in said for key in UNMARKED_GENERATION) else None


def _vercel(calls: Mapping[str, str]) -> Rule:
    """Return the rule: the call that the Vercel AI SDK says a span is, with or without a function's name."""

    def rule(span: Span) -> str | None:
        operation, call = span.attributes.get("operation.name"), span.attributes.get("ai.operationId")
        if operation is None and call is None:
            return None
        for name, observation_type in calls.items():
            if call == name or (isinstance(operation, str) and operation.startswith(name)):
                return observation_type
        return None

    return Rule(rule, VERCEL_CALL_KEYS)


def _vercel_model_call(span: Span) -> str | None:
    found = VERCEL_CALL.read(span)
    return None if found is None or first_said(span.attributes, VERCEL_MODEL) is None else found


VERCEL_CALL = _vercel(VERCEL_CALLS)

RULES: tuple[tuple[str, Rule], ...] = (
    ("Langfuse, Python up to 3.3", Rule(_unmarked_generation, looks_at("langfuse.observation.type"))),
    ("Langfuse", _value("langfuse.observation.type", LANGFUSE_TYPES)),
    ("OpenInference", _value("openinference.span.kind", OPENINFERENCE_KINDS)),
    ("OpenTelemetry GenAI", _value("gen_ai.operation.name", GEN_AI_OPERATIONS)),
    ("Genkit", _value("genkit:metadata:subtype", GENKIT_SUBTYPES)),
    ("Vercel AI SDK, calls of a model", Rule(_vercel_model_call, VERCEL_CALL_KEYS)),
    ("Vercel AI SDK, calls of a tool", _vercel(VERCEL_TOOL_CALL)),
    ("OpenTelemetry GenAI, tools", _any_of(("gen_ai.tool.name", "gen_ai.tool.call.id"), "TOOL")),
    ("Flue, tools", _any_of(("flue.tool.name", "flue.tool.call_id"), "TOOL")),
    ("Flue, tasks", _any_of(("flue.task.id", "flue.task.agent"), "AGENT")),
    ("LiveKit", _scope("livekit-agents", LIVEKIT_SPANS)),
    ("anything that names a model", _any_of(ANY_MODEL, "GENERATION")),
)
