"""The JSON of one wire event in, a typed struct out: envelope fields and body types with their rules.

Payloads stay `Raw`, so that no decoder changes their numbers. Where it matters later whether a field was
absent or null, absent is `UNSET`.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Literal, Union

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from tracing.wire.usage import Usage

Id = Annotated[str, Meta(min_length=1, max_length=800)]
Moment = Annotated[datetime, Meta(tz=True)]
Level = Literal["DEBUG", "DEFAULT", "WARNING", "ERROR"]
Text = str | None | UnsetType

ABSENT = Raw()
"""A payload field that the event doesn't have; an explicit null is `Raw(b"null")`."""

DEFAULT_ENVIRONMENT = "default"
MAX_ENVIRONMENT = 40
MAX_PROMPT_VERSION = 2**31 - 1
MAX_CACHED_ENVIRONMENT_BYTES = 100

RESERVED_PREFIX = re.compile(r"^(?:langfuse[-_]?)+")
ENVIRONMENT = re.compile(r"[a-z0-9\-_]+")


def environment_of(raw: Raw) -> str | None:
    """Return the normalised environment, `default` where it can't be used, or None where none was said."""
    text = bytes(raw)
    if not text or text == b"null":
        return None
    if len(text) > MAX_CACHED_ENVIRONMENT_BYTES:
        return _normalised(text)
    return _cached(text)


def _normalised(raw: bytes) -> str:
    if not raw.startswith(b'"'):
        return DEFAULT_ENVIRONMENT
    text: str = msgspec.json.decode(raw, type=str)
    name = RESERVED_PREFIX.sub("", text.lower())[:MAX_ENVIRONMENT]
    return name if ENVIRONMENT.fullmatch(name) else DEFAULT_ENVIRONMENT


_cached = lru_cache(maxsize=1024)(_normalised)


def check_id(name: str, value: str | UnsetType | None) -> None:
    """Raise ValueError for an id with a carriage return."""
    if value and "\r" in value:
        raise ValueError(f"{name} must not contain a carriage return")


def check_moment(name: str, value: datetime | UnsetType | None) -> None:
    """Raise ValueError for a moment so near the ends of the calendar that arithmetic could leave it."""
    if value and not 1 < value.year < 9999:
        raise ValueError(f"{name} must lie between the years 2 and 9998")


def utc(moment: datetime) -> datetime:
    """Return the same moment in UTC."""
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


class TraceBody(Struct, frozen=True, gc=False, rename="camel"):
    id: Id | None = None
    timestamp: Moment | None = None
    name: Annotated[str, Meta(max_length=1000)] | None | UnsetType = UNSET
    user_id: Text = UNSET
    session_id: Text = UNSET
    release: Text = UNSET
    version: Text = UNSET
    environment: Raw = ABSENT
    public: bool | None = None
    tags: list[str] | None = None
    metadata: Raw = ABSENT
    input: Raw = ABSENT
    output: Raw = ABSENT

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_moment("timestamp", self.timestamp)


class EventBody(Struct, frozen=True, gc=False, rename="camel"):
    """What every observation may say; alone it is the body of event-create."""

    id: Id
    trace_id: Id | None = None
    name: Text = UNSET
    start_time: Moment | None = None
    environment: Raw = ABSENT
    level: Level | None | UnsetType = UNSET
    status_message: str | None = None
    parent_observation_id: str | None = None
    version: str | None = None
    metadata: Raw = ABSENT
    input: Raw = ABSENT
    output: Raw = ABSENT

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_id("traceId", self.trace_id)
        check_moment("startTime", self.start_time)


class SpanBody(EventBody, frozen=True, gc=False, rename="camel"):
    end_time: Moment | None = None

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_id("traceId", self.trace_id)
        check_moment("startTime", self.start_time)
        check_moment("endTime", self.end_time)


Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Scalar = str | Whole | float | bool | None
Parameter = Scalar | list[str] | dict[str, str]


