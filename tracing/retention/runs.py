"""Projects whose traces may have expired in, their rows deleted out: bounded transactions that go on where one stopped.

Each transaction holds the run's row, so that one worker works on a project, and writes how far it has come along
with what it deletes: whoever is killed has done a step wholly or not at all.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from accounts.audit import SYSTEM, record
from tracing.companions import companions
from tracing.models import RetentionRun, RetentionStage
from tracing.retention.expired import Place, Verdict, next_traces, verdicts_of
from tracing.retention.leftovers import delete_rest, delete_sessions
from tracing.retention.rules import Policy, policy_of
from tracing.store.bulk import expect_keys
from tracing.store.deletion import remove_locked
from tracing.store.dirty import mark_dirty

BETWEEN_RUNS = timedelta(hours=6)
"""Ages are whole days: a walk over what is kept for longer need not be made more often."""
SCAN = 2_000
MAX_TRACES = 500
MAX_OBSERVATIONS = 5_000
"""Of one transaction: some 100 ms, and a trace that has more of them goes alone."""
SHOWN_RUNS = 50

START_SQL = """
    insert into retention_runs (project_id, started_at, worked_at, stage, reached_id, seen,
        traces, observations, scores, sessions, others)
    select p.id, %(now)s, %(now)s, 'traces', '', 0, 0, 0, 0, 0, 0
    from projects p
    left join retention_policies policy on policy.project_id = p.id
    left join lateral (
        select started_at, finished_at from retention_runs r
        where r.project_id = p.id order by started_at desc limit 1
    ) latest on true
    where p.deleted_at is null
        and (p.retention_days > 0
            or exists (select from retention_rules rule where rule.project_id = p.id and rule.days > 0))
        and (latest.started_at is null
            or latest.finished_at is not null
                and latest.started_at < greatest(%(before)s, p.updated_at, policy.updated_at))
    on conflict do nothing
"""
LOCK_SQL = "select id from traces where project_id = %s and id = any(%s) order by id for update skip locked"
WAITING_SQL = "select exists (select from spool where project_id = %s and failed_at is null)"


def apply_retention(*, limit: float, now: datetime | None = None) -> bool:
    """Work for some `limit` seconds on what is due; say whether there is more to do."""
    until = time.monotonic() + limit
    start_due_runs(now or timezone.now())
    while advance_run():
        if time.monotonic() > until:
            return True
    return False


def start_due_runs(now: datetime) -> None:
    """Begin a run for each project that had none for a while, or whose rules changed since."""
    with connection.cursor() as cursor:
        cursor.execute(START_SQL, {"now": now, "before": now - BETWEEN_RUNS})


def advance_run() -> bool:
    """Make one step of the run that has waited longest; False if none is left to make."""
    with transaction.atomic():
        run = (
            RetentionRun.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(finished_at__isnull=True)
            .select_related("project")
            .order_by("worked_at")
            .first()
        )
        if run is None:
            return False
        if run.project.deleted_at is not None:
            run.delete()
            return True
        policy = policy_of(run.project)
        STEPS[RetentionStage(run.stage)](run, policy)
        run.worked_at = timezone.now()
        run.save()
    return True


def _traces_step(run: RetentionRun, policy: Policy) -> None:
    found = next_traces(run.project_id, policy, now=run.started_at, after=_place(run), limit=SCAN)
    chosen, last = _portion(found)
    if chosen:
        remove_expired(run, policy, [verdict.id for verdict in chosen])
    if last is None:
        _next_stage(run, RetentionStage.SCORES)
        return
    run.seen += found.index(last) + 1
    run.reached_at, run.reached_id = last.timestamp, last.id


def _portion(found: list[Verdict]) -> tuple[list[Verdict], Verdict | None]:
    """Return those that one transaction removes, and the last one that it deals with."""
    chosen: list[Verdict] = []
    observations = 0
    last = None
    for verdict in found:
        if verdict.goes:
            observations += verdict.observation_count
            if chosen and (len(chosen) == MAX_TRACES or observations > MAX_OBSERVATIONS):
                break
            chosen.append(verdict)
        last = verdict
    return chosen, last


def remove_expired(run: RetentionRun, policy: Policy, ids: list[str]) -> None:
    """Remove those of the traces that nobody works on and that are as old as they looked.

    What a digest holds was active just now; if it is still old, the next run takes it.
    """
    expect_keys()
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SQL, (run.project_id, ids))
        locked = [id_ for (id_,) in cursor.fetchall()]
    verdicts = verdicts_of(run.project_id, policy, now=run.started_at, ids=locked)
    keys = sorted(verdict.id for verdict in verdicts if verdict.goes)
    if not keys:
        return
    removed = remove_locked(run.project_id, keys, bury_them=_is_waiting(run.project_id))
    run.traces += removed.traces
    run.observations += removed.observations
    run.scores += removed.scores


def _is_waiting(project_id: str) -> bool:
    """Say whether an accepted event may name what goes; with the rows locked, whatever comes later is later."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING_SQL, (project_id,))
        return bool(cursor.fetchone()[0])


