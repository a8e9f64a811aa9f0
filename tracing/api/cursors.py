"""The place where a page ended in, the cursor that a client sends back out, and back."""

import base64
import binascii
from datetime import UTC, datetime

import msgspec

from langfuse_site.lib.errors import InvalidRequest
from tracing.queries.observations_v2 import Place

MAX_CURSOR = 8_192


class Cursor(msgspec.Struct, frozen=True, rename="camel"):
    last_start_time_to: datetime
    last_trace_id: str
    last_id: str


def to_cursor(place: Place) -> str:
    """Return standard base64 of `{"lastStartTimeTo", "lastTraceId", "lastId"}`, the time with all its digits."""
    cursor = Cursor(place.start_time.astimezone(UTC), place.trace_id, place.id)
    return base64.b64encode(msgspec.json.encode(cursor)).decode()


def from_cursor(text: str | None) -> Place | None:
    """Return the place that a cursor tells of, None without one; an `ApiError` of status 400 if it can't be read."""
    if not text:
        return None
    try:
        cursor = msgspec.json.decode(_decoded(text), type=Cursor)
        moment = cursor.last_start_time_to.astimezone(UTC)
    except (binascii.Error, ValueError, OverflowError, msgspec.DecodeError) as error:
        raise InvalidRequest("Invalid cursor format") from error
    if cursor.last_start_time_to.tzinfo is None or "\x00" in cursor.last_trace_id + cursor.last_id:
        raise InvalidRequest("Invalid cursor format")
    return Place(moment, cursor.last_trace_id, cursor.last_id)


def _decoded(text: str) -> bytes:
    if len(text) > MAX_CURSOR:
        raise ValueError("Longer than any cursor of ours")
    # Form decoding turns a plus into a space where a client did not quote it; some leave the padding out.
    bare = text.strip().replace(" ", "+").rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
