"""A span in, its input and output out: the conventions of many senders, in one table."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from tracing.wire.otel.io import dotted, frameworks, messages
from tracing.wire.otel.io.values import Found, first_of, found, payload
from tracing.wire.otel.keys import KeySet, key_set_of
from tracing.wire.otel.spans import Span
from tracing.wire.payloads import Payload

TRACE_INPUT, TRACE_OUTPUT = "langfuse.trace.input", "langfuse.trace.output"
CONTENT_PROMPT, CONTENT_COMPLETION = "gen_ai.content.prompt", "gen_ai.content.completion"


@dataclass(frozen=True, slots=True)
class Convention:
    """Where senders of one kind put inputs and outputs.

    `read` gives None where a span doesn't follow the convention, so that the next one is asked. With
    `scope`, only the spans of that instrumentation may. `keys` are the attributes that it may use up, and
    `prefixes` how those begin whose keys it makes up: without a scope, no others make it find anything but,
    `of_events`, what the span's events say.
    """

    sender: str
    read: Callable[[Span], Found | None]
    keys: tuple[str, ...] = ()
    scope: str | None = None
    prefixes: tuple[str, ...] = ()
    of_events: bool = False


def pair(
    sender: str, input_keys: tuple[str, ...], output_keys: tuple[str, ...], *, scope: str | None = None
) -> Convention:
    """Return the convention of a sender that has one attribute for each, by the first key that is there."""

    def read(span: Span) -> Found | None:
        return found(first_of(span.attributes, input_keys), first_of(span.attributes, output_keys))

    return Convention(sender, read, (*input_keys, *output_keys), scope)


def content_events(span: Span) -> Found | None:
    """Return what the attributes of two span events say, by any convention of attributes."""
    sides = {CONTENT_PROMPT: None, CONTENT_COMPLETION: None}
    for event in span.events:
        if event.name in sides and sides[event.name] is None:
            inner = msgspec.structs.replace(span, attributes=event.attributes, events=[])
            sides[event.name] = read_io(inner)[event.name == CONTENT_COMPLETION]
    return found(*sides.values())


CONVENTIONS = (
    pair("Langfuse SDKs", ("langfuse.observation.input",), ("langfuse.observation.output",)),
    Convention(
        "Genkit", frameworks.genkit, (frameworks.GENKIT_INPUT, frameworks.GENKIT_OUTPUT), "genkit-tracer"
    ),
    Convention(
        "Vercel AI SDK", frameworks.vercel, (*frameworks.VERCEL_INPUT, *frameworks.VERCEL_OUTPUT), "ai"
    ),
    pair(
        "Flue",
        ("flue.turn.input", "flue.tool.arguments", "flue.task.prompt", "flue.workflow.payload"),
        (
            *("flue.turn.output", "flue.tool.result", "flue.task.result"),
            *("flue.operation.result", "flue.workflow.result"),
        ),
        scope="@flue/opentelemetry",
    ),
    Convention("OpenTelemetry GenAI: one event with all messages", messages.chat_of_details, of_events=True),
    Convention("OpenTelemetry GenAI: an event for each message", messages.chat_of_events, of_events=True),
    Convention("OpenTelemetry GenAI, early: content events (OpenLIT)", content_events, of_events=True),
    Convention(
        "Google Agent Development Kit",
        frameworks.adk,
        (
            *(frameworks.ADK_REQUEST, frameworks.ADK_RESPONSE),
            *(frameworks.ADK_ARGUMENTS, frameworks.ADK_RESULT),
        ),
    ),
    pair("Logfire: runs of an agent", ("prompt",), ("all_messages_events",)),
    pair(
        "LiveKit",
        ("lk.input_text", "lk.user_transcript", "lk.chat_ctx"),
        ("lk.function_tool.output", "lk.response.text"),
    ),
    Convention("Logfire: calls of a model", frameworks.logfire_events, (frameworks.LOGFIRE_EVENTS,)),
    pair("MLflow", ("mlflow.spanInputs",), ("mlflow.spanOutputs",)),
    pair("Traceloop's OpenLLMetry: workflows", ("traceloop.entity.input",), ("traceloop.entity.output",)),
    pair("OpenInference, smolagents", ("input.value",), ("output.value",)),
    pair("Pydantic, Pipecat", ("input",), ("output",)),
    Convention(
        "Pydantic AI: runs of an agent",
        messages.pydantic_ai,
        (messages.PYDANTIC_MESSAGES, messages.PYDANTIC_RESULT),
        "pydantic-ai",
    ),
    pair("Pydantic AI: tools", ("tool_arguments",), ("tool_response",)),
    Convention(
        "Traceloop's OpenLLMetry, OpenInference: a key a string",
        dotted.messages_of_parts,
        prefixes=dotted.PREFIXES,
    ),
    Convention("OpenTelemetry GenAI", messages.chat_of_span, messages.KEYS),
)
"""In the order in which they are asked: the first that finds an input or an output decides on both."""

IO_KEYS = frozenset({TRACE_INPUT, TRACE_OUTPUT, *(key for each in CONVENTIONS for key in each.keys)})
"""The attributes that may become an input or an output, and so are no metadata."""

IO_PREFIXES = dotted.PREFIXES
"""So do the attributes that begin like this."""


def observation_io(span: Span, keys: KeySet | None = None) -> tuple[Payload | None, Payload | None]:
    """Return the input and output of a span; each None where it says none. `keys` are those of its attributes."""
    given, made = read_io(span, keys)
    return payload(given), payload(made)


def trace_io(
    span: Span, own: tuple[Payload | None, Payload | None] = (None, None)
) -> tuple[Payload | None, Payload | None]:
    """Return what a span says of its trace's input and output; `own` are a root's, which are the trace's, too."""
    given, made = span.attributes.get(TRACE_INPUT), span.attributes.get(TRACE_OUTPUT)
    return own[0] if given is None else payload(given), own[1] if made is None else payload(made)


def read_io(span: Span, keys: KeySet | None = None) -> Found:
    """Return what the first convention finds that finds anything."""
    for convention in (keys or key_set_of(span.attributes)).among(conventions_of):
        if convention.of_events and not span.events:
            continue
        if convention.scope is not None and convention.scope != span.scope.name:
            continue
        pair_found = convention.read(span)
        if pair_found is not None:
            return pair_found
    return None, None


def conventions_of(keys: KeySet) -> tuple[Convention, ...]:
    """Return the conventions that may find anything among attributes with these keys."""
    return tuple(
        convention
        for convention in CONVENTIONS
        if convention.of_events
        or convention.scope is not None
        or keys.present(convention.keys)
        or keys.starting(convention.prefixes)
    )