class GenerationBody(SpanBody, frozen=True, gc=False, rename="camel"):
    """The body of generations and of agents, tools, chains and the other typed observations."""

    completion_start_time: Moment | None = None
    model: Text = UNSET
    model_parameters: dict[str, Parameter] | None = None
    usage: Usage | None = None
    usage_details: dict[str, Raw] | None = None
    cost_details: dict[str, Raw] | None = None
    prompt_name: str | None = None
    prompt_version: int | float | None = None

    def __post_init__(self) -> None:
        SpanBody.__post_init__(self)
        check_moment("completionStartTime", self.completion_start_time)
        if self.prompt_name or self.prompt_version:
            check_prompt(self.prompt_name, self.prompt_version)


def check_prompt(name: str | None, version: float | None) -> None:
    """Raise ValueError unless a prompt is named by both its name and a whole version."""
    if not name or not version:
        raise ValueError("promptName and promptVersion go together: give both or none")
    if version != int(version) or abs(version) > MAX_PROMPT_VERSION:
        raise ValueError(f"promptVersion must be a whole number of at most {MAX_PROMPT_VERSION}")


class LegacyObservationBody(Struct, frozen=True, gc=False, rename="camel"):
    """The body of observation-create and -update, which say their type themselves."""

    type: Literal["GENERATION", "SPAN", "EVENT"]
    id: Id | None = None
    trace_id: Id | None = None
    name: Text = UNSET
    start_time: Moment | None = None
    end_time: Moment | None = None
    completion_start_time: Moment | None = None
    level: Level | None | UnsetType = UNSET
    status_message: str | None = None
    parent_observation_id: str | None = None
    version: str | None = None
    metadata: Raw = ABSENT
    input: Raw = ABSENT
    output: Raw = ABSENT
    model: Text = UNSET
    model_parameters: dict[str, Scalar] | None = None
    usage: Usage | None = None
    usage_details: dict[str, Raw] | None = None
    cost_details: dict[str, Raw] | None = None

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_id("traceId", self.trace_id)
        check_moment("startTime", self.start_time)
        check_moment("endTime", self.end_time)
        check_moment("completionStartTime", self.completion_start_time)


class SdkLogBody(Struct, frozen=True, gc=False):
    log: Raw


TYPED = ("agent", "tool", "chain", "retriever", "evaluator", "embedding", "guardrail")

OBSERVATION_TYPES: dict[str, str] = {
    "span-create": "SPAN",
    "span-update": "SPAN",
    "generation-create": "GENERATION",
    "generation-update": "GENERATION",
    "event-create": "EVENT",
    **{f"{kind}-create": kind.upper() for kind in TYPED},
}
"""The observation type of each wire event type that has one of its own."""

UPDATES = frozenset({"span-update", "generation-update", "observation-update"})
SDK_LOG = "sdk-log"
INTERNAL_TYPES = frozenset({"dataset-run-item-create"})

BODIES: dict[str, type[Struct]] = {
    "trace-create": TraceBody,
    "span-create": SpanBody,
    "span-update": SpanBody,
    "generation-create": GenerationBody,
    "generation-update": GenerationBody,
    "event-create": EventBody,
    **{f"{kind}-create": GenerationBody for kind in TYPED},
    "observation-create": LegacyObservationBody,
    "observation-update": LegacyObservationBody,
    SDK_LOG: SdkLogBody,
}


class Envelope(Struct, frozen=True, gc=False):
    """What every wire event has around its body; its type is the tag of the subclass."""

    id: Id
    timestamp: Moment

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_moment("timestamp", self.timestamp)


def envelopes(bodies: Mapping[str, type[Struct]]) -> dict[type[Struct], str]:
    """Return an envelope struct for each wire event type, with the type as value."""
    kinds: Iterable[tuple[str, type[Struct]]] = {**bodies, **BODIES}.items()
    return {_envelope(name, body): name for name, body in kinds}


def _envelope(name: str, body: type[Struct]) -> type[Struct]:
    title = "".join(part.title() for part in name.split("-"))
    return msgspec.defstruct(
        title, [("body", body)], bases=(Envelope,), tag_field="type", tag=name, frozen=True, gc=False
    )


def union(kinds: Iterable[type[Struct]]) -> object:
    """Return the union that one decoder reads."""
    return Union[tuple(kinds)]  # noqa: UP007 - the members are known only at run time
