"""A span in, the plain fields of its observation out, each from the first attribute that says it."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tracing.wire.events import MAX_PROMPT_VERSION
from tracing.wire.otel.attributes import first_said, first_text, number_of, text_of, unquoted
from tracing.wire.otel.io.values import members
from tracing.wire.otel.keys import looks_at
from tracing.wire.otel.reading import Reading
from tracing.wire.otel.spans import Attributes, Span

NAME = (
    "gen_ai.tool.name",  # OpenTelemetry GenAI
    "genkit:name",  # Genkit
    "logfire.msg",  # Pydantic Logfire
    "ai.toolCall.name",  # Vercel AI SDK
)
MODEL = (
    "langfuse.observation.model.name",  # Langfuse
    "gen_ai.response.model",  # OpenTelemetry GenAI
    "ai.model.id",  # Vercel AI SDK
    "gen_ai.request.model",  # OpenTelemetry GenAI
    "llm.response.model",  # OpenLLMetry
    "llm.model_name",  # OpenInference
    "embedding.model_name",  # OpenInference
    "model",  # Pydantic, Pipecat
)
STATUS_MESSAGE = ("langfuse.observation.status_message",)  # Langfuse; else the span's own
LEVEL = "langfuse.observation.level"  # Langfuse
COMPLETION_START = "langfuse.observation.completion_start_time"  # Langfuse
FIRST_CHUNK = ("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk")  # Vercel AI SDK: ms after the start
PROMPTS = (
    ("langfuse.observation.prompt.name", "langfuse.observation.prompt.version"),  # Langfuse
    ("langfuse.prompt.name", "langfuse.prompt.version"),  # Langfuse, set by hand
)
VERCEL_PROMPT = "ai.telemetry.metadata.langfusePrompt"  # Vercel AI SDK: JSON with name and version

LEVELS = {
    word: level
    for level, words in {
        "DEBUG": ("DEBUG", "TRACE", "VERBOSE"),
        "DEFAULT": ("DEFAULT", "INFO", "LOG", "NOTICE", "OK", "SUCCESS"),
        "WARNING": ("WARNING", "WARN"),
        "ERROR": ("ERROR", "FATAL", "CRITICAL"),
    }.items()
    for word in words
}
ERROR_STATUS = 2

LIVEKIT = "livekit-agents"
LIVEKIT_PLUMBING = frozenset(
    {
        *("user_speaking", "eou_detection", "llm_request_run", "tts_node", "tts_request", "tts_request_run"),
        *("tts_stream_adapter", "agent_speaking", "drain_agent_activity", "on_exit", "on_enter"),
        *("llm_fallback_adapter", "tts_fallback_adapter", "start_agent_activity"),
    }
)
"""Spans of LiveKit that say how it works rather than what was said."""

OPERATION, VERCEL_OPERATION = "gen_ai.operation.name", "ai.operationId"
AGENT_OPERATIONS = ("invoke_agent", "agent_step")
VERCEL_FUNCTIONS = tuple(
    f"ai.{name}"
    for name in ("generateText", "streamText", "generateObject", "streamObject", "embed", "embedMany")
)
"""Model, usage and cost of such a span are those of the calls below it, once more."""


MODEL_KEYS = looks_at(*MODEL, "genkit:metadata:subtype")
COMPLETION_START_KEYS = looks_at(COMPLETION_START, *FIRST_CHUNK)
PROMPT_KEYS = looks_at(VERCEL_PROMPT, *(name for name, _ in PROMPTS))


def name_of(reading: Reading) -> str | None:
    """Return an observation's name; None where even the span has none."""
    said = reading.attributes
    found = first_text(said, reading.keys.present(NAME)) or _vercel_name(said)
    return found or reading.span.name or None


def _vercel_name(said: Attributes) -> str | None:
    operation = said.get(VERCEL_OPERATION)
    if not operation:
        return None
    function = said.get("ai.telemetry.functionId")
    return f"{text_of(function)}:{text_of(operation)}" if function else text_of(operation)


def level_of(span: Span) -> str | None:
    """Return the level that a span says or implies; None stands for `DEFAULT`."""
    said = span.attributes.get(LEVEL)
    level = LEVELS.get(said.upper()) if isinstance(said, str) else None
    if level is not None:
        return level
    if span.status_code == ERROR_STATUS:
        return "ERROR"
    return "DEBUG" if span.scope.name == LIVEKIT and span.name in LIVEKIT_PLUMBING else None


def status_message_of(span: Span) -> str | None:
    return first_text(span.attributes, STATUS_MESSAGE) or span.status_message or None


def repeats_its_calls(span: Span) -> bool:
    """Return whether model, usage and cost of a span are left to the spans below it."""
    said = span.attributes
    return said.get(OPERATION) in AGENT_OPERATIONS or said.get(VERCEL_OPERATION) in VERCEL_FUNCTIONS


def model_of(reading: Reading) -> str | None:
    said = reading.attributes
    model = first_text(said, MODEL)
    if model is None and said.get("genkit:metadata:subtype") == "model":
        return first_text(said, ("genkit:name",))
    return model


def completion_start_of(reading: Reading) -> datetime | None:
    """Return when the first token came; whole milliseconds."""
    said = reading.attributes.get(COMPLETION_START)
    moment = _moment(said) if said is not None else None
    if moment is not None:
        return moment
    first_chunk = number_of(first_said(reading.attributes, FIRST_CHUNK))
    if first_chunk is None:
        return None
    try:
        return reading.times.start + timedelta(milliseconds=math.ceil(first_chunk))
    except OverflowError:
        return None


def _moment(said: Any) -> datetime | None:
    text = unquoted(said)
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not 1 < moment.year < 9999:
        return None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def prompt_of(reading: Reading) -> tuple[str, int] | None:
    """Return name and version of the prompt that a generation says it used; None unless it gives both."""
    said = reading.attributes
    for name_key, version_key in PROMPTS:
        if name_key in said and (prompt := _prompt(said[name_key], said.get(version_key))):
            return prompt
    return _vercel_prompt(said[VERCEL_PROMPT]) if VERCEL_PROMPT in said else None


def _vercel_prompt(said: Any) -> tuple[str, int] | None:
    prompt: Mapping[str, Any] = {name: unquoted(bytes(raw).decode()) for name, raw in members(said).items()}
    return _prompt(prompt.get("name"), prompt.get("version"))


def _prompt(name: Any, version: Any) -> tuple[str, int] | None:
    number = number_of(version)
    if not isinstance(name, str) or not name or not number or number != int(number):
        return None
    return (name, int(number)) if abs(number) <= MAX_PROMPT_VERSION else None
