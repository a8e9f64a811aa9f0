"""A wish for today's prices in the past in; first what it would change, then the change, in bounded transactions.

A step holds the row of its walk and writes how far it has come along with what it changes, so that a worker that is
killed repeats nothing and leaves nothing out.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.audit import SYSTEM, Author, by_user, record
from accounts.models import Project
from langfuse_site.lib.errors import Conflict
from tracing.models import Observation, Repricing, RepricingState
from tracing.repricing.generations import (
    Change,
    Generation,
    changes_of,
    end_of_window,
    generations_between,
    lock_generations,
)
from tracing.store.bulk import expect_keys
from tracing.store.costs import write_costs
from tracing.store.dirty import mark_dirty
from tracing.store.traces import summarize_traces

CHECK_WINDOW = 5_000
APPLY_WINDOW = 1_000
"""Observations that a step walks over; those of a step that changes them keep a digest waiting for some 200 ms."""
MAX_MODELS = 200
"""So many names are told apart in what a check found."""

LOCK_TRACES_SQL = "select id from traces where project_id = %s and id = any(%s) order by id for update"
FIRST = datetime(1, 1, 1, tzinfo=UTC)
OPEN = (RepricingState.CHECKING, RepricingState.CHECKED)


def start_check(
    project: Project, *, model: str | None, since: datetime | None, until: datetime | None, author: Author
) -> Repricing:
    """Begin to find out what today's prices would change; a check that nobody applied gives way."""
    now = timezone.now()
    first = Observation.objects.filter(project_id=project.id).order_by("start_time")
    if since is not None:
        first = first.filter(start_time__gte=since)
    with transaction.atomic():
        Repricing.objects.filter(project=project, state__in=OPEN).update(
            state=RepricingState.DISCARDED, finished_at=now
        )
        try:
            with transaction.atomic():
                return Repricing.objects.create(
                    project=project,
                    model=model or None,
                    since=since,
                    until=min(until or now, now),
                    first_at=first.values_list("start_time", flat=True).first(),
                    created_by=author.user,
                    worked_at=now,
                )
        except IntegrityError:
            raise Conflict("Prices are being applied in this project; wait for it to end") from None


def apply_check(repricing_id: str, *, project_id: str, author: Author) -> Repricing:
    """Let workers apply what a check found."""
    with transaction.atomic():
        run = Repricing.objects.select_for_update().filter(pk=repricing_id, project_id=project_id).first()
        if run is None or run.state != RepricingState.CHECKED:
            raise Conflict("There is nothing checked to apply; check again what would change")
        run.state, run.reached_at, run.reached_id = RepricingState.APPLYING, None, ""
        run.created_by, run.worked_at, run.finished_at = author.user, timezone.now(), None
        run.save()
        _audit(run, "reprice", author, before={"cost": run.cost_before}, after={"cost": run.cost_after})
    return run


def discard_check(repricing_id: str, *, project_id: str) -> None:
    """Give up a check, or its result."""
    rows = Repricing.objects.filter(pk=repricing_id, project_id=project_id, state__in=OPEN)
    rows.update(state=RepricingState.DISCARDED, finished_at=timezone.now())


def reprice(*, limit: float) -> bool:
    """Work for some `limit` seconds on what is under way; say whether there is more to do."""
    until = time.monotonic() + limit
    while advance():
        if time.monotonic() > until:
            return True
    return False


def advance(repricing_id: str | None = None) -> bool:
    """Make one step of the walk that has waited longest, or of this one; False if there is none to make."""
    rows = Repricing.objects.filter(state__in=STEPS).select_related("project").order_by("worked_at")
    if repricing_id is not None:
        rows = rows.filter(pk=repricing_id)
    with transaction.atomic():
        run = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if run is None:
            return False
        if run.project.deleted_at is not None:
            run.state = RepricingState.DISCARDED
        else:
            STEPS[RepricingState(run.state)](run)
        run.worked_at = timezone.now()
        run.save()
    return True


def _check_step(run: Repricing) -> None:
    generations, end = _window(run, CHECK_WINDOW)
    for change in changes_of(run.project_id, generations):
        before, after = _amounts([change])
        run.changed += 1
        run.cost_before += before
        run.cost_after += after
        _count(run.by_model, change.generation.model, before, after)
    run.seen += len(generations)
    _move(run, end, RepricingState.CHECKED)


def _apply_step(run: Repricing) -> None:
    generations, end = _window(run, APPLY_WINDOW)
    changes = changes_of(run.project_id, generations)
    if changes:
        _apply(run, [change.generation for change in changes])
    _move(run, end, RepricingState.DONE)
    if end is None:
        author = by_user(run.created_by) if run.created_by else SYSTEM
        _audit(
            run, "repriced", author, before={"cost": run.applied_before}, after={"cost": run.applied_after}
        )


def _apply(run: Repricing, generations: Sequence[Generation]) -> None:
    """Write the costs of these anew, if they still change now that their traces are locked, as a digest does it."""
    expect_keys()
    traces = sorted({one.trace_id for one in generations})
    with connection.cursor() as cursor:
        cursor.execute(LOCK_TRACES_SQL, (run.project_id, traces))
    locked = lock_generations(run.project_id, [one.id for one in generations], traces=traces)
    changes = changes_of(run.project_id, locked)
    if not changes:
        return
    write_costs(run.project_id, [(change.generation.id, change.costed) for change in changes])
    touched = sorted({change.generation.trace_id for change in changes})
    timestamps = summarize_traces(run.project_id, touched)
    starts = [change.generation.start_time for change in changes]
    mark_dirty(run.project_id, observations=starts, traces=timestamps.values())
    before, after = _amounts(changes)
    run.applied += len(changes)
    run.applied_before += before
    run.applied_after += after


def _window(run: Repricing, window: int) -> tuple[list[Generation], tuple[datetime, str] | None]:
    """Return the generations of the next stretch, and its end; None: it is the last one."""
    after = (run.reached_at or run.since or FIRST, run.reached_id)
    end = end_of_window(run.project_id, after=after, until=run.until, window=window)
    found = generations_between(run.project_id, after=after, end=end, until=run.until, model=run.model)
    return found, end


def _move(run: Repricing, end: tuple[datetime, str] | None, last: RepricingState) -> None:
    if end is not None:
        run.reached_at, run.reached_id = end
        return
    run.state = last
    run.finished_at = timezone.now()


def _amounts(changes: Sequence[Change]) -> tuple[Decimal, Decimal]:
    before = sum((change.generation.total_cost or Decimal(0) for change in changes), Decimal(0))
    return before, sum((change.costed.total_cost or Decimal(0) for change in changes), Decimal(0))


def _count(by_model: dict[str, list[Any]], model: str, before: Decimal, after: Decimal) -> None:
    if model not in by_model and len(by_model) >= MAX_MODELS:
        return
    count, old, new = by_model.get(model, (0, "0", "0"))
    by_model[model] = [count + 1, str(Decimal(old) + before), str(Decimal(new) + after)]


def _audit(run: Repricing, action: str, author: Author, *, before: Any, after: Any) -> None:
    about = {"model": run.model, "since": run.since, "until": run.until}
    count = run.applied if action == "repriced" else run.changed
    record(
        author,
        action,
        resource_type="costs",
        resource_id=run.pk,
        project=run.project,
        before=before,
        after={**about, "generations": count, **after},
    )


STEPS: dict[RepricingState, Callable[[Repricing], None]] = {
    RepricingState.CHECKING: _check_step,
    RepricingState.APPLYING: _apply_step,
}