def _scores_step(run: RetentionRun, policy: Policy) -> None:
    """Let companions delete what hangs on no trace, all of them from one place in time on."""
    newest = policy.newest_cutoff(run.started_at)
    reached: list[Place] = []
    for companion in companions():
        loose = companion.delete_loose(
            run.project_id,
            before=newest,
            cutoffs=policy.cutoffs(run.started_at),
            after=(_place(run).time, _place(run).id),
            keep_experiments=policy.keep_experiments,
        )
        mark_dirty(run.project_id, scores=loose.moments)
        run.scores += len(loose.moments)
        if loose.reached is not None:
            reached.append(Place(*loose.reached))
    if not reached:
        _next_stage(run, RetentionStage.SESSIONS)
        return
    place = min(reached, key=lambda place: (place.time, place.id))
    run.reached_at, run.reached_id = place.time, place.id


def _sessions_step(run: RetentionRun, policy: Policy) -> None:
    deleted, place = delete_sessions(run.project_id, policy, now=run.started_at, after=_place(run))
    run.sessions += deleted
    if place is None:
        _next_stage(run, RetentionStage.REST)
        return
    run.reached_at, run.reached_id = place.time, place.id


def _rest_step(run: RetentionRun, policy: Policy) -> None:
    deleted = delete_rest(run.project_id, before=policy.oldest_cutoff(run.started_at))
    run.others += deleted
    if not deleted:
        _finish(run)


def _finish(run: RetentionRun) -> None:
    run.stage, run.finished_at = RetentionStage.DONE, timezone.now()
    deleted = {
        name: getattr(run, name) for name in ("traces", "observations", "scores", "sessions", "others")
    }
    if any(deleted.values()):
        record(
            SYSTEM,
            "delete",
            resource_type="retention",
            resource_id=str(run.pk),
            project=run.project,
            after=deleted,
        )
    shown = RetentionRun.objects.filter(project_id=run.project_id).order_by("-started_at")
    old = list(shown.values_list("pk", flat=True)[SHOWN_RUNS:])
    RetentionRun.objects.filter(pk__in=old).delete()


def _place(run: RetentionRun) -> Place:
    return Place(run.reached_at, run.reached_id) if run.reached_at else Place()


def _next_stage(run: RetentionRun, stage: RetentionStage) -> None:
    run.stage, run.reached_at, run.reached_id = stage, None, ""


STEPS: dict[RetentionStage, Callable[[RetentionRun, Policy], None]] = {
    RetentionStage.TRACES: _traces_step,
    RetentionStage.SCORES: _scores_step,
    RetentionStage.SESSIONS: _sessions_step,
    RetentionStage.REST: _rest_step,
}
