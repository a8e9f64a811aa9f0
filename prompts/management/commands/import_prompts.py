"""A folder, or a zip, of files in; a project's prompts as they say out, or what that would change."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.audit import SYSTEM, Author, by_user
from accounts.models import User
from langfuse_site.lib.errors import Forbidden
from prompts.files.archives import DISK, read_folder, read_zip
from prompts.files.documents import InvalidFiles, PromptDocument
from prompts.files.reading import read_prompts
from prompts.import_report import report_lines
from prompts.imports import import_prompts
from prompts.management.commands.export_prompts import find_project

CONTENTS = 50


class Command(BaseCommand):
    help = (
        "Bring a project's prompts to what files say: prompts and versions are added, labels moved, tags set;"
        " nothing is deleted and no version changes. Everything is imported or nothing. Of a prompt that is"
        " there, production and protected labels move only with --move."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("project", help="the id of the project")
        parser.add_argument("source", type=Path, help="a folder, or a file that ends in .zip")
        parser.add_argument("--dry-run", action="store_true", help="show the difference and change nothing")
        parser.add_argument(
            "--move", action="append", default=[], metavar="LABEL", help="move this label as well"
        )
        parser.add_argument("--reason", default="", help="what the history of the labels tells")
        parser.add_argument(
            "--as", dest="user", metavar="EMAIL", help="import with this user's rights and name"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = find_project(options["project"])
        author = _author(options["user"])
        try:
            plan = import_prompts(
                project,
                _documents(options["source"]),
                author=author,
                asked=options["move"],
                reason=options["reason"],
                dry_run=options["dry_run"],
            )
        except (InvalidFiles, Forbidden) as error:
            raise CommandError(f"{error}\nnothing is imported") from None
        for line in report_lines(plan, contents=CONTENTS if options["dry_run"] else 0):
            self.stdout.write(line)
        for label in plan.unasked:
            self.stdout.write(f"to move it too: --move {label}")
        if options["dry_run"]:
            self.stdout.write("a dry run: nothing is changed")


def _documents(source: Path) -> list[PromptDocument]:
    try:
        is_folder = source.is_dir()
        files = read_folder(source) if is_folder else iter(read_zip(source.name, source.read_bytes(), DISK))
        found = list(files)
    except OSError as error:
        raise CommandError(f"can't read: {error}") from None
    return read_prompts(
        found, now=timezone.now(), max_version_bytes=settings.MAX_BODY_BYTES, max_values=DISK.values
    )


def _author(email: str | None) -> Author:
    if email is None:
        return SYSTEM
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user {email}")
    return by_user(user)
