"""A reading of a span in, the usage and cost that its sender counted out.

Keys of the result do not overlap: tokens that came from a cache are taken out of the input, tokens of
reasoning out of the output.
"""

from collections.abc import Callable, Mapping

import msgspec
from msgspec import DecodeError, Raw

from tracing.wire.otel.attributes import first_said, number_of
from tracing.wire.otel.io.values import json_of, members
from tracing.wire.otel.keys import looks_at
from tracing.wire.otel.reading import Reading
from tracing.wire.otel.spans import Span
from tracing.wire.otel.vercel import PROVIDER_METADATA, vercel_usage
from tracing.wire.otel.vercel import USAGE as VERCEL_USAGE
from tracing.wire.usage import provided_cost, usage_details, whole_counts

Numbers = dict[str, int | float]

USAGE = (
    "gen_ai.usage.",  # OpenTelemetry GenAI
    "llm.token_count.",  # OpenInference
)
"""The count that each attribute with one of these prefixes gives is named by what follows."""

DETAILS = "langfuse.observation.usage_details"  # Langfuse
COST_DETAILS = "langfuse.observation.cost_details"  # Langfuse
COST = (
    "gen_ai.usage.cost",  # OpenRouter, OpenLIT
    "llm.cost.total",  # OpenInference
)

NAMES = {
    "input": ("prompt_tokens", "input_tokens", "prompt"),
    "output": ("completion_tokens", "output_tokens", "completion"),
    "total": ("total_tokens", "total"),
    "input_cached_tokens": (
        "cache_read.input_tokens",  # OpenTelemetry GenAI
        "cache_read_input_tokens",  # OpenLLMetry, Anthropic's name
        "cache_read_tokens",
        "details.cache_read_tokens",  # Pydantic AI
        "details.cache_read_input_tokens",
        "prompt_details.cache_read",  # OpenInference
        "input_cached_tokens",
    ),
    "input_cache_creation": (
        "cache_creation.input_tokens",  # OpenTelemetry GenAI
        "cache_creation_input_tokens",  # OpenLLMetry, Anthropic's name
        "cache_write_tokens",
        "details.cache_write_tokens",  # Pydantic AI
        "details.cache_creation_input_tokens",
        "prompt_details.cache_write",  # OpenInference
        "input_cache_creation",
    ),
    "output_reasoning_tokens": (
        "reasoning.output_tokens",  # OpenTelemetry GenAI
        "completion_details.reasoning",  # OpenInference
    ),
    "output_audio_tokens": ("completion_details.audio",),  # OpenInference
}
"""Our key for each count, and what senders call it after `gen_ai.usage.` or `llm.token_count.`."""

CONSUMED = {name for names in NAMES.values() for name in names} | {"cost"}
PARTS = {
    "input": ("input_cached_tokens", "input_cache_creation"),
    "output": ("output_reasoning_tokens", "output_audio_tokens"),
}
"""What is counted again within another count, and so taken out of it."""

GENKIT_OUTPUT = "genkit:output"
ADK_RESPONSE = "gcp.vertex.agent.llm_response"


USAGE_KEYS = looks_at(
    *(DETAILS, GENKIT_OUTPUT, ADK_RESPONSE, PROVIDER_METADATA),
    *(attribute for _, attribute in VERCEL_USAGE),
    prefixes=USAGE,
)
COST_KEYS = looks_at(COST_DETAILS, *COST)


def usage_of_span(reading: Reading) -> dict[str, int]:
    """Return counts by usage key; empty where a span gives none that can be stored."""
    details = reading.attributes.get(DETAILS)
    if details is not None and (given := _details(details)) is not None:
        return given
    counted = BY_SCOPE.get(reading.span.scope.name, _generic)(reading)
    return whole_counts(counted) if counted else {}


def _details(value: object) -> dict[str, int] | None:
    """Return what Langfuse's own attribute says; None where it is no JSON, so that others are asked."""
    if not isinstance(value, str):
        return {}
    counted = members(value)
    return None if not counted and json_of(value) is None else usage_details(counted)


def _generic(reading: Reading) -> Numbers:
    """OpenTelemetry GenAI and OpenInference, and all who name their counts like them."""
    given = {
        name: number
        for key, name in reading.keys.parts(USAGE)
        if (number := number_of(reading.attributes[key])) is not None
    }
    if not given:
        return {}
    found = _named(given)
    for whole, parts in PARTS.items():
        if whole in found:
            found[whole] = max(found[whole] - sum(found.get(part, 0) for part in parts), 0)
    return found | {
        name.removeprefix("details."): number for name, number in given.items() if name not in CONSUMED
    }


def _named(given: Numbers) -> Numbers:
    found: Numbers = {}
    for key, names in NAMES.items():
        for name in names:
            if name in given:
                found[key] = given[name]
                break
    return found


def _adk(reading: Reading) -> Numbers:
    """Google's Agent Development Kit: cached tokens stand in the response only."""
    found = _generic(reading)
    response = _object(members(reading.attributes.get(ADK_RESPONSE)).get("usage_metadata"))
    cached = number_of(response.get("cached_content_token_count"))
    if cached is None or "input_cached_tokens" in found:
        return found
    if "input" in found:
        found["input"] = max(found["input"] - cached, 0)
    return found | {"input_cached_tokens": cached}


def _genkit(reading: Reading) -> Numbers:
    usage = _object(members(reading.attributes.get(GENKIT_OUTPUT)).get("usage"))
    thoughts = number_of(usage.get("thoughtsTokens"))
    counts = {
        "input": number_of(usage.get("inputTokens")),
        "output": number_of(usage.get("outputTokens")),
        "total": number_of(usage.get("totalTokens")),
        "output_reasoning_tokens": thoughts,
    }
    found = {key: count for key, count in counts.items() if count is not None}
    if "output" in found:
        found["output"] = max(found["output"] - (thoughts or 0), 0)
    return found


def _object(raw: Raw | None) -> Mapping[str, object]:
    """Return a JSON object's members as plain values; none where it is something else or out of reach."""
    try:
        value = msgspec.json.decode(raw) if raw is not None else None
    except DecodeError:
        return {}
    return value if isinstance(value, dict) else {}


BY_SCOPE: Mapping[str, Callable[[Reading], Numbers]] = {
    "genkit-tracer": _genkit,
    "ai": lambda reading: vercel_usage(reading.attributes),
    "gcp.vertex.agent": _adk,
}
"""Who counts in a way of its own, by the name of the instrumentation."""


def cost_of_span(span: Span) -> dict[str, str]:
    """Return what a span says it cost, in US dollars by usage key, as decimal text."""
    details = span.attributes.get(COST_DETAILS)
    if details is not None and (raw := json_of(details)) is not None and bytes(raw).startswith(b"{"):
        return provided_cost(None, members(raw))
    total = first_said(span.attributes, COST)
    if isinstance(total, bool) or not isinstance(total, int | float):
        return {}
    return provided_cost(None, {"total": Raw(msgspec.json.encode(total))})
