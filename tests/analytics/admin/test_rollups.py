"""Aggregation in the admin: its health is shown, a range is recomputed on request, to admins alone."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditLog
from analytics.models import RollupPending, RollupRebuild, RollupRun
from analytics.rollups.rebuild import slices_left
from analytics.rollups.status import read_status
from analytics.rollups.turn import run_turn
from tests import factories
from tests.cast import Cast
from tests.tracing.factories import NOON, make_observation
from tracing.models import DirtySlice
from tracing.store.dirty import mark_dirty

RUNS = "admin:analytics_rolluprun_changelist"
REBUILDS = "admin:analytics_rolluprebuild_changelist"
ADD = "admin:analytics_rolluprebuild_add"


@pytest.fixture
def admin(client: Client, db: None) -> Client:
    client.force_login(factories.make_user("admin@example.com", is_superuser=True))
    return client


def page(admin: Client, name: str) -> str:
    return admin.get(reverse(name)).content.decode()


def ask_for(admin: Client, project_id: str, **dates: str) -> str:
    moments = {
        f"{end}_{part}": text
        for end, moment in dates.items()
        for part, text in zip((0, 1), moment.split(), strict=True)
    }
    return admin.post(reverse(ADD), {"project": project_id, **moments}, follow=True).content.decode()


def test_an_installation_that_never_ran_says_so(admin: Client) -> None:
    text = page(admin, RUNS)
    assert "never" in text
    assert "late: are beat and a worker running?" in text
    assert "all is fresh" in text


def test_lag_gaps_and_runs_are_shown(admin: Client, cast: Cast) -> None:
    make_observation(cast.a.project_id)
    mark_dirty(cast.a.project_id, [NOON, NOON + timedelta(minutes=1)])
    DirtySlice.objects.update(dirty_since=timezone.now() - timedelta(minutes=42))
    text = page(admin, RUNS)
    assert "2 minutes of 1 projects wait" in text
    assert "0:42:0" in text
    assert "2026-05-04 12:02:00" in text
    run_turn()
    text = page(admin, RUNS)
    assert "all is fresh" in text
    assert "2 slices" in text
    assert RollupRun.objects.get().slices == 2


def test_a_range_is_recomputed_on_request(admin: Client, cast: Cast) -> None:
    make_observation(cast.a.project_id)
    make_observation(cast.a.project_id, start_time=NOON + timedelta(hours=3))
    text = ask_for(admin, cast.a.project_id, since="2026-05-04 11:00:00", until="2026-05-04 13:00:00")
    assert "waits for a worker" in text
    assert "admin@example.com" in text
    run_turn()
    assert "done: 1 slices" in page(admin, REBUILDS)
    own = admin.get(reverse("admin:analytics_rolluprebuild_change", args=[RollupRebuild.objects.get().pk]))
    assert own.status_code == 200
    for said in ("Recomputed range", "2026-05-04 11:00:00", "done: 1 slices", cast.a.project.name):
        assert said in own.content.decode()
    projects = page(admin, "admin:analytics_rollupstate_changelist")
    assert re.search(r"\d\.\d\d s", projects) and f"{timezone.now():%Y-%m-%d} " in projects
    assert slices_left(RollupRebuild.objects.get()) == 0
    line = AuditLog.objects.get(resource_type="rollupRebuild")
    assert (line.action, line.project_id) == ("create", cast.a.project_id)


def test_a_range_that_ends_before_it_begins_is_refused(admin: Client, cast: Cast) -> None:
    text = ask_for(admin, cast.a.project_id, since="2026-05-04 11:00:00", until="2026-05-04 10:00:00")
    assert "Must be after the beginning" in text
    assert "2026-05-04" in text
    assert not RollupRebuild.objects.exists()


def test_members_may_not(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    assert client.post(reverse(ADD), {"project": cast.a.project_id}).status_code != 200
    assert not RollupRebuild.objects.exists()


def test_hours_of_the_past_are_gaps_only_once_they_have_waited(cast: Cast) -> None:
    waits_since = timezone.now()
    place = {"project_id": cast.a.project_id, "level": 1, "start": NOON, "touched_at": waits_since}
    pending = RollupPending.objects.create(**place, since=waits_since)
    assert read_status().overdue_hours == 0
    RollupPending.objects.filter(pk=pending.pk).update(since=waits_since - timedelta(minutes=21))
    assert read_status().overdue_hours == 1
