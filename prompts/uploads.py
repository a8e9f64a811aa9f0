"""Zips that people upload in, kept for as long as it takes to look at what they would change."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.audit import Author
from accounts.models import Project, User
from langfuse_site.lib.errors import InvalidRequest
from prompts.files.archives import MAX_ZIP_BYTES, UPLOAD, read_zip
from prompts.files.documents import PromptDocument
from prompts.files.reading import read_prompts
from prompts.import_plan import Plan
from prompts.imports import import_prompts
from prompts.models import PromptUpload

KEPT = timedelta(hours=1)
MAX_NAME = 200


def keep_upload(project: Project, user: User, name: str, body: bytes) -> PromptUpload:
    """Keep a zip that can be read, in the place of what the user has uploaded before; raise InvalidFiles."""
    if len(body) > MAX_ZIP_BYTES:
        raise InvalidRequest(f"A zip file has at most {MAX_ZIP_BYTES // 1_000_000} MB")
    name = name.replace("\x00", "")[:MAX_NAME]
    read_documents(name, body)
    delete_old_uploads()
    PromptUpload.objects.filter(project=project, user=user).delete()
    return PromptUpload.objects.create(project=project, user=user, name=name, body=body)


def import_upload(
    upload: PromptUpload,
    *,
    author: Author,
    asked: Iterable[str] = (),
    reason: str = "",
    expected: str | None = None,
    dry_run: bool = False,
) -> Plan:
    """Import what has been uploaded, which then is gone; or show what that changes. Raises as an import does."""
    plan = import_prompts(
        upload.project,
        read_documents(upload.name, bytes(upload.body)),
        author=author,
        asked=asked,
        reason=reason,
        expected=expected,
        dry_run=dry_run,
    )
    if not dry_run:
        upload.delete()
    return plan


def read_documents(name: str, body: bytes) -> list[PromptDocument]:
    """Return the prompts of a zip; raise InvalidFiles."""
    files = read_zip(name, body)
    return read_prompts(
        files, now=timezone.now(), max_version_bytes=settings.MAX_BODY_BYTES, max_values=UPLOAD.values
    )


def delete_old_uploads() -> None:
    """Delete what nobody has come back for."""
    PromptUpload.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
