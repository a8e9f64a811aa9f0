"""Moments in and out: ISO-8601 text on the wire, aware datetimes inside, whole microseconds in clocks."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Return whole microseconds since 1970-01-01 UTC; exact, unlike `timestamp()`."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the moment that `to_micros` counted."""
    return EPOCH + micros * MICROSECOND


def to_wire(moment: datetime | None) -> str | None:
    """Return ISO-8601 UTC with milliseconds and `Z`, as every response of the API has it."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
