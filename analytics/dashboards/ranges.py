"""The query string of a page in; the range of time that it shows, in buckets, and the range before out.

A preset ends with the bucket that is running. Its range before ends as far into its last bucket as the clock
is into this one, to the hour (to the minute where buckets are shorter), so that like is compared with like.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from analytics.charts.series import TimeAxis

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEK = 7 * DAY
LONGEST = timedelta(days=5 * 366)
MINUTES_KEPT = timedelta(days=2)
"""Older minutes are not told apart: rollups keep them for three days, and a page is looked at for a while."""
DEFAULT = "7d"
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Preset:
    key: str
    label: str
    name: str
    length: timedelta
    step: timedelta


PRESETS = {
    preset.key: preset
    for preset in (
        Preset("1h", "1 h", "Last hour", HOUR, MINUTE),
        Preset("24h", "24 h", "Last 24 hours", DAY, HOUR),
        Preset("7d", "7 d", "Last 7 days", WEEK, 6 * HOUR),
        Preset("30d", "30 d", "Last 30 days", 30 * DAY, DAY),
        Preset("90d", "90 d", "Last 90 days", 90 * DAY, DAY),
        Preset("1y", "1 y", "Last year", 52 * WEEK, WEEK),
    )
}
STEPS = (
    (2 * HOUR, MINUTE),
    (12 * HOUR, 5 * MINUTE),
    (3 * DAY, HOUR),
    (14 * DAY, 6 * HOUR),
    (100 * DAY, DAY),
    (800 * DAY, WEEK),
    (LONGEST, 4 * WEEK),
)
"""Up to which length a range of one's own has which buckets."""


class WrongRange(Exception):
    """What somebody asked for is no range; the text says why."""


@dataclass(frozen=True, slots=True)
class Range:
    """From the first start to `end`; `before_start` to `before_end` is what it is compared with."""

    starts: tuple[datetime, ...]
    end: datetime
    before_start: datetime
    before_end: datetime
    step: timedelta
    zone: ZoneInfo
    preset: Preset | None

    @property
    def start(self) -> datetime:
        return self.starts[0]

    @property
    def axis(self) -> TimeAxis:
        return TimeAxis(self.starts, self.end, self.zone)

    def bounds(self) -> list[tuple[datetime, datetime]]:
        """Return the start and end of each bucket."""
        return list(zip(self.starts, [*self.starts[1:], self.end], strict=True))


def read_range(given: Mapping[str, str], now: datetime) -> Range:
    """Return the range of a query string: `range` (a preset), or `from` and `to`, and `tz`; raise WrongRange."""
    zone = read_zone(given.get("tz", ""))
    first, last = given.get("from", ""), given.get("to", "")
    if first or last:
        return _custom(_moment(first, zone, "from") if first else None, _moment(last, zone, "to"), zone, now)
    key = given.get("range") or DEFAULT
    if key not in PRESETS:
        raise WrongRange(f"There is no range {key[:40]!r}: take one of {', '.join(PRESETS)}, or from and to.")
    return preset_range(PRESETS[key], zone, now)


def preset_range(preset: Preset, zone: ZoneInfo, now: datetime) -> Range:
    running = floor_to(now, preset.step, zone)
    end = next_bucket(running, preset.step, zone)
    start = floor_to(_back(end, preset.length, zone), preset.step, zone)
    unit = HOUR if preset.step >= HOUR else MINUTE
    before_end = _back(min(end, _ceil(now, unit)), preset.length, zone)
    before_start = _back(start, preset.length, zone)
    starts = _starts(start, end, preset.step, zone)
    return Range(starts, end, before_start, before_end, preset.step, zone, preset)


def _custom(start: datetime | None, end: datetime | None, zone: ZoneInfo, now: datetime) -> Range:
    end = end or now
    start = start if start is not None else end - DAY
    if not EARLIEST <= start < end <= now + 366 * DAY:
        raise WrongRange("The range has to begin before it ends, and not before the year 2000.")
    if end - start > LONGEST:
        raise WrongRange("The range is longer than five years: take a shorter one.")
    step = next(step for longest, step in STEPS if end - start <= longest)
    if start < now - MINUTES_KEPT:
        step = max(step, HOUR)
    unit = HOUR if step >= HOUR else MINUTE
    start, end = _floor(start, unit), _ceil(end, unit)
    first = floor_to(start, step, zone)
    starts = tuple(max(one, start) for one in _starts(first, end, step, zone))
    return Range(starts, end, start - (end - start), start, step, zone, None)


def read_zone(name: str) -> ZoneInfo:
    """Return a time zone by its name, UTC where none is given; raise WrongRange for an unknown one."""
    if not name:
        return ZoneInfo("UTC")
    if name not in zone_names():
        raise WrongRange(f"There is no time zone {name[:40]!r}: take a name such as Europe/Berlin.")
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def zone_names() -> list[str]:
    """Return the zones that people know: by continent and city."""
    return [
        "UTC",
        *sorted(
            n for n in available_timezones() if "/" in n and not n.startswith(("Etc/", "posix", "right"))
        ),
    ]


def _moment(text: str, zone: ZoneInfo, name: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongRange(f"{name} is no time: write it as 2026-11-28T14:00.") from None


def floor_to(moment: datetime, step: timedelta, zone: ZoneInfo) -> datetime:
    """Return the start of the bucket of a moment: steps of days and hours begin at midnight of the zone."""
    if step < HOUR:
        return _floor(moment, step)
    local = moment.astimezone(zone)
    if step == HOUR:
        return moment - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    wall = local.replace(tzinfo=None)
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    if step < DAY:
        start = midnight + (wall - midnight) // step * step
    else:
        start = midnight - (midnight.toordinal() - 1) % (step // DAY) * DAY
    return start.replace(tzinfo=zone).astimezone(UTC)


def next_bucket(start: datetime, step: timedelta, zone: ZoneInfo) -> datetime:
    """Return where the bucket that starts there ends; a day of a zone may have 23 or 25 hours."""
    if step <= HOUR:
        return start + step
    wall = start.astimezone(zone).replace(tzinfo=None) + step
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _starts(first: datetime, end: datetime, step: timedelta, zone: ZoneInfo) -> tuple[datetime, ...]:
    starts = [first]
    while (following := next_bucket(starts[-1], step, zone)) < end:
        starts.append(following)
    return tuple(starts)


def _back(moment: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    """Go back by whole days of the zone, or by less."""
    if length < DAY:
        return moment - length
    wall = moment.astimezone(zone).replace(tzinfo=None) - length
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _floor(moment: datetime, unit: timedelta) -> datetime:
    return moment - (moment - EARLIEST) % unit


def _ceil(moment: datetime, unit: timedelta) -> datetime:
    return moment + (EARLIEST - moment) % unit
