"""A chat's input or output in, the names of the tools that it offers or calls out."""

from tracing.wire.payloads import Payload


def tool_names_of(payload: Payload | None) -> list[str] | None:
    """Return the names of the tools that an input offers, each once; None where it offers none."""
    return None


def tool_call_names_of(payload: Payload | None) -> list[str] | None:
    """Return the names of the tools that an output calls, in order; None where it calls none."""
    return None
