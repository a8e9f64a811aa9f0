"""The parts of an AnyValue, an id or a time in, what a Span holds out: the same for both encodings."""

import base64
import math
from typing import Any

import msgspec

from tracing.wire.otel.errors import InvalidExport

MAX_NESTING = 24
"""Levels of arrays and key-value lists in one attribute; protobuf's own parser takes thirty of the latter."""

MAX_ID = 800
MAX_NANOSECONDS = 2**64 - 1
MIN_INT64, MAX_INT64 = -(2**63), 2**63 - 1

RawValue = dict[str, Any]
"""An AnyValue as OTLP's JSON spells it; empty for one without a value."""

_CANONICAL = msgspec.json.Encoder()


def text_of_raw(raw: RawValue) -> str:
    """Return the JSON text of an AnyValue, the one form it has whichever way it was sent."""
    return _CANONICAL.encode(raw).decode()


def bytes_text(value: bytes) -> str:
    """Return bytes as OTLP's JSON spells them."""
    return base64.b64encode(value).decode()


def double_of(value: float | str) -> float | str:
    """Return a finite number; what else a double may say, NaN for one, as a string."""
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        return number if math.isfinite(number) else value
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def int_of(value: float | str) -> float | str:
    """Return a 64-bit integer; text that is none stays as it is, and a larger number becomes text."""
    if isinstance(value, float):
        if not value.is_integer():
            return value
        value = int(value)
    try:
        number = int(value)
    except ValueError:
        return value
    return number if MIN_INT64 <= number <= MAX_INT64 else str(value)


def check_nesting(depth: int) -> None:
    """Raise InvalidExport below the deepest level that is taken."""
    if depth > MAX_NESTING:
        raise InvalidExport(f"an attribute is nested deeper than {MAX_NESTING} levels")


def check_id(name: str, value: str) -> str:
    """Return an id that can be kept, or raise InvalidExport."""
    if not value:
        raise InvalidExport(f"a span lacks its {name}")
    if len(value) > MAX_ID:
        raise InvalidExport(f"{name} must have at most {MAX_ID} characters")
    if "\r" in value:
        raise InvalidExport(f"{name} must not contain a carriage return")
    return value


def parent_of(value: str) -> str | None:
    """Return the id of a parent; an empty one, and OpenTelemetry's invalid id of zeros, mean a root."""
    return check_id("parentSpanId", value) if value.strip("0") else None
