"""Attributes of the Vercel AI SDK in, its usage and model parameters out: tables of its own names."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import DecodeError

from tracing.wire.otel.attributes import first_said, number_of, text_of
from tracing.wire.otel.io.values import json_of
from tracing.wire.otel.spans import Attributes

PROVIDER_METADATA = "ai.response.providerMetadata"

Path = tuple[str, ...]

USAGE: tuple[tuple[str, str], ...] = (
    ("input", "gen_ai.usage.prompt_tokens"),  # AI SDK 3, 4
    ("input", "gen_ai.usage.input_tokens"),
    ("output", "gen_ai.usage.completion_tokens"),  # AI SDK 3, 4
    ("output", "gen_ai.usage.output_tokens"),
    ("total", "ai.usage.tokens"),  # embeddings
    ("input_cached_tokens", "ai.usage.cachedInputTokens"),
    ("output_reasoning_tokens", "ai.usage.reasoningTokens"),
)
"""Our key and the attribute; the first that gives a number for a key wins, these before the provider's."""

PROVIDER_USAGE: tuple[tuple[str, Path], ...] = (
    ("input_cached_tokens", ("openai", "cachedPromptTokens")),
    ("accepted_prediction_tokens", ("openai", "acceptedPredictionTokens")),
    ("rejected_prediction_tokens", ("openai", "rejectedPredictionTokens")),
    ("output_reasoning_tokens", ("openai", "reasoningTokens")),
    ("input_cache_creation", ("anthropic", "usage", "cache_creation_input_tokens")),
    ("input_cached_tokens", ("anthropic", "usage", "cache_read_input_tokens")),
    (
        "input_cache_creation_5m",
        ("anthropic", "usage", "cache_creation", "ephemeral_5m_input_tokens"),
    ),
    (
        "input_cache_creation_1h",
        ("anthropic", "usage", "cache_creation", "ephemeral_1h_input_tokens"),
    ),
    ("input_cache_read", ("bedrock", "usage", "cacheReadInputTokens")),
    ("input_cache_write", ("bedrock", "usage", "cacheWriteInputTokens")),
    ("input_cache_creation", ("bedrock", "usage", "cacheCreationInputTokens")),
)
"""Our key and the place in the provider's metadata."""

PARTS: tuple[tuple[str, Path], ...] = (
    ("input_cache_creation", ("input_cache_creation_5m", "input_cache_creation_1h")),
    (
        "input",
        (
            *("input_cached_tokens", "input_cache_creation", "input_cache_creation_5m"),
            *("input_cache_creation_1h", "input_cache_read"),
        ),
    ),
    ("output", ("output_reasoning_tokens",)),
)
"""What is counted again within another count, and so taken out of it, in this order."""

PARAMETERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("maxSteps", ("ai.settings.maxSteps",)),
    ("toolChoice", ("ai.prompt.toolChoice",)),
    ("maxTokens", ("gen_ai.request.max_tokens", "ai.settings.maxTokens", "ai.settings.maxOutputTokens")),
    ("finishReason", ("gen_ai.response.finish_reasons", "ai.response.finishReason")),
    ("system", ("gen_ai.system", "ai.model.provider")),
    ("maxRetries", ("ai.settings.maxRetries",)),
    ("mode", ("ai.settings.mode",)),
    ("temperature", ("gen_ai.request.temperature", "ai.settings.temperature")),
)
SERVICE_TIER: Path = ("openai", "serviceTier")
REQUESTED_TIER = ("gen_ai.request.service_tier",)


def vercel_usage(said: Attributes) -> dict[str, int | float]:
    """Return the counts by usage key, none of them counted twice."""
    found: dict[str, int | float] = {}
    for key, attribute in USAGE:
        _keep(found, key, said.get(attribute))
    provider = _provider(said)
    for key, path in PROVIDER_USAGE if provider else ():
        _keep(found, key, _at(provider, path))
    for whole, parts in PARTS:
        if whole in found:
            found[whole] = max(found[whole] - sum(found.get(part, 0) for part in parts), 0)
    return found


def vercel_parameters(said: Attributes) -> dict[str, str]:
    """Return the settings of a call, all as texts, each only where it is said."""
    found = {name: first_said(said, keys) for name, keys in PARAMETERS}
    found["service_tier"] = _at(_provider(said), SERVICE_TIER) or first_said(said, REQUESTED_TIER)
    return {name: _setting(value) for name, value in found.items() if value is not None}


def _setting(value: Any) -> str:
    return ",".join(map(text_of, value)) if isinstance(value, list) else text_of(value)


def _keep(found: dict[str, int | float], key: str, value: Any) -> None:
    number = number_of(value) if value is not None and key not in found else None
    if number is not None:
        found[key] = number


def _provider(said: Attributes) -> Any:
    raw = json_of(said.get(PROVIDER_METADATA))
    try:
        return None if raw is None else msgspec.json.decode(raw)
    except DecodeError:
        return None


def _at(value: Any, path: Iterable[str]) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
