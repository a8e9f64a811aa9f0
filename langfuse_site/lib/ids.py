"""Wire ids in, storable keys out; new ids for rows of our own."""

import hashlib
import secrets
import uuid

MAX_KEY_BYTES = 255
"""Longer ids are keyed by a digest: a B-tree entry holds 2,704 bytes, a composite key two of them."""


def new_id() -> str:
    """Return a fresh random id for a row of the relational side."""
    return secrets.token_hex(12)


def new_uuid() -> str:
    """Return a fresh uuid4 as text, the form of the ids that SDKs generate."""
    return str(uuid.uuid4())


def key_of(wire_id: str) -> str:
    """Return the storable key of an id that a client chose: itself, or a digest where it is long.

    A client's own id can't collide with a digest: those that begin with the digest's mark are digested too.
    """
    if len(wire_id) * 4 <= MAX_KEY_BYTES and not wire_id.startswith("\x7fsha256:"):
        return wire_id
    raw = wire_id.encode()
    if len(raw) <= MAX_KEY_BYTES and not wire_id.startswith("\x7fsha256:"):
        return wire_id
    return "\x7fsha256:" + hashlib.sha256(raw).hexdigest()
