"""Reading what a cover names: sums as of the rows, percentiles within 1 % of theirs, live slices from the rows."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from analytics.rollups.levels import Level
from analytics.rollups.read import Cover, cover_of, covered, snapshot
from analytics.rollups.tables import OBSERVATIONS
from tests.analytics.rollups.refreshing import LATER, refresh
from tests.cast import Cast
from tests.tracing.factories import NOON, make_observation
from tracing.store.dirty import mark_dirty

pytestmark = pytest.mark.django_db

READ_SQL = """
    with covered as materialized ({covered}), buckets as (
        select bucket, number
        from covered cross join lateral unnest(latency_buckets, latency_counts) as u (bucket, number)
    )
    select (select coalesce(sum(count), 0) from covered), (select sum(total_cost) from covered),
        (select rollup_percentile(array_agg(bucket), array_agg(number), 0.9) from buckets)
"""
ROWS_SQL = """
    select count(*), sum(total_cost),
        percentile_disc(0.9) within group (order by extract(epoch from end_time - start_time) * 1000)
    from observations where project_id = any(%s) and start_time >= %s and start_time < %s
"""


def read(found: Cover) -> tuple[Any, ...]:
    sql, values = covered(OBSERVATIONS, found)
    with connection.cursor() as cursor:
        cursor.execute(READ_SQL.format(covered=sql), values)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def read_rows(project_ids: list[str], start: datetime, end: datetime) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS_SQL, (project_ids, start, end))
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def make(project_id: str, *minutes: int) -> None:
    for number, minute in enumerate(minutes):
        start = NOON + timedelta(minutes=minute)
        end = start + timedelta(milliseconds=37 + 1.7**number)
        make_observation(project_id, start_time=start, end_time=end, total_cost=Decimal(number) / 7)
    mark_dirty(project_id, [NOON + timedelta(minutes=minute) for minute in minutes])


@pytest.fixture
def projects(cast: Cast) -> list[str]:
    ids = [cast.a.project_id, cast.b.project_id]
    make(ids[0], *range(-3000, 900, 97))
    make(ids[1], 5, 10, 400)
    for project_id in ids:
        refresh(project_id)
    return ids


@pytest.mark.parametrize("since", [timedelta(days=2), timedelta(hours=30, minutes=17), timedelta(minutes=44)])
def test_one_project_or_two(projects: list[str], since: timedelta) -> None:
    for ids in (projects[:1], projects):
        found = cover_of(OBSERVATIONS, ids, LATER - since, LATER, now=LATER)
        count, cost, p90 = read(found)
        expected = read_rows(ids, LATER - since, LATER)
        assert found.rows == ()
        assert (count, cost) == expected[:2]
        assert p90 == pytest.approx(float(expected[2]), rel=0.01) if count else p90 is None


def test_stale_slices_are_read_from_the_rows_where_that_is_asked_for(projects: list[str]) -> None:
    make(projects[0], 210, 211)
    start = NOON + timedelta(minutes=180)
    live = cover_of(OBSERVATIONS, projects, start, LATER, now=LATER, live=True)
    assert [(piece.project_id, piece.start, piece.end) for piece in live.rows] == [
        (projects[0], NOON + timedelta(minutes=210), NOON + timedelta(minutes=212))
    ]
    of_rows = read_rows(projects[:1], live.rows[0].start, live.rows[0].end)[0]
    assert of_rows == 2
    assert read(live)[0] + of_rows == read_rows(projects, start, LATER)[0]
    as_of_refresh = cover_of(OBSERVATIONS, projects, start, LATER, now=LATER)
    assert as_of_refresh.rows == ()
    assert read(as_of_refresh)[0] == read(live)[0]


def test_other_kinds_of_marks_do_not_make_slices_stale(projects: list[str]) -> None:
    mark_dirty(projects[0], traces=[NOON])
    assert cover_of(OBSERVATIONS, projects, NOON, LATER, now=LATER, live=True).rows == ()


def test_an_hour_that_is_not_merged_is_read_from_its_slices(cast: Cast) -> None:
    now = NOON + timedelta(minutes=59, seconds=30)
    make(cast.a.project_id, 3, 50)
    refresh(cast.a.project_id, now=now)
    found = cover_of(OBSERVATIONS, [cast.a.project_id], NOON, now, now=now)
    assert [piece.level for piece in found.rollups] == [Level.SLICE]
    assert len(found.rows) == 1
    assert read(found)[0] == 2


def test_nothing_is_covered_by_nothing(projects: list[str]) -> None:
    assert read(cover_of(OBSERVATIONS, projects, NOON, NOON, now=LATER)) == (0, None, None)


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_writes_nothing_and_sees_one_state(cast: Cast) -> None:
    with snapshot(), connection.cursor() as cursor:
        cursor.execute("show transaction_isolation")
        assert cursor.fetchone() == ("repeatable read",)
