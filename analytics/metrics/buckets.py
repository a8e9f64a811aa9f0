"""A range of time and a granularity in, the starts of its buckets out, in the clock of a zone.

Days, weeks (from Monday) and months start at a date of the zone; hours and minutes at a moment, so that the
hour that a clock repeats is two.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from analytics.metrics.query import Granularity

Bucket = date | datetime

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


def zone_name(zone: tzinfo) -> str:
    """Return the name by which PostgreSQL knows the zone."""
    if zone is UTC:
        return "UTC"
    if isinstance(zone, ZoneInfo) and zone.key:
        return zone.key
    raise TypeError(f"Not a zone with a name: {zone!r}")


def buckets(granularity: Granularity, start: datetime, end: datetime, zone: tzinfo) -> Iterator[Bucket]:
    """Return the buckets that have some of the time from `start` until before `end`."""
    if granularity in {"hour", "minute"}:
        return _moments(HOUR if granularity == "hour" else MINUTE, start, end, zone)
    return _dates(granularity, start, end, zone)


def bucket_of(granularity: Granularity, moment: datetime, zone: tzinfo) -> Bucket:
    """Return the start of the bucket that a moment belongs to."""
    if granularity in {"hour", "minute"}:
        return _moment_start(HOUR if granularity == "hour" else MINUTE, moment, zone)
    return _date_start(granularity, moment.astimezone(zone).date())


def _moments(step: timedelta, start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    at = _moment_start(step, start, zone)
    while at < end:
        yield at
        following = _moment_start(step, at + step, zone)
        # A clock that goes back by half an hour stays within the hour for longer than one.
        at = following if following > at else at + step


def _moment_start(step: timedelta, moment: datetime, zone: tzinfo) -> datetime:
    local = moment.astimezone(zone)
    past = timedelta(minutes=local.minute if step == HOUR else 0, seconds=local.second)
    return moment.astimezone(UTC) - past - timedelta(microseconds=local.microsecond)


def _dates(granularity: Granularity, start: datetime, end: datetime, zone: tzinfo) -> Iterator[date]:
    at = _date_start(granularity, start.astimezone(zone).date())
    last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    while at <= last:
        yield at
        at = _following(granularity, at)


def _date_start(granularity: Granularity, day: date) -> date:
    if granularity == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if granularity == "month" else day


def _following(granularity: Granularity, day: date) -> date:
    if granularity == "month":
        return (day + timedelta(days=31)).replace(day=1)
    return day + (7 * DAY if granularity == "week" else DAY)
