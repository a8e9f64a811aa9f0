"""A span in, its input and output out: the conventions of many senders, in one table."""

from tracing.wire.otel.io.values import payload
from tracing.wire.otel.spans import Span
from tracing.wire.payloads import Payload

IO_KEYS: frozenset[str] = frozenset({"langfuse.observation.input", "langfuse.observation.output"})
IO_PREFIXES: tuple[str, ...] = (
    "gen_ai.prompt",
    "gen_ai.completion",
    "llm.input_messages",
    "llm.output_messages",
)


def observation_io(span: Span) -> tuple[Payload | None, Payload | None]:
    """Return the input and output of a span; each None where it says none."""
    said = span.attributes
    return payload(said.get("langfuse.observation.input")), payload(said.get("langfuse.observation.output"))


def trace_io(span: Span, *, is_root: bool) -> tuple[Payload | None, Payload | None]:
    """Return what a span says of its trace's input and output."""
    said = span.attributes
    given, made = payload(said.get("langfuse.trace.input")), payload(said.get("langfuse.trace.output"))
    if not is_root or (given and made):
        return given, made
    own_input, own_output = observation_io(span)
    return given or own_input, made or own_output
