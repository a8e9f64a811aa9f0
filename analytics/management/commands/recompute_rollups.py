"""A project and a stretch of time in; its rollups made anew from the rows, with a line of progress now and then."""

import time
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Project
from analytics.models import RollupRebuild
from analytics.rollups.rebuild import mark_rebuild, request_rebuild, slices_left
from analytics.rollups.refresh import refresh_project
from analytics.rollups.turn import Portions

BUSY_SECONDS = 0.5
"""How long to wait for another refresher of the same project."""


class Command(BaseCommand):
    help = (
        "Make the rollups of a stretch of time anew from the rows. Dashboards show the old ones until then."
        " May be interrupted and repeated at any time: workers go on with what is left."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--project", help="the id of a project; without it, all of them")
        parser.add_argument("--since", type=_moment, help="from this time on (ISO 8601, UTC)")
        parser.add_argument("--until", type=_moment, help="before this time")

    def handle(self, *args: Any, **options: Any) -> None:
        since, until = options["since"], options["until"]
        if since and until and since >= until:
            raise CommandError("--until must be after --since")
        for project_id in _projects(options["project"]):
            rebuild = request_rebuild(project_id, since=since, until=until, author="recompute_rollups")
            mark_rebuild(rebuild)
            self._refresh(project_id, rebuild)

    def _refresh(self, project_id: str, rebuild: RollupRebuild) -> None:
        portions = Portions()
        while left := slices_left(rebuild):
            self.stdout.write(f"{project_id}: {rebuild.slices - left} of {rebuild.slices} slices")
            if not portions.take(project_id, None):
                time.sleep(BUSY_SECONDS)
        while refresh_project(project_id, now=timezone.now(), limit=portions.size, patience=None):
            pass
        self.stdout.write(f"{project_id}: {rebuild.slices} of {rebuild.slices} slices, hours and days merged")


def _projects(project_id: str | None) -> list[str]:
    living = Project.objects.living().order_by("id")
    if project_id is None:
        return list(living.values_list("id", flat=True))
    if not living.filter(pk=project_id).exists():
        raise CommandError(f"There is no project {project_id}")
    return [project_id]


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time: 2026-05-01 or 2026-05-01T12:00 is expected") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
