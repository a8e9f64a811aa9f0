"""Refreshes: slices as their rows are, hours and days as their slices, whatever comes late."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from analytics.models import RollupObservations, RollupPending, RollupScores, RollupTraces, RollupUsage
from analytics.rollups.levels import Level
from analytics.rollups.marks import clear_marks, read_marks
from analytics.rollups.refresh import patience_of, refresh_project
from tests.analytics.rollups.refreshing import LATER, difference, refresh
from tests.cast import Cast
from tests.scoring.test_api import make_score
from tests.tracing.factories import NOON, make_observation, make_trace
from tracing.models import DirtySlice
from tracing.store.dirty import mark_dirty

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def generation(project_id: str, at: datetime = NOON, **values: Any) -> None:
    make_observation(
        project_id,
        type="GENERATION",
        start_time=at,
        **{
            "model": "gpt-4o",
            "end_time": at + timedelta(milliseconds=1500),
            "completion_start_time": at + timedelta(microseconds=250_001),
            "usage_details": {"input": 10, "output": 5, "total": 15},
            "cost_details": {"input": 0.0000125, "total": 0.1},
            "input_tokens": 10,
            "output_tokens": 5,
            "total_tokens": 15,
            "total_cost": Decimal("0.1"),
            **values,
        },
    )


def test_a_slice_counts_its_rows(cast: Cast) -> None:
    project = cast.a.project_id
    make_trace(
        project, id="trace", name="chat", user_id="ada", tags=["a", "b"], observation_count=2, latency=1.5
    )
    generation(project)
    generation(project, NOON + timedelta(seconds=59), prompt_id="p", prompt_name="hello", prompt_version=3)
    generation(project, NOON + MINUTE, level="ERROR", end_time=None, total_cost=None)
    make_score(cast.a, name="quality", value=0.5, data_type="NUMERIC", timestamp=NOON)
    mark_dirty(project, [NOON, NOON + MINUTE])
    refresh(project)
    assert difference(project) == {}
    row = RollupObservations.objects.get(level=Level.SLICE, prompt_name="hello")
    assert (row.trace_name, row.count, row.total_cost, row.latency_sum) == ("chat", 1, Decimal("0.1"), 1500)
    assert (row.ttft_max, row.streaming_sum) == (Decimal("250.001"), Decimal("1249.999"))
    facets = RollupTraces.objects.filter(level=Level.DAY).order_by("facet", "value")
    assert [(r.facet, r.value, r.count, r.latency_sum) for r in facets] == [
        ("name", "chat", 1, 1500),
        ("tag", "a", 1, 1500),
        ("tag", "b", 1, 1500),
        ("user", "ada", 1, 1500),
    ]
    usage = RollupUsage.objects.get(level=Level.HOUR, usage_key="input")
    assert (usage.units, usage.cost, usage.count) == (30, Decimal("0.0000375"), 3)
    score = RollupScores.objects.get(level=Level.DAY)
    assert (score.name, score.value_sum, score.value_count) == ("quality", Decimal("0.5"), 1)


def test_what_is_late_and_what_is_gone_changes_every_level(cast: Cast) -> None:
    project = cast.a.project_id
    for minutes in range(0, 180, 9):
        generation(project, NOON + minutes * MINUTE, id=f"o{minutes}")
    mark_dirty(project, [NOON + minutes * MINUTE for minutes in range(0, 180, 9)])
    refresh(project)
    generation(project, NOON + 5 * MINUTE, model="late")
    mark_dirty(project, observations=[NOON + 5 * MINUTE])
    refresh(project)
    assert difference(project) == {}
    from_before = RollupObservations.objects.filter(level=Level.DAY, model="gpt-4o").get()
    assert from_before.count == 20


def test_only_the_tables_of_a_marks_kind_are_recomputed(cast: Cast) -> None:
    project = cast.a.project_id
    make_trace(project)
    generation(project)
    mark_dirty(project, traces=[NOON])
    refresh(project)
    assert RollupTraces.objects.exists()
    assert not RollupObservations.objects.exists()


def test_open_hours_are_read_from_their_slices(cast: Cast) -> None:
    project = cast.a.project_id
    generation(project)
    mark_dirty(project, [NOON])
    refresh(project, now=NOON + 30 * MINUTE)
    assert {row.level for row in RollupObservations.objects.all()} == {Level.SLICE}
    assert sorted(RollupPending.objects.values_list("level", flat=True)) == [Level.HOUR, Level.DAY]
    refresh(project, now=NOON + 90 * MINUTE)
    assert {row.level for row in RollupObservations.objects.all()} == {Level.SLICE, Level.HOUR}
    assert difference(project, now=NOON + 90 * MINUTE) == {}


def test_what_is_late_for_an_hour_without_slices_makes_it_anew(cast: Cast) -> None:
    project, much_later = cast.a.project_id, LATER + timedelta(days=10)
    generation(project)
    mark_dirty(project, [NOON])
    refresh(project)
    generation(project, NOON + 7 * MINUTE)
    mark_dirty(project, [NOON + 7 * MINUTE])
    refresh(project, now=much_later)
    assert difference(project, now=much_later) == {}
    assert not RollupObservations.objects.filter(level=Level.SLICE).exists()


def test_slices_that_are_marked_again_and_again_wait_and_others_do_not(cast: Cast) -> None:
    project = cast.a.project_id
    generation(project)
    mark_dirty(project, [NOON])
    marked = DirtySlice.objects.get().marked_at

    def after(seconds: float) -> int:
        return refresh_project(
            project, now=marked + timedelta(seconds=seconds), limit=9, patience=patience_of(15)
        ).slices

    assert after(1) == 0
    DirtySlice.objects.update(dirty_since=marked - timedelta(seconds=28))
    assert [after(1), after(3)] == [0, 1]
    mark_dirty(project, [NOON])
    assert after(60) == 1


def test_a_project_keeps_to_its_rows(cast: Cast) -> None:
    generation(cast.a.project_id, id="the same")
    generation(cast.b.project_id, id="the same", model="other")
    for side in (cast.a, cast.b):
        mark_dirty(side.project_id, [NOON])
    refresh(cast.a.project_id)
    assert set(RollupObservations.objects.values_list("project_id", "model")) == {
        (cast.a.project_id, "gpt-4o")
    }
    assert [row.project_id for row in DirtySlice.objects.all()] == [cast.b.project_id]
    refresh(cast.b.project_id)
    assert difference(cast.a.project_id) == difference(cast.b.project_id) == {}


def test_names_that_are_cut_do_not_merge(cast: Cast) -> None:
    project = cast.a.project_id
    for ending in ("1", "2"):
        generation(project, name="n" * 300 + ending)
    mark_dirty(project, [NOON])
    refresh(project)
    assert difference(project) == {}
    assert RollupObservations.objects.filter(level=Level.DAY).count() == 2


@pytest.mark.django_db(transaction=True)
def test_what_is_marked_again_meanwhile_stays_marked_and_is_as_young_as_the_refresh(cast: Cast) -> None:
    project = cast.a.project_id
    mark_dirty(project, [NOON, NOON + MINUTE])
    DirtySlice.objects.update(dirty_since=NOON)
    read = read_marks(project, dirty_before=LATER, quiet_before=LATER, limit=9)
    mark_dirty(project, [NOON])
    clear_marks(project, read)
    left = DirtySlice.objects.get()
    assert (left.slice_start, left.marks) == (NOON, 2)
    assert left.dirty_since >= left.marked_at
