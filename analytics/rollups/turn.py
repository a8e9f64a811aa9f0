"""The time that may be spent in, every project's rollups a bit fresher out, and a line about it in the book."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from analytics.models import RollupRun, RollupState
from analytics.rollups.rebuild import mark_requested
from analytics.rollups.refresh import Done, Patience, patience_of, refresh_project

logger = logging.getLogger(__name__)

TURN_SHARE = 0.8
"""Of the period: turns don't pile up."""
PORTION_SECONDS = 1.0
FIRST_PORTION = 1
MOST_SLICES = 500
REST = 3.0
LONGEST_REST = 30.0
"""A project rests so many times as long as it took, up to these seconds: what is ingested for the past, minute upon
minute, makes its slices stale again and again, and must not eat up the machine; nor may numbers lag for minutes."""
AFTER_ERROR = timedelta(minutes=1)

DUE_SQL = """
    select p.id from projects p left join rollup_states s on s.project_id = p.id
    where p.deleted_at is null and (s.due_at is null or s.due_at <= %(now)s) and (
        exists (
            select from dirty_slices d
            where d.project_id = p.id and (d.dirty_since <= %(dirty_before)s or d.marked_at <= %(quiet_before)s)
        ) or exists (
            select from rollup_pending w
            where w.project_id = p.id
                and w.start + case w.level when 1 then interval '1 hour' else interval '1 day' end <= %(now)s
                and (w.touched_at <= %(merge_quiet_before)s or w.since <= %(merge_before)s)
        )
    )
    order by (select min(dirty_since) from dirty_slices d where d.project_id = p.id) nulls last, p.id
"""


@dataclass(slots=True)
class Portions:
    """How many slices of a project are recomputed at once, so that it takes about a second."""

    size: int = FIRST_PORTION
    seconds: float = 0.0
    done: Done = field(default_factory=Done)

    @property
    def rest(self) -> timedelta:
        return timedelta(
            seconds=min(REST * self.seconds, LONGEST_REST) if self.seconds >= PORTION_SECONDS else 0
        )

    def take(self, project_id: str, patience: Patience | None) -> Done:
        """Do one portion, and set the next one's size by how long it took."""
        began = time.monotonic()
        done = refresh_project(project_id, now=timezone.now(), limit=self.size, patience=patience)
        took = time.monotonic() - began
        if done.slices:
            factor = min(2.0, max(0.25, PORTION_SECONDS / max(took, 0.001)))
            self.size = min(MOST_SLICES, max(1, int(self.size * factor)))
        self.seconds += took
        self.done += done
        return done


def run_turn() -> Done:
    """Refresh what is due, portion by portion and project after project, for most of a period."""
    patience = patience_of(settings.ROLLUP_SECONDS)
    run = RollupRun.objects.create(started_at=timezone.now())
    mark_requested()
    until = time.monotonic() + TURN_SHARE * settings.ROLLUP_SECONDS
    total, errors = Done(), []
    projects = due_projects(run.started_at, patience)
    portions = {project_id: Portions() for project_id in projects}
    for project_id in _in_turns(projects, until):
        try:
            done = portions[project_id].take(project_id, patience)
        except Error as error:
            logger.exception("rollups_failed", extra={"project_id": project_id})
            errors.append(f"{project_id}: {error}")
            _keep_state(project_id, portions[project_id], started_at=run.started_at, error=str(error))
            projects.remove(project_id)
            continue
        total += done
        if not done:
            projects.remove(project_id)
    for project_id, each in portions.items():
        if each.done:
            _keep_state(project_id, each, started_at=run.started_at)
    _finish(run, total, projects=sum(bool(each.done) for each in portions.values()), errors=errors)
    return total


def due_projects(now: datetime, patience: Patience) -> list[str]:
    """Return the projects with something to do, those that wait the longest first."""
    values = {
        "now": now,
        "dirty_before": now - patience.dirty,
        "quiet_before": now - patience.quiet,
        "merge_quiet_before": now - patience.merge_quiet,
        "merge_before": now - patience.merge,
    }
    with connection.cursor() as cursor:
        cursor.execute(DUE_SQL, values)
        return [project_id for (project_id,) in cursor.fetchall()]


def _in_turns(projects: list[str], until: float) -> Iterator[str]:
    """Yield each of the projects again and again, as long as it is in the list and there is time."""
    while projects:
        for project_id in list(projects):
            if time.monotonic() >= until:
                return
            yield project_id


def _keep_state(project_id: str, each: Portions, *, started_at: datetime, error: str = "") -> None:
    now = timezone.now()
    RollupState.objects.update_or_create(
        project_id=project_id,
        defaults={
            "started_at": started_at,
            "seconds": each.seconds,
            "slices": each.done.slices,
            "hours": each.done.hours,
            "days": each.done.days,
            "due_at": now + (AFTER_ERROR if error else each.rest),
            "error": error,
        },
    )


def _finish(run: RollupRun, total: Done, *, projects: int, errors: list[str]) -> None:
    run.finished_at = timezone.now()
    run.projects, run.slices, run.hours, run.days = projects, total.slices, total.hours, total.days
    run.error = "\n".join(errors)
    run.save()
