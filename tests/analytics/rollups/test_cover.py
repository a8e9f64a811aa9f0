"""Covers: every moment in exactly one piece, whole days where they may be read, rows where nothing else is."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rollups.cover import Gaps, Piece, cover
from analytics.rollups.levels import DAY, HOUR, SLICE, Level, floor

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MIDNIGHT = NOON - timedelta(hours=12)
OLDEST = MIDNIGHT - 2 * DAY

SECOND = timedelta(seconds=1)
MOMENTS = st.builds(
    lambda seconds, width: floor(NOON + seconds * SECOND, width),
    st.integers(-8 * 86_400, 86_400),
    st.sampled_from([DAY, HOUR, SLICE, SECOND]),
)


def of(width: timedelta) -> Any:
    return st.lists(MOMENTS.map(lambda moment: floor(moment, width)), max_size=4, unique=True).map(sorted)


GAPS = st.builds(Gaps, days=of(DAY), hours=of(HOUR), stale=of(SLICE), oldest_slice=st.just(OLDEST))


def shown(pieces: list[Piece]) -> list[tuple[str, str, str]]:
    return [
        (p.level.name if p.level is not None else "rows", f"{p.start:%d %H:%M}", f"{p.end:%d %H:%M}")
        for p in pieces
    ]


@given(MOMENTS, MOMENTS, GAPS, st.lists(MOMENTS, max_size=3), st.sampled_from(Level))
def test_every_moment_is_in_one_piece_that_may_be_read(
    start: datetime, end: datetime, gaps: Gaps, edges: list[datetime], grain: Level
) -> None:
    start, end = sorted((start, end))
    pieces = cover(start, end, gaps, edges=edges, grain=grain) if start < end else []
    assert [p.start for p in pieces] + [end] == [start] + [p.end for p in pieces] or start == end
    unusable = {Level.DAY: gaps.days, Level.HOUR: gaps.hours, Level.SLICE: gaps.stale}
    for piece in pieces:
        assert piece.start < piece.end
        if piece.level is None:
            continue
        assert piece.level <= grain
        assert (floor(piece.start, piece.level.width), floor(piece.end, piece.level.width)) == (
            piece.start,
            piece.end,
        )
        assert not any(piece.start <= unit < piece.end for unit in unusable[piece.level])
        assert not any(piece.start <= moment < piece.end for moment in gaps.stale)
        if piece.level is Level.SLICE and piece.start < OLDEST:
            assert floor(piece.start, HOUR) in gaps.hours


@pytest.mark.parametrize(
    ("start", "end", "gaps", "expected"),
    [
        (
            MIDNIGHT - 9 * DAY,
            NOON,
            Gaps(),
            [("DAY", "25 00:00", "04 00:00"), ("HOUR", "04 00:00", "04 12:00")],
        ),
        (
            NOON - timedelta(minutes=90, seconds=30),
            NOON + timedelta(seconds=5),
            Gaps(oldest_slice=OLDEST),
            [
                ("rows", "04 10:29", "04 10:30"),
                ("SLICE", "04 10:30", "04 11:00"),
                ("HOUR", "04 11:00", "04 12:00"),
                ("rows", "04 12:00", "04 12:00"),
            ],
        ),
        (
            MIDNIGHT - DAY,
            NOON,
            Gaps(
                days=[MIDNIGHT],
                hours=[NOON - HOUR],
                stale=[NOON - 2 * HOUR + 5 * SLICE],
                oldest_slice=OLDEST,
            ),
            [
                ("DAY", "03 00:00", "04 00:00"),
                ("HOUR", "04 00:00", "04 10:00"),
                ("SLICE", "04 10:00", "04 10:05"),
                ("rows", "04 10:05", "04 10:06"),
                ("SLICE", "04 10:06", "04 12:00"),
            ],
        ),
        (
            OLDEST - HOUR - 30 * SLICE,
            OLDEST,
            Gaps(oldest_slice=OLDEST),
            [("rows", "01 22:30", "01 23:00"), ("HOUR", "01 23:00", "02 00:00")],
        ),
    ],
)
def test_pieces(start: datetime, end: datetime, gaps: Gaps, expected: list[Any]) -> None:
    assert shown(cover(start, end, gaps)) == expected


def test_days_of_a_zone_are_covered_by_hours_also_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    edges = [datetime(2026, 3, day, tzinfo=zone).astimezone(UTC) for day in (28, 29, 30, 31)]
    pieces = cover(edges[0], edges[-1], Gaps(), edges=edges)
    assert shown(pieces) == [("HOUR", "27 23:00", "30 22:00")]
    assert [(b - a) / HOUR for a, b in zip(edges, edges[1:], strict=False)] == [24, 23, 24]


def test_days_of_a_zone_with_half_hours_are_covered_by_hours_and_slices() -> None:
    zone = ZoneInfo("Asia/Kolkata")
    edges = [datetime(2026, 5, day, tzinfo=zone).astimezone(UTC) for day in (3, 4)]
    pieces = cover(edges[0], edges[1], Gaps(oldest_slice=OLDEST), edges=edges)
    assert [(p.level, (p.end - p.start) / SLICE) for p in pieces] == [
        (Level.SLICE, 30),
        (Level.HOUR, 23 * 60),
        (Level.SLICE, 30),
    ]
