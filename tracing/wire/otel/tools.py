"""A span and its payloads in, the names of the tools that it offers or calls out."""

from tracing.wire import tools
from tracing.wire.otel.spans import Span
from tracing.wire.payloads import Payload


def tool_names_of(span: Span, input: Payload | None) -> list[str] | None:  # noqa: A002
    """Return the names of the tools that a span offers to a model, each once; None where it offers none."""
    return tools.tool_names_of(input)


def tool_call_names_of(span: Span, output: Payload | None) -> list[str] | None:
    """Return the names of the tools that a model called, in order; None where it called none."""
    return tools.tool_call_names_of(output)
