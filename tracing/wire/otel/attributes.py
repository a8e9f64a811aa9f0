"""Attributes of any type in, the texts, numbers and objects that they stand for out."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import DecodeError

from tracing.wire.otel.spans import Attributes
from tracing.wire.text import storable

TEXT = msgspec.json.Decoder(str)

MAX_NUMBER_TEXT = 40
MAX_NUMBER = 10**18
"""More than anything that is counted or timed, and few enough digits for any arithmetic."""


def first_said(attributes: Attributes, keys: Iterable[str]) -> Any:
    """Return the value of the first key that says something; None where none does.

    Empty texts and lists say nothing; 0 and false do.
    """
    for key in keys:
        value = attributes.get(key)
        if value is not None and (value or value == 0):
            return value
    return None


def first_text(attributes: Attributes, keys: Iterable[str]) -> str | None:
    """Return the first value that says something as text, JSON where it isn't a string."""
    value = first_said(attributes, keys)
    return value if value is None or type(value) is str else text_of(value)


def text_of(value: Any) -> str:
    """Return a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def unquoted(value: Any) -> Any:
    """Return the string that a JSON string literal stands for, any other value as it is.

    Langfuse's Python SDK 5 encodes every value of its metadata once more, strings included.
    """
    if not isinstance(value, str) or len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    try:
        return TEXT.decode(storable(value.encode()))
    except (DecodeError, UnicodeError):
        return value


def number_of(value: Any) -> int | float | None:
    """Return a number within reach, given as such or as text; None for anything else."""
    if isinstance(value, str):
        value = _number_in(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if -MAX_NUMBER <= value <= MAX_NUMBER else None


def _number_in(text: str) -> int | float | None:
    if len(text) > MAX_NUMBER_TEXT or "_" in text:
        return None
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        return None


def is_true(value: Any) -> bool:
    """Return whether an attribute is true, as a boolean or as the text `true`."""
    return value is True or value == "true"
