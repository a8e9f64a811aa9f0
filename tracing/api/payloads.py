"""Stored JSON and payload text in, what a response says of it out: spliced in unparsed wherever that is safe."""

import re

import orjson

from tracing.models.traces import PayloadForm

MAX_SAFE_INTEGER = 2**53 - 1
"""JavaScript holds no whole number beyond it exactly; such numbers are sent as strings."""

_LONG_NUMBER = re.compile(r"[0-9.]{16}")
_STRING_OR_NUMBER = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9][0-9.eE+-]*', re.DOTALL)

Spliced = orjson.Fragment | str | None


def payload(text: str | None, form: int) -> Spliced:
    """Return an input or output: JSON where the stored text is JSON, else the text itself; empty is null."""
    if not text:
        return None
    if form == PayloadForm.TEXT:
        return text
    return orjson.Fragment(text if form == PayloadForm.JSON else quote_unsafe_numbers(text))


def stored_json(text: str | None) -> orjson.Fragment | None:
    """Return what jsonb's text says; jsonb writes numbers without exponents."""
    if text is None:
        return None
    return orjson.Fragment(quote_unsafe_numbers(text) if _LONG_NUMBER.search(text) else text)


def quote_unsafe_numbers(text: str) -> str:
    """Return the JSON text with quotes around numbers that a double would change."""
    return _STRING_OR_NUMBER.sub(_quoted_if_unsafe, text)


def _quoted_if_unsafe(match: re.Match[str]) -> str:
    token = match[0]
    return token if token[0] == '"' or _is_safe(token) else f'"{token}"'


def _is_safe(number: str) -> bool:
    digits = number.lstrip("-")
    if digits.isdigit():
        return len(digits) <= 16 and int(digits) <= MAX_SAFE_INTEGER
    return _significant(number) == _significant(repr(float(number)))


def _significant(number: str) -> str:
    mantissa = number.lower().partition("e")[0]
    return mantissa.replace(".", "").strip("-").strip("0")
