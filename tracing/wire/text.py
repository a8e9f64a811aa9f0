"""The bytes of a request body in, bytes of JSON that can be decoded and stored out.

NUL characters and lone surrogates, which neither PostgreSQL nor UTF-8 can hold, become U+FFFD; NaN and
the infinities, which JSON doesn't have, become strings. Nesting is bounded by a fixed number, checked
without recursion, so that the answer doesn't depend on how deep the caller's own stack is.
"""

import re
from itertools import accumulate

MAX_DEPTH = 128
"""Levels of arrays and objects in one payload. PostgreSQL's jsonb and Python's json take far more."""

PAYLOAD_LEVEL = 4
"""The levels around a payload: the request's object, its batch, the event, its body."""

BOM = b"\xef\xbb\xbf"
REPLACEMENT = b"\xef\xbf\xbd"

SPECIAL = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
"""A NUL or any surrogate: most bodies have none, and this is the cheapest way to see it."""

UNSTORABLE = re.compile(
    rb"\\u(?:0000|[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|[c-fC-F](?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F])))"
)
"""A NUL or a lone surrogate, as long as no escaped backslash precedes it."""

ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?Infinity|NaN', re.DOTALL)
CONTROL = re.compile(rb"[\x00-\x1f]")
BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)

NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
STEP = tuple({0x5B: 1, 0x7B: 1, 0x5D: -1, 0x7D: -1}.get(byte, 0) for byte in range(256))


def storable(raw: bytes) -> bytes:
    """Return UTF-8 without NUL characters and lone surrogates, raw or escaped."""
    if not raw.isascii():
        raw = _utf8(raw)
    if b"\0" in raw:
        raw = raw.replace(b"\0", REPLACEMENT)
    if b"\\" in raw and SPECIAL.search(raw) and _is_suspect(raw):
        raw = ESCAPE.sub(_replaced, raw)
    return raw


def _utf8(raw: bytes) -> bytes:
    raw = raw.removeprefix(BOM)
    try:
        raw.decode()
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace").encode()
    return raw


def _is_suspect(raw: bytes) -> bool:
    return b"\\\\ud" in raw or b"\\\\uD" in raw or UNSTORABLE.search(raw) is not None


def _replaced(escape: re.Match[bytes]) -> bytes:
    return escape[0] if escape[1] is None else b"\\ufffd"


def repaired(raw: bytes) -> bytes:
    """Return `raw` with NaN and the infinities as strings, and bare control characters escaped."""
    return TOKEN.sub(_repaired_token, raw)


def _repaired_token(token: re.Match[bytes]) -> bytes:
    if token[0].startswith(b'"'):
        return CONTROL.sub(lambda control: b"\\u%04x" % control[0][0], token[0])
    return b'"%b"' % token[0]


def shallow(raw: bytes) -> bytes:
    """Return `raw` with each value below the deepest level that is allowed emptied.

    A payload that contains one is still a level too deep, so that it is refused like any other.
    """
    depth, done, parts = 0, 0, []
    for token in BRACKET.finditer(raw):
        step = STEP[raw[token.start()]]
        depth += step
        if step > 0 and depth == PAYLOAD_LEVEL + MAX_DEPTH + 1:
            parts.append(raw[done : token.end()])
            done = len(raw)
        elif step < 0 and depth == PAYLOAD_LEVEL + MAX_DEPTH:
            done = token.start()
    return b"".join([*parts, raw[done:]])


def too_deep(raw: bytes) -> bool:
    """Return whether arrays and objects are nested deeper than MAX_DEPTH in this JSON."""
    if raw.startswith(b'"') or raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH:
        return False
    levels = accumulate(map(STEP.__getitem__, outside_strings(raw).translate(None, NOT_BRACKETS)))
    return max(levels, default=0) > MAX_DEPTH


def outside_strings(raw: bytes) -> bytes:
    """Return what stands between the strings of this JSON: punctuation, numbers, true, false, null."""
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(raw.split(b'"')[::2])
