"""A reading of a span in, the metadata of its observation and of its trace out, as text that jsonb takes."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw

from tracing.wire.otel.attributes import text_of
from tracing.wire.otel.io.values import members, spliced
from tracing.wire.otel.keys import KeySet
from tracing.wire.otel.payloads import IO_KEYS, IO_PREFIXES
from tracing.wire.otel.reading import Reading
from tracing.wire.otel.spans import Attributes
from tracing.wire.payloads import storable_numbers
from tracing.wire.text import too_deep

OBSERVATION_BASE = ("langfuse.observation.metadata", "langfuse.metadata")
TRACE_BASE = ("langfuse.trace.metadata", "langfuse.metadata")
"""The attribute that holds a whole object; the second only where the first says nothing."""

OBSERVATION_PARTS = ("langfuse.observation.metadata.",)  # Langfuse SDKs
TRACE_PARTS = ("langfuse.trace.metadata.",)  # Langfuse SDKs
PARTS = ("langfuse.metadata.",)  # Langfuse, set by hand
VERCEL_PARTS = ("ai.telemetry.metadata.",)  # Vercel AI SDK
"""Each attribute with one of these prefixes is the value of one key of metadata: of what follows."""

LEFT_OUT = (
    *IO_PREFIXES,
    *("gen_ai.prompt", "gen_ai.completion", "llm.input_messages", "llm.output_messages"),
    *("langfuse.trace.metadata", "langfuse.observation.metadata", "ai.telemetry.metadata"),
)
"""Metadata lists no attribute with such a prefix, nor one of an input or output: it is shown elsewhere."""

VERCEL_OWN = frozenset({"userId", "sessionId", "tags", "langfusePrompt"})
"""What the Vercel AI SDK's metadata says of the trace and the prompt."""

Object = dict[str, Any]
Parts = Sequence[tuple[str, str]]
"""Keys of attributes, each with the key of metadata that it stands for; the later win."""


def observation_metadata(reading: Reading) -> str:
    """Return what a span says of itself, with its other attributes, its resource and its scope."""
    return _text(_listed(reading) | _origin(reading) | _of_observation(reading))


def root_trace_metadata(reading: Reading, own: str) -> str:
    """Return what a root span says of its trace: `own`, which it says of itself, and what it says of the trace."""
    of_trace = _of_trace(reading)
    if not of_trace:
        return own
    return _text(_listed(reading) | _origin(reading) | of_trace | _of_observation(reading))


def trace_metadata(reading: Reading) -> str:
    """Return what a span that is no root says of its trace."""
    return _text(_origin(reading) | _of_trace(reading))


def says_trace_metadata(reading: Reading) -> bool:
    return bool(reading.keys.parts(TRACE_PARTS)) or bool(reading.attributes.get(TRACE_BASE[0]))


def _of_observation(reading: Reading) -> Object:
    """Return what a span says of itself by key; the more specific wins."""
    said = reading.attributes
    return _base(said, OBSERVATION_BASE) | _values(said, reading.keys.among(_observation_parts))


def _of_trace(reading: Reading) -> Object:
    """Return what a span and its resource say of the trace by key; the more specific wins."""
    said, resource = reading.attributes, reading.span.resource
    return {
        **_base(resource, TRACE_BASE[:1]),
        **_values(resource, reading.origin.resource_keys.parts(TRACE_PARTS)),
        **_base(said, TRACE_BASE),
        **_values(said, reading.keys.among(_trace_parts)),
    }


def _observation_parts(keys: KeySet) -> Parts:
    return [*_common_parts(keys), *keys.parts(OBSERVATION_PARTS)]


def _trace_parts(keys: KeySet) -> Parts:
    return [*_common_parts(keys), *keys.parts(TRACE_PARTS)]


def _common_parts(keys: KeySet) -> Parts:
    vercel = [(key, part) for key, part in keys.parts(VERCEL_PARTS) if part not in VERCEL_OWN]
    return [*vercel, *keys.parts(PARTS)]


def _base(attributes: Attributes, keys: tuple[str, ...]) -> Object:
    for key in keys:
        value = attributes.get(key)
        if value:
            return {name: Raw(storable_numbers(bytes(raw))) for name, raw in members(value).items()}
    return {}


def _values(attributes: Attributes, parts: Parts) -> Object:
    """Return values as they were before a SDK wrote them as JSON; only Langfuse's Python SDK 5 does so to strings."""
    return {part: _value(attributes[key]) for key, part in parts}


def _value(value: Any) -> Any:
    found = spliced(value)
    return Raw(storable_numbers(bytes(found))) if isinstance(found, Raw) else found


def _listed(reading: Reading) -> Object:
    """Return the attributes that are shown nowhere else; those of Langfuse's own SDKs all are."""
    if reading.origin.is_langfuse:
        return {}
    said = reading.attributes
    return {"attributes": {key: text_of(said[key]) for key in reading.keys.among(_listed_keys)}}


def _listed_keys(keys: KeySet) -> list[str]:
    return [key for key in keys.keys if key not in IO_KEYS and not key.startswith(LEFT_OUT)]


def _origin(reading: Reading) -> Object:
    return {"resourceAttributes": reading.origin.resource_attributes, "scope": reading.origin.scope}


def _text(metadata: Object) -> str:
    source = msgspec.json.encode(metadata)
    if too_deep(source):
        shallow = {
            key: value if isinstance(value, Raw | dict) else text_of(value) for key, value in metadata.items()
        }
        source = msgspec.json.encode(shallow)
    return source.decode()
