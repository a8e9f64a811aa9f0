"""Rows of every age in, what a run from beat leaves out."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.audit import SYSTEM, by_user
from accounts.models import AuditLog
from accounts.services.projects import update_project
from scoring.models import Score
from tests.cast import Cast, Side
from tests.tracing.factories import make_observation, make_session, make_trace
from tests.tracing.ingest.pipeline import accept, event
from tracing.ingest.drain import drain_spool
from tracing.models import (
    DirtySlice,
    KeptBatch,
    Media,
    MediaLink,
    Observation,
    RejectedEvents,
    RetentionRun,
    Session,
    Tombstone,
    Trace,
)
from tracing.retention import runs
from tracing.retention.rules import Rule, clean_policy, policy_of, save_policy
from tracing.retention.runs import advance_run, apply_retention, remove_expired, start_due_runs
from tracing.tasks import apply_retention as task

NOW = timezone.now()


def ago(days: float) -> Any:
    return NOW - timedelta(days=days)


def keep(side: Side, days: int | None, *rules: Rule, **kept: bool) -> None:
    save_policy(side.project, clean_policy(days, rules, **kept), author=SYSTEM)


def run() -> None:
    """Apply what is due to its end."""
    while apply_retention(limit=60, now=timezone.now()):
        pass


def trace(side: Side, id_: str, *, age: float, **values: Any) -> None:
    make_trace(side.project_id, id=id_, timestamp=ago(age), **values)


def score(side: Side, id_: str, *, age: float, **values: Any) -> None:
    defaults = {"name": "n", "value": 1, "data_type": "NUMERIC", "source": "API"}
    moments = dict.fromkeys(("timestamp", "created_at", "updated_at"), ago(age))
    Score.objects.create(project_id=side.project_id, id=id_, **(defaults | moments | values))


def left(side: Side, model: Any = Trace) -> set[str]:
    return set(model.objects.filter(project_id=side.project_id).values_list("id", flat=True))


def test_old_traces_go_with_all_that_is_theirs(cast: Cast) -> None:
    trace(cast.a, "old", age=8)
    make_observation(cast.a.project_id, id="o", trace_id="old", start_time=ago(8))
    score(cast.a, "s", age=8, trace_id="old")
    trace(cast.a, "new", age=6)
    make_observation(cast.a.project_id, id="kept", trace_id="new", start_time=ago(6))
    trace(cast.b, "old", age=900)
    keep(cast.a, 7)
    run()
    assert (left(cast.a), left(cast.a, Observation), left(cast.a, Score)) == ({"new"}, {"kept"}, set())
    assert left(cast.b) == {"old"}
    done = RetentionRun.objects.get()
    assert (done.stage, done.seen, done.traces, done.observations, done.scores) == ("done", 1, 1, 1, 1)
    assert DirtySlice.objects.filter(project_id=cast.a.project_id, slice_start__lt=ago(7)).exists()


def test_the_most_specific_rule_holds(cast: Cast) -> None:
    places = [("dev", []), ("dev", ["gold"]), ("prod", ["gold"]), ("prod", []), ("dev", ["gold", "silver"])]
    for number, (environment, tags) in enumerate(places):
        trace(cast.a, f"t{number}", age=20, environment=environment, tags=tags)
    keep(
        cast.a,
        30,
        Rule("dev", None, 7),
        Rule(None, "gold", None),
        Rule("dev", "gold", 10),
        Rule("dev", "silver", 90),
    )
    run()
    assert left(cast.a) == {"t2", "t3", "t4"}


def test_only_rules_and_no_days_of_the_project(cast: Cast) -> None:
    trace(cast.a, "dev", age=20, environment="dev")
    trace(cast.a, "prod", age=2_000, environment="prod")
    keep(cast.a, None, Rule("dev", None, 7))
    run()
    assert left(cast.a) == {"prod"}


@pytest.mark.parametrize("chosen", [True, False])
def test_what_is_kept_by_choice(cast: Cast, chosen: bool) -> None:
    trace(cast.a, "plain", age=90)
    trace(cast.a, "bookmarked", age=90, bookmarked=True)
    trace(cast.a, "of-session", age=90, session_id="session")
    make_session(cast.a.project_id, id="session", bookmarked=True, created_at=ago(90))
    trace(cast.a, "scored", age=90)
    score(cast.a, "s", age=90, trace_id="scored")
    trace(cast.a, "of-experiment", age=90)
    make_observation(cast.a.project_id, trace_id="of-experiment", start_time=ago(90), experiment_id="e")
    keep(cast.a, 30, keep_bookmarked=chosen, keep_scored=chosen, keep_experiments=chosen)
    run()
    assert left(cast.a) == ({"bookmarked", "of-session", "scored", "of-experiment"} if chosen else set())
    assert left(cast.a, Session) == ({"session"} if chosen else set())
    assert left(cast.a, Score) == ({"s"} if chosen else set())


def test_a_long_conversation_keeps_its_beginning(cast: Cast) -> None:
    trace(cast.a, "long", age=40, last_start=ago(2))
    trace(cast.a, "short", age=40, last_start=ago(39))
    keep(cast.a, 30)
    run()
    assert left(cast.a) == {"long"}


def test_what_hangs_on_no_trace(cast: Cast) -> None:
    project = cast.a.project_id
    score(cast.a, "of-session", age=40, session_id="empty")
    score(cast.a, "of-nothing", age=40, trace_id="never-came")
    score(cast.a, "of-run", age=40, dataset_run_id="run")
    score(cast.a, "young", age=20, session_id="young")
    for id_, age in {"empty": 40, "young": 40, "used": 40, "fresh": 1}.items():
        make_session(project, id=id_, created_at=ago(age))
    trace(cast.a, "t", age=5, session_id="used")
    RejectedEvents.objects.create(project_id=project, hour=ago(40), reason="r", count=1, last_seen=ago(40))
    KeptBatch.objects.create(
        **{
            "id": 1,
            "project_id": project,
            "kind": "ingestion",
            "body": b"{}",
            "body_bytes": 2,
            "event_count": 1,
        },
        access_level="project",
        received_at=ago(40),
        digested_at=ago(40),
    )
    keep(cast.a, 30, keep_experiments=True)
    run()
    assert left(cast.a, Score) == {"of-run", "young"}
    assert left(cast.a, Session) == {"young", "used", "fresh"}
    assert not RejectedEvents.objects.exists()
    assert not KeptBatch.objects.exists()


def test_uploads_go_with_the_last_trace_that_shows_them(cast: Cast) -> None:
    project = cast.a.project_id
    for name in ("shown", "stray", "loose", "new"):
        sha = hashlib.sha256(name.encode()).hexdigest()
        created = ago(1 if name == "new" else 40)
        Media.objects.create(
            project_id=project, id=name, sha256=sha, content_type="a/b", content_length=1, created_at=created
        )
    trace(cast.a, "old", age=40)
    trace(cast.a, "young", age=4)
    for media, of in (("shown", "old"), ("shown", "young"), ("stray", "never-came")):
        MediaLink.objects.create(project_id=project, media_id=media, trace_id=of, field="input")
    keep(cast.a, 30)
    run()
    assert left(cast.a, Media) == {"shown", "new"}
    assert MediaLink.objects.get().trace_id == "young"


def test_nothing_waits_so_nothing_is_buried(cast: Cast) -> None:
    trace(cast.a, "old", age=40)
    make_observation(cast.a.project_id, trace_id="old", start_time=ago(40))
    keep(cast.a, 30)
    run()
    assert not Trace.objects.exists()
    assert not Tombstone.objects.exists()


def test_an_event_that_waits_brings_no_half_trace_back(cast: Cast) -> None:
    trace(cast.a, "old", age=40)
    make_observation(cast.a.project_id, id="o", trace_id="old", start_time=ago(40))
    accept(cast.a, [event("span-update", {"id": "o", "output": "late"})])
    accept(cast.a, [event("span-create", {"id": "more", "traceId": "old"}, id_="e2")])
    keep(cast.a, 30)
    run()
    drain_spool()
    assert not Trace.objects.exists()
    assert not Observation.objects.exists()


def test_a_trace_that_comes_to_life_again_stays(cast: Cast) -> None:
    """Between the look at a trace and its lock somebody bookmarks it, and somebody else goes on with another."""
    names = ["marked", "going-on", "old"]
    for name in names:
        trace(cast.a, name, age=40)
    keep(cast.a, 30, keep_bookmarked=True)
    start_due_runs(timezone.now())
    Trace.objects.filter(id="marked").update(bookmarked=True)
    Trace.objects.filter(id="going-on").update(last_start=ago(0))
    remove_expired(RetentionRun.objects.get(), policy_of(cast.a.project), names)
    assert left(cast.a) == {"marked", "going-on"}


@pytest.mark.django_db(transaction=True)
def test_steps_are_bounded_and_go_on_where_one_stopped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MAX_TRACES", 10)
    for number in range(25):
        trace(cast.a, f"t{number:02}", age=90 - number)
    keep(cast.a, 30)
    start_due_runs(timezone.now())
    advance_run()
    assert (len(left(cast.a)), RetentionRun.objects.get().traces) == (15, 10)
    with pytest.raises(RuntimeError), transaction.atomic():
        advance_run()
        assert len(left(cast.a)) == 5
        raise RuntimeError("killed")
    assert (len(left(cast.a)), RetentionRun.objects.get().traces) == (15, 10)
    run()
    done = RetentionRun.objects.get()
    assert (left(cast.a), done.traces, done.seen) == (set(), 25, 25)


def test_a_trace_of_many_observations_goes_alone(cast: Cast) -> None:
    for name, count in (("a", 4_000), ("b", 30_000), ("c", 1)):
        trace(cast.a, name, age=40, observation_count=count)
    keep(cast.a, 30)
    start_due_runs(timezone.now())
    seen = []
    while left(cast.a):
        advance_run()
        seen.append(len(left(cast.a)))
    assert seen == [2, 1, 0]


def test_statements_do_not_grow_with_traces(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(300):
        trace(cast.a, f"t{number}", age=40)
    keep(cast.a, 30)
    start_due_runs(timezone.now())
    with django_assert_max_num_queries(30):
        advance_run()
    assert not Trace.objects.exists()


def test_runs_begin_when_they_are_due(cast: Cast) -> None:
    keep(cast.a, 30)
    run()
    run()
    assert RetentionRun.objects.count() == 1
    start_due_runs(timezone.now() + timedelta(hours=7))
    assert RetentionRun.objects.count() == 2
    start_due_runs(timezone.now() + timedelta(hours=14))
    assert RetentionRun.objects.count() == 2  # The second has not finished.


def test_a_change_begins_another_run(cast: Cast) -> None:
    trace(cast.a, "t", age=20)
    keep(cast.a, 30)
    run()
    assert left(cast.a) == {"t"}
    update_project(cast.a.project, {"retention_days": 10}, author=SYSTEM)
    run()
    assert (left(cast.a), RetentionRun.objects.count()) == (set(), 2)


def test_a_project_without_rules_has_no_runs(cast: Cast) -> None:
    trace(cast.a, "t", age=20_000)
    run()
    keep(cast.a, None, Rule("dev", None, None))
    run()
    assert (left(cast.a), RetentionRun.objects.count()) == ({"t"}, 0)


def test_the_audit_log_says_what_went_and_who_set_it(cast: Cast) -> None:
    trace(cast.a, "t", age=40)
    save_policy(cast.a.project, clean_policy(30, [Rule("dev", None, 7)]), author=by_user(cast.owner))
    run()
    update, delete = AuditLog.objects.filter(resource_type="retention").order_by("created_at")
    assert (update.action, update.user_id) == ("update", cast.owner.pk)
    assert '"retentionDays": 30' in (update.after or "")
    assert (delete.action, delete.type, delete.project_id) == ("delete", "SYSTEM", cast.a.project_id)
    assert '"traces": 1' in (delete.after or "")


@pytest.mark.django_db(transaction=True)
def test_the_task_stands_back_while_ingestion_is_behind(cast: Cast) -> None:
    trace(cast.a, "t", age=40)
    keep(cast.a, 30)
    accept(cast.a, [event("trace-create", {"id": "new"}, at=NOW.isoformat())])
    with connection.cursor() as cursor:
        cursor.execute("update spool set received_at = received_at - interval '1 minute'")
    task()
    assert left(cast.a) == {"t"}
    drain_spool()
    while RetentionRun.objects.filter(finished_at=None).exists() or not RetentionRun.objects.exists():
        task()
    assert left(cast.a) == {"new"}
