"""The keys of a span's attributes in, the maps that some of them spell out part by part out."""

from functools import lru_cache
from typing import NamedTuple

import msgspec

from tracing.wire.otel.payloads import IO_KEYS, IO_PREFIXES
from tracing.wire.otel.spans import Attributes

OBSERVATION_METADATA, TRACE_METADATA, METADATA, VERCEL_METADATA = "observation", "trace", "both", "vercel"
USAGE, PARAMETERS = "usage", "parameters"

PREFIXES = {
    "langfuse.observation.metadata.": OBSERVATION_METADATA,  # Langfuse SDKs
    "langfuse.trace.metadata.": TRACE_METADATA,  # Langfuse SDKs
    "langfuse.metadata.": METADATA,  # Langfuse, set by hand
    "ai.telemetry.metadata.": VERCEL_METADATA,  # Vercel AI SDK
    "gen_ai.usage.": USAGE,  # OpenTelemetry GenAI
    "llm.token_count.": USAGE,  # OpenInference
    "gen_ai.request.": PARAMETERS,  # OpenTelemetry GenAI
    "llm.invocation_parameters.": PARAMETERS,  # OpenInference
}
"""The map that each attribute with this prefix is a part of; what follows the prefix is the part's key."""

LEFT_OUT = (
    *IO_PREFIXES,
    "gen_ai.prompt",
    "gen_ai.completion",
    "llm.input_messages",
    "llm.output_messages",
    "langfuse.trace.metadata",
    "langfuse.observation.metadata",
    "ai.telemetry.metadata",
)
"""Metadata lists no attribute with such a prefix: it is shown elsewhere."""

MAX_REMEMBERED = 200


class Place(NamedTuple):
    """Where an attribute belongs, by its key."""

    map: str | None
    part: str
    listed: bool
    """Whether metadata lists it among the span's attributes."""


class Maps(msgspec.Struct, frozen=True, gc=False):
    """The maps that attributes spell out, and the attributes that metadata lists."""

    parts: dict[str, Attributes]
    listed: Attributes

    def get(self, name: str) -> Attributes:
        return self.parts.get(name) or {}


def maps_of(attributes: Attributes) -> Maps:
    """Return the attributes sorted by what they are parts of."""
    parts: dict[str, Attributes] = {}
    listed: Attributes = {}
    for key, value in attributes.items():
        place = _remembered(key) if len(key) <= MAX_REMEMBERED else _place(key)
        if place.map is not None:
            parts.setdefault(place.map, {})[place.part] = value
        if place.listed:
            listed[key] = value
    return Maps(parts, listed)


def _place(key: str) -> Place:
    listed = key not in IO_KEYS and not key.startswith(LEFT_OUT)
    for prefix, name in PREFIXES.items():
        if key.startswith(prefix) and key != prefix:
            return Place(name, key[len(prefix) :], listed)
    return Place(None, "", listed)


_remembered = lru_cache(maxsize=4096)(_place)
