"""A reading of a span in, the metadata of its observation and of its trace out, as text that jsonb takes."""

from typing import Any

import msgspec
from msgspec import Raw

from tracing.wire.otel.attributes import text_of
from tracing.wire.otel.io.values import members, spliced
from tracing.wire.otel.keys import METADATA, OBSERVATION_METADATA, TRACE_METADATA, VERCEL_METADATA, Maps
from tracing.wire.otel.reading import Reading
from tracing.wire.otel.spans import Attributes
from tracing.wire.payloads import storable_numbers
from tracing.wire.text import too_deep

OBSERVATION_BASE = ("langfuse.observation.metadata", "langfuse.metadata")
TRACE_BASE = ("langfuse.trace.metadata", "langfuse.metadata")
"""The attribute that holds a whole object; the second only where the first says nothing."""

VERCEL_OWN = frozenset({"userId", "sessionId", "tags", "langfusePrompt"})
"""What the Vercel AI SDK's metadata says of the trace and the prompt."""

Object = dict[str, Any]


def observation_metadata(reading: Reading) -> str:
    """Return what a span says of itself, with its other attributes, its resource and its scope."""
    own = _own(reading.attributes, reading.maps, OBSERVATION_BASE, OBSERVATION_METADATA)
    return _text(_listed(reading) | _origin(reading) | own)


def root_trace_metadata(reading: Reading) -> str:
    """Return what a root span says of its trace: all that it says of itself, and what it says of the trace."""
    own = _own(reading.attributes, reading.maps, OBSERVATION_BASE, OBSERVATION_METADATA)
    return _text(_listed(reading) | _origin(reading) | _of_trace(reading) | own)


def trace_metadata(reading: Reading) -> str:
    """Return what a span that is no root says of its trace."""
    return _text(_origin(reading) | _of_trace(reading))


def says_trace_metadata(reading: Reading) -> bool:
    return TRACE_METADATA in reading.maps.parts or bool(reading.attributes.get(TRACE_BASE[0]))


def _of_trace(reading: Reading) -> Object:
    maps = reading.origin.resource_maps
    resource = {
        **_base(reading.span.resource, TRACE_BASE[:1]),
        **_decoded(maps.get(TRACE_METADATA)),
    }
    return resource | _own(reading.attributes, reading.maps, TRACE_BASE, TRACE_METADATA)


def _own(attributes: Attributes, maps: Maps, base: tuple[str, ...], domain: str) -> Object:
    """Return the keys of metadata that a user gave; the more specific wins."""
    found = _base(attributes, base)
    if not maps.parts:
        return found
    vercel = maps.get(VERCEL_METADATA)
    found |= _decoded({key: value for key, value in vercel.items() if key not in VERCEL_OWN})
    found |= _decoded(maps.get(METADATA))
    found |= _decoded(maps.get(domain))
    return found


def _base(attributes: Attributes, keys: tuple[str, ...]) -> Object:
    for key in keys:
        value = attributes.get(key)
        if value:
            return {name: Raw(storable_numbers(bytes(raw))) for name, raw in members(value).items()}
    return {}


def _decoded(values: Attributes) -> Object:
    """Return values as they were before a SDK wrote them as JSON; only Langfuse's Python SDK 5 does so to strings."""
    return {key: _value(value) for key, value in values.items()}


def _value(value: Any) -> Any:
    found = spliced(value)
    return Raw(storable_numbers(bytes(found))) if isinstance(found, Raw) else found


def _listed(reading: Reading) -> Object:
    """Return the attributes that are shown nowhere else; those of Langfuse's own SDKs all are."""
    if reading.origin.is_langfuse:
        return {}
    return {"attributes": {key: text_of(value) for key, value in reading.maps.listed.items()}}


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
