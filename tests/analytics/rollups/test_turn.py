"""Turns of the task: what is due is done, the book tells of it, one project's trouble is not another's."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from analytics.models import RollupObservations, RollupRun, RollupState
from analytics.rollups.dropping import drop_old
from analytics.rollups.levels import Level
from analytics.rollups.refresh import Done
from analytics.rollups.status import as_of, read_gaps, read_status
from analytics.rollups.turn import Portions, run_turn
from tests.analytics.rollups.oracle import expected, stored
from tests.cast import Cast
from tests.tracing.factories import make_observation
from tracing.models import DirtySlice
from tracing.store.dirty import mark_dirty

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(minutes=3)


def make_stale(project_id: str, *ages: timedelta) -> None:
    now = timezone.now()
    for age in ages:
        make_observation(project_id, start_time=now - age)
    mark_dirty(project_id, [now - age for age in ages])
    DirtySlice.objects.update(dirty_since=now - LONG_AGO, marked_at=now - LONG_AGO)


def test_a_turn_does_what_is_due_in_all_projects(cast: Cast) -> None:
    ages = [timedelta(minutes=m) for m in (0, 5, 600, 9000)]
    make_stale(cast.a.project_id, *ages)
    make_stale(cast.b.project_id, *ages[:1])
    done = run_turn()
    assert done.slices == 5
    for side in (cast.a, cast.b):
        assert stored(side.project_id, Level.SLICE) == {
            name: {group: row for group, row in rows.items() if group[0] > timezone.now() - timedelta(days=1)}
            for name, rows in expected(side.project_id, Level.SLICE).items()
        }
    run = RollupRun.objects.get()
    assert (run.projects, run.slices, run.error) == (2, 5, "")
    assert run.finished_at is not None
    assert RollupState.objects.get(project_id=cast.a.project_id).slices == 4


def test_fresh_marks_wait_for_more_of_the_same(cast: Cast) -> None:
    mark_dirty(cast.a.project_id, [timezone.now()])
    assert run_turn() == Done()
    assert DirtySlice.objects.exists()


def test_a_project_rests_after_much_work(cast: Cast) -> None:
    make_stale(cast.a.project_id, timedelta(0))
    run_turn()
    RollupState.objects.update(due_at=timezone.now() + timedelta(seconds=9))
    make_stale(cast.a.project_id, timedelta(0))
    assert run_turn() == Done()
    RollupState.objects.update(due_at=timezone.now())
    assert run_turn().slices == 1


def test_a_project_that_fails_is_shown_and_tried_again_and_others_go_on(cast: Cast) -> None:
    for side in (cast.a, cast.b):
        make_stale(side.project_id, timedelta(0))
    with connection.cursor() as cursor:
        cursor.execute(
            "alter table rollup_observations add constraint broken check (project_id <> %s)",
            [cast.a.project_id],
        )
    assert run_turn().slices == 1
    assert [state.project_id for state in read_status().failing] == [cast.a.project_id]
    assert "broken" in RollupRun.objects.get().error
    with connection.cursor() as cursor:
        cursor.execute("alter table rollup_observations drop constraint broken")
    RollupState.objects.update(due_at=timezone.now())
    assert run_turn().slices == 1
    assert list(read_status().failing) == []


def test_a_deleted_project_is_left_alone(cast: Cast) -> None:
    make_stale(cast.a.project_id, timedelta(0))
    cast.a.project.deleted_at = timezone.now()
    cast.a.project.save()
    assert run_turn() == Done()


def test_the_status_tells_lag_runs_and_gaps(cast: Cast) -> None:
    assert read_status().is_late
    make_stale(cast.a.project_id, *(timedelta(minutes=m) for m in (60, 61, 90)))
    status = read_status()
    assert (status.stale_slices, status.stale_projects) == (3, 1)
    assert LONG_AGO <= status.lag < LONG_AGO + timedelta(minutes=1)
    gaps = read_gaps(older_than=timedelta(minutes=1))
    assert sorted((gap.end - gap.start, gap.slices) for gap in gaps) == [
        (timedelta(minutes=1), 1),
        (timedelta(minutes=2), 2),
    ]
    assert as_of([cast.a.project_id], now=timezone.now()) < timezone.now() - LONG_AGO
    now = timezone.now()
    assert as_of([cast.b.project_id], now=now) == now
    run_turn()
    status = read_status()
    assert (status.stale_slices, status.lag, status.is_late) == (0, timedelta(0), False)
    assert status.last_run is not None
    assert status.last_run.slices == 3
    assert read_gaps(older_than=timedelta(0)) == []


def test_slices_are_dropped_when_their_hour_is_merged_and_old(cast: Cast) -> None:
    make_stale(cast.a.project_id, timedelta(hours=5), timedelta(0))
    run_turn()
    slices = RollupObservations.objects.filter(level=Level.SLICE)
    in_four_days = timezone.now() + timedelta(days=4)
    assert drop_old(in_four_days) == 0
    run_turn()
    from_pending = slices.count()
    assert from_pending == 2
    with connection.cursor() as cursor:
        cursor.execute("update rollup_pending set since = since - interval '1 hour'")
    run_turn()
    assert drop_old(in_four_days) == 1
    assert slices.count() == 1


@pytest.mark.parametrize(("seconds", "rest"), [(0.9, 0), (1, 3), (8, 24), (60, 30)])
def test_a_project_rests_in_proportion_but_not_for_minutes(seconds: float, rest: float) -> None:
    assert Portions(seconds=seconds).rest == timedelta(seconds=rest)
