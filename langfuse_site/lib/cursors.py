"""The place where a page ended in, the cursor that a client hands back out, and back: base64url of JSON."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Literal, TypeVar

import msgspec

from langfuse_site.lib.errors import InvalidRequest

MAX_CURSOR = 8_192

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
P = TypeVar("P", bound="Place")


class Place(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Where the last row of a page stands in the order of its list; ids are keys, as `lib.ids.key_of` makes them."""

    v: Literal[1] = 1


def to_cursor(place: Place) -> str:
    """Return the cursor that tells of a place, its times with all their digits."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def from_cursor(text: str | None, into: type[P]) -> P | None:
    """Return the place that a cursor tells of, None without one; InvalidRequest where it can't be read."""
    if not text:
        return None
    try:
        decoded = _decoded(text)
        place = msgspec.json.decode(decoded, type=into)
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError) as error:
        raise InvalidRequest("Invalid cursor format") from error
    if b"\\u0000" in decoded:
        raise InvalidRequest("Invalid cursor format")
    return place


def _decoded(text: str) -> bytes:
    if len(text) > MAX_CURSOR:
        raise ValueError("Longer than any cursor of ours")
    bare = text.strip().rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
