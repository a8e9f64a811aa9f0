"""The nanoseconds of a span in, its start and end as they are stored out."""

from datetime import datetime

import msgspec

from langfuse_site.lib.times import from_micros, to_micros
from tracing.wire.otel.spans import Span

LAST_NANOSECOND = 253_000_000_000 * 10**9
"""Some time in the year 9987: arithmetic with moments can't leave the calendar from there."""


class Times(msgspec.Struct, frozen=True, gc=False):
    """When a span started and ended, in whole milliseconds, and the start in whole microseconds."""

    micros: int
    start: datetime
    end: datetime
    implied: bool
    """The span says neither: it is taken to be of the moment when it was received."""


def times_of(span: Span, received_at: datetime) -> Times:
    """Return a span's times; one that is missing or beyond the calendar is taken from the other."""
    start, end = _in_calendar(span.start), _in_calendar(span.end)
    first, last = start or end, end or start
    if first is None or last is None:
        micros = to_micros(received_at)
        moment = from_micros(micros // 1000 * 1000)
        return Times(micros, moment, moment, implied=True)
    return Times(first // 1000, _moment(first), _moment(last), implied=False)


def _in_calendar(nanoseconds: int | None) -> int | None:
    return nanoseconds if nanoseconds is not None and 0 < nanoseconds < LAST_NANOSECOND else None


def _moment(nanoseconds: int) -> datetime:
    return from_micros(nanoseconds // 1_000_000 * 1000)
