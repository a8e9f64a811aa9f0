"""A project and a stretch of time in; its spans mapped anew from the exports that were kept."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Project
from tracing.ingest.digest import digest_anew
from tracing.models.pipeline import BatchKind
from tracing.store.kept import count_kept, read_kept
from tracing.store.spool import LockedBatch
from tracing.wire.otel.errors import RefusedExport

KINDS = [BatchKind.OTLP_JSON.value, BatchKind.OTLP_PROTOBUF.value]


class Command(BaseCommand):
    help = (
        "Map spans anew from kept exports, after a mapping has changed. Exports are kept where KEEP_RAW_BODIES"
        " or the project's own setting says so. May be interrupted and repeated at any time."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("project", nargs="?", help="the id of a project; without it, all of them")
        parser.add_argument("--since", type=_moment, help="accepted at or after this time (ISO 8601, UTC)")
        parser.add_argument("--until", type=_moment, help="accepted before this time")

    def handle(self, *args: Any, **options: Any) -> None:
        stretch = {"kinds": KINDS, "since": options["since"], "until": options["until"]}
        for project_id in _projects(options["project"]):
            total, done = count_kept(project_id, **stretch), 0
            if not total:
                self.stdout.write(f"{project_id}: no exports are kept of this time")
            for batches in read_kept(project_id, **stretch):
                done += self._map_anew(project_id, batches)
                self.stdout.write(f"{project_id}: {done} of {total} exports")

    def _map_anew(self, project_id: str, batches: Sequence[LockedBatch]) -> int:
        """Return how many exports were mapped; one that would be refused today is named and left as it is."""
        try:
            return digest_anew(project_id, batches)
        except RefusedExport as error:
            if len(batches) > 1:
                return sum(self._map_anew(project_id, [batch]) for batch in batches)
            self.stderr.write(f"{project_id}: export {batches[0].id} is left as it is: {error.message}")
            return 0


def _projects(project_id: str | None) -> list[str]:
    living = Project.objects.living().order_by("id")
    if project_id is None:
        return list(living.values_list("id", flat=True))
    if not living.filter(pk=project_id).exists():
        raise CommandError(f"There is no project {project_id}")
    return [project_id]


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
