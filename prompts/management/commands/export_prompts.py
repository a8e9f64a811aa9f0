"""A project in; a folder, or a zip, of files with its prompts out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Project
from prompts.exports import export_files
from prompts.files.archives import write_folder, write_zip
from prompts.files.writing import FORMATS

TOLD_EVERY = 1_000


class Command(BaseCommand):
    help = (
        "Write a project's prompts to files: a folder for each, with prompt.yaml and a file for each version."
        " Ids, labels and their history are kept; import_prompts reads the files back."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("project", help="the id of the project")
        parser.add_argument("target", type=Path, help="a folder, which is made; or a file that ends in .zip")
        parser.add_argument("--format", choices=FORMATS, default="yaml")
        parser.add_argument("--prompt", action="append", default=[], help="only the prompt of this name")
        parser.add_argument(
            "--delete", action="store_true", help="delete files of prompts that are no longer there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project, target = find_project(options["project"]), options["target"]
        files = self._counted(export_files(project.id, options["format"], options["prompt"]))
        try:
            if target.suffix == ".zip":
                with target.open("wb") as stream:
                    write_zip(stream, files)
                return
            result = write_folder(target, files, delete=options["delete"])
        except OSError as error:
            raise CommandError(f"can't write: {error}") from None
        self.stdout.write(f"{result.written:,} written, {result.same:,} as they were")
        for path in result.stale:
            self.stdout.write(f"{'deleted' if options['delete'] else 'no longer in the project'}: {path}")

    def _counted(self, files: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        count = 0
        for count, file in enumerate(files, 1):
            if count % TOLD_EVERY == 0:
                self.stdout.write(f"{count:,} files")
            yield file
        self.stdout.write(f"{count:,} files in all")


def find_project(project_id: str) -> Project:
    """Return a living project, or end the command."""
    project = Project.objects.living().filter(pk=project_id).first()
    if project is None:
        raise CommandError(f"There is no project {project_id}")
    return project
