"""Rebuilds: a range is made anew from the rows, with progress, by the command or by workers."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from analytics.models import RollupObservations, RollupRebuild
from analytics.rollups.rebuild import mark_requested, request_rebuild, slices_left
from tests.analytics.rollups.refreshing import LATER, difference, refresh
from tests.cast import Cast
from tests.tracing.factories import NOON, make_observation, make_trace
from tracing.models import DirtySlice

pytestmark = pytest.mark.django_db


def recompute(*arguments: str) -> str:
    output = StringIO()
    call_command("recompute_rollups", *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def project(cast: Cast) -> str:
    for hours in (0, 1, 100):
        make_observation(cast.a.project_id, start_time=NOON - timedelta(hours=hours))
    make_trace(cast.a.project_id)
    recompute()
    return cast.a.project_id


def spoil() -> None:
    """Count one too many everywhere, and what never was."""
    row = RollupObservations.objects.filter(level=1).first()
    assert row is not None
    row.start -= timedelta(days=1)
    row.save(force_insert=True)
    RollupObservations.objects.update(count=F("count") + 1)


def test_the_command_makes_all_levels_anew(project: str) -> None:
    spoil()
    output = recompute("--project", project)
    assert difference(project, now=timezone.now()) == {}
    assert "slices, hours and days merged" in output
    assert RollupRebuild.objects.count() == 3


def test_a_range_and_a_project_narrow_it(cast: Cast, project: str) -> None:
    spoil()
    before = RollupObservations.objects.filter(start__lt=NOON - timedelta(days=2)).values_list("count")
    old = sorted(before)
    recompute("--project", cast.b.project_id)
    assert RollupObservations.objects.filter(count=1).count() == 0
    recompute("--since", (NOON - timedelta(hours=2)).isoformat())
    assert RollupObservations.objects.filter(count=1).exists()
    assert sorted(before) == old


def test_progress_counts_what_was_marked_and_not_what_came_later(cast: Cast, project: str) -> None:
    rebuild = request_rebuild(project, since=NOON - timedelta(hours=1), until=None, author="ada")
    assert slices_left(rebuild) is None
    mark_requested()
    rebuild.refresh_from_db()
    assert (rebuild.slices, slices_left(rebuild)) == (2, 2)
    refresh(project, now=LATER)
    assert slices_left(rebuild) == 0


def test_all_projects_at_once(cast: Cast, project: str) -> None:
    make_observation(cast.b.project_id)
    request_rebuild(None, since=None, until=None, author="ada")
    mark_requested()
    marked = set(DirtySlice.objects.values_list("project_id", flat=True))
    assert marked == {project, cast.b.project_id}


def test_a_project_that_is_none_is_named(db: Any) -> None:
    with pytest.raises(CommandError, match="no project nowhere"):
        recompute("--project", "nowhere")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--since", "2026-05-02", "--until", "2026-05-01"), "--until must be after --since"),
        (("--since", "soon"), "'soon' is no time"),
    ],
)
def test_a_range_that_is_none_is_refused(db: Any, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        recompute(*arguments)
    assert not RollupRebuild.objects.exists()
