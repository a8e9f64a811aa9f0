"""A reading of a span in, what it says of its trace out."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import DecodeError

from tracing.wire.otel.attributes import first_said, first_text, is_true, text_of, unquoted
from tracing.wire.otel.io.values import json_of
from tracing.wire.otel.keys import KeySet, Names
from tracing.wire.otel.spans import Attributes, Span

NAME = ("langfuse.trace.name",)  # Langfuse
USER = (
    "langfuse.user.id",  # Langfuse
    "user.id",  # OpenTelemetry, OpenInference
    "langfuse.observation.metadata.langfuse_user_id",  # Langfuse, LangChain's metadata
    "langfuse.trace.metadata.langfuse_user_id",
    "ai.telemetry.metadata.userId",  # Vercel AI SDK
)
SESSION = (
    "langfuse.session.id",  # Langfuse
    "session.id",  # OpenTelemetry, OpenInference
    "gen_ai.conversation.id",  # OpenTelemetry GenAI
    "langfuse.observation.metadata.langfuse_session_id",  # Langfuse, LangChain's metadata
    "langfuse.trace.metadata.langfuse_session_id",
    "ai.telemetry.metadata.sessionId",  # Vercel AI SDK
)
CHOSEN_SESSION = tuple(key for key in SESSION if key != "gen_ai.conversation.id")
TAGS = (
    "langfuse.trace.tags",  # Langfuse
    "langfuse.tags",  # Langfuse, set by hand
    "langfuse.observation.metadata.langfuse_tags",  # Langfuse, LangChain's metadata
    "langfuse.trace.metadata.langfuse_tags",
    "ai.telemetry.metadata.tags",  # Vercel AI SDK
    "tag.tags",  # OpenInference
)
PUBLIC = ("langfuse.trace.public", "langfuse.public")  # Langfuse

ROOT = "langfuse.internal.as_root"
APP_ROOT = "langfuse.internal.is_app_root"

TEXTS = {"name": NAME, "user_id": USER, "session_id": SESSION}
CHILDREN_TEXTS = {**TEXTS, "session_id": CHOSEN_SESSION}
"""Of spans that are no roots: frameworks make up conversations, users name sessions."""


def is_root(span: Span) -> bool:
    """Return whether a span stands for its whole trace."""
    return not span.parent_span_id or is_true(span.attributes.get(ROOT))


def is_app_root(span: Span) -> bool:
    """Return whether a span is marked as the root of what one application did."""
    return is_true(span.attributes.get(APP_ROOT))


def trace_fields(said: Attributes, keys: KeySet) -> dict[str, Any]:
    """Return name, user, session and whether it is public, each only where attributes say it."""
    return _fields(TEXTS, said, keys)


def child_fields(said: Attributes, keys: KeySet) -> dict[str, Any]:
    """Return the same as said by a span that is no root."""
    return _fields(CHILDREN_TEXTS, said, keys)


def _fields(texts: Mapping[str, Names], said: Attributes, keys: KeySet) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, table in texts.items():
        text = first_text(said, keys.present(table))
        if text is not None:
            found[field] = unquoted(text)
    public = first_said(said, keys.present(PUBLIC))
    if public is not None:
        found["public"] = is_true(public)
    return found


def tags_of(said: Attributes, keys: KeySet) -> tuple[str, ...]:
    """Return the tags, given as a list, as JSON of one, with commas between them, or as a single text."""
    value = first_said(said, keys.present(TAGS))
    if value is None:
        return ()
    if isinstance(value, str):
        value = _tags_in(unquoted(value))
    parts = value if isinstance(value, list) else [value]
    return tuple(tag for part in parts if part is not None and (tag := text_of(part)))


def _tags_in(text: str) -> list[Any]:
    source = json_of(text) if text.startswith("[") else None
    try:
        if source is not None:
            return msgspec.json.decode(source, type=list[Any])
    except DecodeError:
        pass  # It has numbers out of reach.
    return [part.strip() for part in text.split(",")]
