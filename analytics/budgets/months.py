"""A moment and a time zone in, the month around it and what a month will cost at this rate out; plain Python."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

LEAST_ELAPSED = timedelta(hours=6)
"""A forecast from less says nothing."""
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Month:
    """From `start` to before `end`, UTC; the first day in its own zone."""

    first_day: date
    start: datetime
    end: datetime

    def elapsed(self, now: datetime) -> Decimal:
        """Return the part of the month that is over, 0 to 1."""
        share = (now - self.start) / (self.end - self.start)
        return Decimal(min(max(share, 0.0), 1.0))

    def forecast(self, spent: Decimal, now: datetime) -> Decimal | None:
        """Return what the whole month costs if the rest of it is like what is over; None while that is too little."""
        if now - self.start < LEAST_ELAPSED:
            return None
        return (spent / self.elapsed(now)).quantize(CENT) if spent else Decimal(0)


def month_of(moment: datetime, zone: str) -> Month:
    """Return the month that a moment lies in; an hour may be missing from it or come twice."""
    place = ZoneInfo(zone)
    first = moment.astimezone(place).date().replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return Month(first, _midnight(first, place), _midnight(following, place))


@cache
def zone_names() -> tuple[str, ...]:
    """Return the zones that people choose from, UTC first."""
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return ("UTC", *names)


def _midnight(day: date, place: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=place).astimezone(UTC)
