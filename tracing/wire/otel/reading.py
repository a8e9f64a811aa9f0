"""A span in, the same with all that the mapping needs to know of it out, each thing worked out once."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec
from msgspec import Raw

from tracing.wire.events import environment_of
from tracing.wire.otel.attributes import first_said, first_text
from tracing.wire.otel.keys import KeySet, key_set_of
from tracing.wire.otel.spans import Attributes, Scope, Span
from tracing.wire.otel.times import Times, times_of

ENVIRONMENT = (
    "langfuse.environment",  # Langfuse
    "deployment.environment.name",  # OpenTelemetry
    "deployment.environment",  # OpenTelemetry, older
)
RELEASE = ("langfuse.release",)  # Langfuse
VERSION = ("langfuse.version",)  # Langfuse
RESOURCE_VERSION = ("service.version",)  # OpenTelemetry

LANGFUSE_SCOPE = "langfuse-sdk"


class Origin(msgspec.Struct, frozen=True, gc=False):
    """What all spans of one resource and scope have in common."""

    environment: str | None
    release: str | None
    version: str | None
    is_langfuse: bool
    resource_attributes: Raw
    scope: Raw
    resource_keys: KeySet


class Reading(msgspec.Struct, frozen=True, gc=False):
    """A span with the keys of its attributes, its times and its origin."""

    span: Span
    attributes: Attributes
    keys: KeySet
    times: Times
    origin: Origin
    environment: str | None
    """Normalised; None where neither span nor resource names one."""
    release: str | None
    version: str | None


def readings_of(spans: Iterable[Span], *, received_at: datetime) -> Iterator[Reading]:
    """Yield a reading of each span; spans of one export share their resources and scopes."""
    origins: dict[tuple[int, int], Origin] = {}
    for span in spans:
        place = id(span.resource), id(span.scope)
        origin = origins.get(place)
        if origin is None:
            origin = origins[place] = _origin(span.resource, span.scope)
        said, keys = span.attributes, key_set_of(span.attributes)
        named = first_said(said, keys.present(ENVIRONMENT)) is not None
        yield Reading(
            span=span,
            attributes=said,
            keys=keys,
            times=times_of(span, received_at),
            origin=origin,
            environment=_environment(said, span.resource) if named else origin.environment,
            release=first_text(said, keys.present(RELEASE)) or origin.release,
            version=first_text(said, keys.present(VERSION)) or origin.version,
        )


def _origin(resource: Attributes, scope: Scope) -> Origin:
    return Origin(
        environment=_environment({}, resource),
        release=first_text(resource, RELEASE),
        version=first_text(resource, RESOURCE_VERSION),
        is_langfuse=scope.name.startswith(LANGFUSE_SCOPE),
        resource_attributes=Raw(msgspec.json.encode(resource)),
        scope=Raw(msgspec.json.encode(scope)),
        resource_keys=key_set_of(resource),
    )


def _environment(said: Attributes, resource: Attributes) -> str | None:
    for key in ENVIRONMENT:
        for attributes in (said, resource):
            value = first_said(attributes, (key,))
            if value is not None:
                return environment_of(Raw(msgspec.json.encode(value)))
    return None
