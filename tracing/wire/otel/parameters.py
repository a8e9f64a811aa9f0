"""A reading of a span in, the model parameters of its observation out."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import DecodeError, Raw

from tracing.wire.otel.attributes import text_of
from tracing.wire.otel.io.values import json_of, members
from tracing.wire.otel.keys import looks_at
from tracing.wire.otel.reading import Reading
from tracing.wire.otel.vercel import PARAMETERS as VERCEL_PARAMETERS
from tracing.wire.otel.vercel import PROVIDER_METADATA, REQUESTED_TIER, vercel_parameters

GIVEN = "langfuse.observation.model.parameters"  # Langfuse: JSON of an object
WHOLE = (
    "llm.invocation_parameters",  # OpenInference: JSON of an object
    "model_config",  # Logfire, Pydantic AI: JSON of an object
)
PARTS = (
    "gen_ai.request.",  # OpenTelemetry GenAI
    "llm.invocation_parameters.",  # OpenInference
)
"""The parameter that each attribute with one of these prefixes gives is named by what follows."""

GENKIT_CONFIGS = (("genkit:input", ()), ("genkit:output", ("request",)))  # Genkit: `config` of these
MODEL = "model"

Parameters = dict[str, Any]

KEYS = looks_at(
    *(GIVEN, *WHOLE, *(key for key, _ in GENKIT_CONFIGS)),
    *(PROVIDER_METADATA, *REQUESTED_TIER, *(key for _, keys in VERCEL_PARAMETERS for key in keys)),
    prefixes=PARTS,
)


def model_parameters_of(reading: Reading) -> Parameters | None:
    """Return the parameters of a call, texts and numbers by name; None where a span says none."""
    given = _object(reading.attributes.get(GIVEN))
    if given is not None and reading.span.scope.name != "ai":
        return given or None
    found = BY_SCOPE.get(reading.span.scope.name, _generic)(reading)
    return found | (given or {}) or None


def _generic(reading: Reading) -> Parameters:
    for key in WHOLE:
        whole = _object(reading.attributes.get(key))
        if whole is not None:
            return whole
    said = reading.attributes
    return {name: _parameter(said[key]) for key, name in reading.keys.parts(PARTS) if name != MODEL}


def _genkit(reading: Reading) -> Parameters:
    for key, path in GENKIT_CONFIGS:
        value: Any = reading.attributes.get(key)
        for step in (*path, "config"):
            value = members(value).get(step) if value is not None else None
        found = _object(value)
        if found is not None:
            return found
    return {}


def _object(value: Any) -> Parameters | None:
    """Return the members of a JSON object as they are stored; None where it is something else."""
    raw = value if value is None or isinstance(value, Raw) else json_of(value)
    if raw is None or not bytes(raw).startswith(b"{"):
        return None
    return {name: _member(part) for name, part in members(raw).items()}


def _member(raw: Raw) -> Any:
    try:
        return _parameter(msgspec.json.decode(raw))
    except DecodeError:
        return bytes(raw).decode()


def _parameter(value: Any) -> Any:
    """Return a text, number or null as it is, anything else as JSON text."""
    if value is None or isinstance(value, str):
        return value
    return value if isinstance(value, int | float) and not isinstance(value, bool) else text_of(value)


BY_SCOPE: Mapping[str, Callable[[Reading], Parameters]] = {
    "genkit-tracer": _genkit,
    "ai": lambda reading: dict(vercel_parameters(reading.attributes)),
}
"""Who keeps its settings in a place of its own, by the name of the instrumentation."""
