"""The raw JSON of an input, output or metadata in, what is stored of it out; no digit of a number is lost."""

import re

import msgspec
from msgspec import DecodeError, Raw

from tracing.wire.text import outside_strings, storable, too_deep

TEXT, JSON, CAREFUL = 0, 1, 2
"""As `tracing.models.traces.PayloadForm`."""

MAX_SAFE_INTEGER = 2**53
SAFE_DIGITS = 15
"""Every decimal of so many significant digits survives a double."""

MAX_DIGITS = 1000
"""Longer numbers, written out, are kept as strings in metadata: PostgreSQL's jsonb writes out exponents, so
that few bytes could become gigabytes, and Python reads no integer beyond 4,300 digits."""

DOUBTFUL = re.compile(rb"[\d.]{16}|\d[eE]")
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
STRING_OR_NUMBER = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)', re.DOTALL)
UNWIELDY = re.compile(rb"\d{400}|\d[eE]")

FALSY = re.compile(rb"false|-?0(?:\.0+)?(?:[eE][+-]?\d+)?|\{\s*\}|\[\s*\]")
EMPTY = re.compile(rb"\{\s*\}|\[\s*\]")
ANY_JSON = msgspec.json.Decoder(Raw)
CONSTANTS = frozenset({"true", "false", "null"})
ENDS = {"{": "}", "[": "]", '"': '"'}
BLANK = " \t\r\n"


class Payload(msgspec.Struct, frozen=True, gc=False):
    """An input or output as it is stored: a string verbatim, anything else as the JSON text that came."""

    text: str
    form: int
    """`tracing.models.traces.PayloadForm`: 0 text, 1 JSON to splice, 2 JSON with numbers that need care."""
    truthy: bool
    """False for 0, false and the empty string, which never overwrite."""


def payload_of(raw: Raw) -> Payload | None:
    """Return an input or output as it is stored; None where it is absent or null."""
    source = bytes(raw)
    if not source or source == b"null":
        return None
    if source.startswith(b'"'):
        text: str = msgspec.json.decode(source, type=str)
        return Payload(text, form_of_text(text), bool(text))
    return Payload(source.decode(), form_of_json(source), not FALSY.fullmatch(source))


def form_of_text(text: str) -> int:
    """Return the form of a string that may or may not hold JSON."""
    if not may_be_json(text):
        return TEXT
    source = text.encode()
    if too_deep(source) or storable(source) != source:
        return TEXT
    try:
        ANY_JSON.decode(source)
    except DecodeError:
        return TEXT
    return form_of_json(source)


def may_be_json(text: str) -> bool:
    """Return false where the first and last characters already rule it out."""
    inner = text.strip(BLANK) if text[:1].isspace() or text[-1:].isspace() else text
    if not inner:
        return False
    if inner[0] in ENDS:
        return inner[-1] == ENDS[inner[0]]
    return inner in CONSTANTS or (inner[0] in "-0123456789" and inner[-1] in "0123456789")


def form_of_json(source: bytes) -> int:
    """Return whether JavaScript can hold every number of this JSON."""
    bare = outside_strings(source)
    if not DOUBTFUL.search(bare) or all(map(is_safe, NUMBER.findall(bare))):
        return JSON
    return CAREFUL


def is_safe(number: bytes) -> bool:
    """Return whether a double holds this number and writes it with the same digits."""
    if len(number) > 40:
        return False
    if number.lstrip(b"-").isdigit():
        return abs(int(number)) <= MAX_SAFE_INTEGER
    mantissa, _, exponent = number.lower().partition(b"e")
    digits = mantissa.lstrip(b"-").replace(b".", b"").strip(b"0")
    if exponent and abs(int(exponent)) > 250:
        return False
    return len(digits) <= SAFE_DIGITS or _shortest(float(number)) == digits


def _shortest(value: float) -> bytes:
    mantissa = repr(abs(value)).partition("e")[0]
    return mantissa.replace(".", "").strip("0").encode()


def metadata_of(raw: Raw) -> str | None:
    """Return metadata as the text of a JSON object that jsonb takes; None where there is nothing to merge."""
    source = bytes(raw)
    if not source or source == b"null" or EMPTY.fullmatch(source):
        return None
    if source.startswith(b"{"):
        return storable_numbers(source).decode()
    text = msgspec.json.decode(source, type=str) if source.startswith(b'"') else source.decode()
    return msgspec.json.encode({"metadata": text}).decode()


def storable_numbers(source: bytes) -> bytes:
    """Return the JSON with each number that is too long when written out as a string of its own."""
    if not UNWIELDY.search(source) or not UNWIELDY.search(outside_strings(source)):
        return source
    return STRING_OR_NUMBER.sub(_storable_token, source)


def _storable_token(token: re.Match[bytes]) -> bytes:
    number = token[1]
    if number is None or not is_unwieldy(number):
        return token[0]
    return b'"%b"' % number


def is_unwieldy(number: bytes) -> bool:
    """Return whether a number, written out without an exponent, may pass MAX_DIGITS."""
    mantissa, _, exponent = number.lower().partition(b"e")
    zeros = exponent.lstrip(b"+-").lstrip(b"0")
    return len(zeros) > 4 or len(mantissa) + int(zeros or b"0") > MAX_DIGITS
