"""A query string in, buckets of time out: in any zone, over changes of the clock, and the range before."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.dashboards.ranges import PRESETS, Range, WrongRange, read_range

NOW = datetime(2026, 11, 28, 14, 23, 10, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]


def read(now: datetime = NOW, **given: str) -> Range:
    given = {name.rstrip("_"): value for name, value in given.items()}
    return read_range(given, now)


@pytest.mark.parametrize(
    ("key", "zone", "buckets", "start", "end"),
    [
        ("1h", "UTC", 60, "2026-11-28T13:24", "2026-11-28T14:24"),
        ("24h", "UTC", 24, "2026-11-27T15:00", "2026-11-28T15:00"),
        ("7d", "UTC", 28, "2026-11-21T18:00", "2026-11-28T18:00"),
        ("30d", "UTC", 30, "2026-10-30T00:00", "2026-11-29T00:00"),
        ("30d", "Europe/Berlin", 30, "2026-10-29T23:00", "2026-11-28T23:00"),
        ("30d", "America/New_York", 30, "2026-10-30T04:00", "2026-11-29T05:00"),
        ("1y", "UTC", 52, "2025-12-01T00:00", "2026-11-30T00:00"),
    ],
)
def test_presets_end_with_the_bucket_that_is_running(
    key: str, zone: str, buckets: int, start: str, end: str
) -> None:
    found = read(range=key, tz=zone)
    assert len(found.starts) == buckets
    assert f"{found.start:%Y-%m-%dT%H:%M}" == start
    assert f"{found.end:%Y-%m-%dT%H:%M}" == end


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        ("1h", "2026-11-28T12:24", "2026-11-28T13:24"),
        ("24h", "2026-11-26T15:00", "2026-11-27T15:00"),
        ("7d", "2026-11-14T18:00", "2026-11-21T15:00"),
        ("30d", "2026-09-30T00:00", "2026-10-29T15:00"),
    ],
)
def test_the_range_before_is_as_far_as_this_one_is(key: str, start: str, end: str) -> None:
    found = read(range=key)
    assert f"{found.before_start:%Y-%m-%dT%H:%M}" == start
    assert f"{found.before_end:%Y-%m-%dT%H:%M}" == end


def test_days_around_a_change_of_the_clock() -> None:
    found = read(from_="2026-10-20", to="2026-11-05", tz="Europe/Berlin")
    lengths = [end - start for start, end in found.bounds()]
    assert lengths.count(timedelta(hours=25)) == 1
    assert set(lengths) == {timedelta(hours=24), timedelta(hours=25)}


def test_a_range_of_ones_own_is_in_the_zone_and_goes_to_whole_hours() -> None:
    found = read(from_="2026-11-20T08:30", to="2026-11-21T09:10", tz="Europe/Berlin")
    assert (found.start, found.end) == (
        datetime(2026, 11, 20, 7, tzinfo=UTC),
        datetime(2026, 11, 21, 9, tzinfo=UTC),
    )
    assert found.before_end == found.start and found.start - found.before_start == found.end - found.start
    assert found.preset is None


def test_hours_of_long_ago_are_not_told_apart_by_minutes() -> None:
    recent = read(from_="2026-11-28T10:10", to="2026-11-28T11:10")
    old = read(from_="2026-11-08T10:10", to="2026-11-08T11:10")
    assert (len(recent.starts), recent.step) == (60, timedelta(minutes=1))
    assert [one.hour for one in old.starts] == [10, 11] and old.end.hour == 12


@given(
    st.sampled_from(sorted(PRESETS)),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_buckets_follow_each_other_and_hold_now(key: str, zone: str, now: datetime) -> None:
    found = read(now, range=key, tz=zone)
    assert all(one < other for one, other in pairwise([*found.starts, found.end]))
    assert found.starts[-1] <= now < found.end
    assert found.before_start < found.before_end <= found.start


@given(
    st.datetimes(datetime(2001, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC)),
    st.integers(1, 5 * 365 * 24 * 60),
    st.sampled_from(ZONES),
)
def test_any_range_has_a_bounded_number_of_buckets(start: datetime, minutes: int, zone: str) -> None:
    end = min(start + timedelta(minutes=minutes), NOW)
    found = read(from_=start.isoformat(), to=end.isoformat(), tz=zone)
    assert 1 <= len(found.starts) <= 150
    assert found.start <= start and found.end >= end
    assert all(one < other for one, other in pairwise([*found.starts, found.end]))


@pytest.mark.parametrize(
    "given_",
    [
        {"range": "2w"},
        {"tz": "Mars/Olympus"},
        {"from": "yesterday"},
        {"from": "2026-11-28", "to": "2026-11-27"},
        {"from": "1999-11-28"},
        {"from": "2010-01-01", "to": "2026-01-01"},
        {"to": "9999-01-01"},
        {"from": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_what_is_no_range_says_why(given_: dict[str, str]) -> None:
    with pytest.raises(WrongRange, match=r"\w+ \w+"):
        read_range(given_, NOW)
