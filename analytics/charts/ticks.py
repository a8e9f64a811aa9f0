"""The ends of an axis in, the places on it that people would choose out: 1-2-5, whole minutes, first of months."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from analytics.charts.units import Unit

_LONGER = (*(60.0 * n for n in (1, 2, 5, 10, 15, 30)), *(3_600.0 * n for n in (1, 2, 3, 6, 12)))
_SECONDS = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, *_LONGER, *(86_400.0 * n for n in (1, 2, 5, 10)))

ALMOST = 1 - 1e-9
"""An end that lies beyond a tick by no more than rounding needs no further one."""

Floor = Callable[[datetime], object]


@dataclass(frozen=True, slots=True)
class TimeTick:
    """The label of the bucket at an index."""

    index: int
    label: str


def value_ticks(low: float, high: float, unit: Unit, *, count: int = 4) -> list[float]:
    """Return about so many ticks that reach from `low` (0, where that is above) to `high` or beyond."""
    bottom, top = min(low, 0.0), max(high, 0.0)
    if top == bottom:
        top = 1.0
    step = _step((top - bottom) / count, unit)
    first, last = math.floor(bottom / step * ALMOST), math.ceil(top / step * ALMOST)
    return [_clean(number * step) for number in range(first, last + 1)]


def _step(rough: float, unit: Unit) -> float:
    if unit is Unit.DURATION and rough > 0.5:
        return next(
            (step for step in _SECONDS if step >= rough * 0.999), _round_step(rough / 86_400) * 86_400
        )
    step = _round_step(rough)
    return max(step, 1.0) if unit is Unit.COUNT else step


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return float(next(n for n in (1, 2, 5, 10) if n * power >= rough * 0.999) * power)


def _clean(value: float) -> float:
    return float(f"{value:.12g}")


def time_ticks(starts: Sequence[datetime], zone: ZoneInfo, *, at_most: int = 8) -> list[TimeTick]:
    """Label as many buckets as may be, at the closest steps that fit: each where a new minute, day, month … begins."""
    local = [start.astimezone(zone) for start in starts]
    for floor, label in _STEPS:
        indexes = _beginnings(local, floor)
        if len(indexes) <= at_most:
            return [TimeTick(index, label(local, index, indexes)) for index in indexes]
    return []


def _beginnings(local: Sequence[datetime], floor: Floor) -> list[int]:
    floors = [floor(moment) for moment in local]
    found = [index + 1 for index, (one, other) in enumerate(pairwise(floors)) if one != other]
    return [0, *found] if local and _is_beginning(local[0], floor) else found


def _is_beginning(moment: datetime, floor: Floor) -> bool:
    return floor(moment) != floor(moment - timedelta(microseconds=1))


def _of_day(step: int) -> Floor:
    def floor(moment: datetime) -> object:
        second = moment.hour * 3600 + moment.minute * 60 + moment.second
        return moment.date(), second // step

    return floor


def _of_days(days: int) -> Floor:
    # Day 1 was a Monday, so that weeks begin on one.
    return lambda moment: (moment.toordinal() - 1) // days


def _of_months(months: int) -> Floor:
    return lambda moment: (moment.year * 12 + moment.month - 1) // months


def _clock(local: Sequence[datetime], index: int, indexes: Sequence[int]) -> str:
    moment = local[index]
    earlier = [other for other in indexes if other < index]
    is_new_day = moment.date() != local[earlier[-1]].date() if earlier else moment.hour + moment.minute == 0
    return _date(moment) if is_new_day and len({other.date() for other in local}) > 1 else f"{moment:%H:%M}"


def _day(local: Sequence[datetime], index: int, indexes: Sequence[int]) -> str:
    return _date(local[index])


def _month(local: Sequence[datetime], index: int, indexes: Sequence[int]) -> str:
    moment = local[index]
    earlier = [other for other in indexes if other < index]
    is_new_year = moment.year != local[earlier[-1] if earlier else 0].year
    return f"{moment:%b %Y}" if is_new_year else f"{moment:%b}"


def _year(local: Sequence[datetime], index: int, indexes: Sequence[int]) -> str:
    return f"{local[index]:%Y}"


def _date(moment: datetime) -> str:
    return f"{moment:%b} {moment.day}"


_STEPS: tuple[tuple[Floor, Callable[[Sequence[datetime], int, Sequence[int]], str]], ...] = (
    *((_of_day(int(step)), _clock) for step in _LONGER),
    *((_of_days(days), _day) for days in (1, 2, 7, 14, 28)),
    *((_of_months(months), _month) for months in (1, 3, 6)),
    *((_of_months(12 * years), _year) for years in (1, 2, 5, 10)),
)
