"""Announced, uploaded and deleted files in, rows and files below the media storage out.

A file is known by the SHA-256 of its bytes, so a project holds it once however often it is shown. Its row
says that it is uploaded only after the whole, verified file is in place.
"""

import base64
import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from langfuse_site.lib.errors import InvalidRequest, NotFound
from langfuse_site.lib.ids import key_of, new_id
from tracing.models import Media, MediaLink

MEDIA_ID_CHARACTERS = 22
HTTP_OK = 200
ABANDONED_SECONDS = 86_400
"""A part of a file that is older was left behind by a process that was killed."""

LOCK_FILE = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"


@dataclass(frozen=True, slots=True)
class Announced:
    """A file that a client wants to upload."""

    sha256: str
    content_type: str
    content_length: int

    @property
    def media_id(self) -> str:
        """Return the id that SDKs compute from the hash, and expect back."""
        return self.sha256.replace("+", "-").replace("/", "_")[:MEDIA_ID_CHARACTERS]


@dataclass(frozen=True, slots=True)
class Place:
    """The field of a trace or an observation that shows a file; ids as clients sent them."""

    trace_id: str
    observation_id: str | None
    field: str


def announce_media(project_id: str, file: Announced, place: Place) -> bool:
    """Keep where the file is shown; tell whether its bytes are here already, under the same type."""
    with transaction.atomic():
        row, _ = Media.objects.select_for_update().get_or_create(
            project_id=project_id,
            id=file.media_id,
            defaults={
                "sha256": file.sha256,
                "content_type": file.content_type,
                "content_length": file.content_length,
                "created_at": timezone.now(),
            },
        )
        link = MediaLink(
            project_id=project_id,
            media_id=file.media_id,
            trace_id=key_of(place.trace_id),
            observation_id=key_of(place.observation_id or ""),
            field=place.field,
        )
        MediaLink.objects.bulk_create([link], ignore_conflicts=True)
    return row.uploaded_at is not None and row.content_type == file.content_type


def receive_media(project_id: str, file: Announced, chunks: Iterable[bytes]) -> None:
    """Store the bytes of an announced file; what is not the file that was announced is refused."""
    name = file_name(project_id, file.media_id)
    with _temporary_path() as path:
        _write_verified(path, file, chunks)
        with transaction.atomic(), path.open("rb") as content:
            row = _locked(project_id, file.media_id)
            _lock_file(name)
            default_storage.save(name, _Movable(content, str(path)))
            row.content_type, row.content_length = file.content_type, file.content_length
            row.uploaded_at, row.upload_status, row.upload_error = timezone.now(), HTTP_OK, None
            row.save()


def record_upload(project_id: str, media_id: str, *, status: int, error: str | None) -> None:
    """Keep what a client tells of its upload; where the bytes are here, they say more than the client."""
    with transaction.atomic():
        row = _locked(project_id, media_id)
        if row.uploaded_at is None:
            row.upload_status, row.upload_error = status, error
            row.save()


def open_media(project_id: str, media_id: str) -> Iterable[bytes]:
    """Open a stored file; what is given back reads it piece by piece."""
    return default_storage.open(file_name(project_id, media_id), "rb")


def delete_media_of(project_id: str, trace_ids: Sequence[str]) -> None:
    """Forget where these traces (keys) show files, and delete the files that nothing shows any more."""
    links = MediaLink.objects.filter(project_id=project_id, trace_id__in=trace_ids)
    with transaction.atomic():
        media_ids = sorted(set(links.values_list("media_id", flat=True)))
        rows = Media.objects.filter(project_id=project_id, id__in=media_ids)
        # The lock comes before the look at what is left: an upload may be linking the same file right now.
        list(rows.order_by("id").select_for_update().values_list("id"))
        links.delete()
        shown = MediaLink.objects.filter(project_id=project_id, media_id__in=media_ids)
        gone = sorted(set(media_ids) - set(shown.values_list("media_id", flat=True)))
        rows.filter(id__in=gone).delete()
        transaction.on_commit(lambda: _delete_files(project_id, gone))


def delete_unlinked_media(project_id: str, *, before: datetime, limit: int) -> int:
    """Delete files announced before a time that nothing shows, at most so many; return how many."""
    links = MediaLink.objects.filter(project_id=project_id, media_id=OuterRef("id"))
    old = Media.objects.filter(project_id=project_id, created_at__lt=before)
    loose = old.filter(~Exists(links)).order_by("id")
    with transaction.atomic():
        media_ids = list(loose.select_for_update(skip_locked=True).values_list("id", flat=True)[:limit])
        # The second look, at what is locked, sees the links of an upload that has just been announced.
        gone = list(loose.filter(id__in=media_ids).values_list("id", flat=True))
        Media.objects.filter(project_id=project_id, id__in=gone).delete()
        transaction.on_commit(lambda: _delete_files(project_id, gone))
    return len(gone)


def delete_media_of_project(project_id: str) -> None:
    """Delete every file of a project."""
    rows = Media.objects.filter(project_id=project_id)
    with transaction.atomic():
        media_ids = list(rows.order_by("id").select_for_update().values_list("id", flat=True))
        MediaLink.objects.filter(project_id=project_id).delete()
        rows.delete()
        transaction.on_commit(lambda: _delete_files(project_id, media_ids))


def file_name(project_id: str, media_id: str) -> str:
    """Return where the storage holds a file: a project's id may hold anything, a path may not."""
    return f"project-{quote(project_id, safe='')}/{media_id[:2]}/{media_id}"


class _Movable(File):  # type: ignore[type-arg] # generic in the stubs alone
    """A file on disk that the storage may move into place instead of copying it."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def _locked(project_id: str, media_id: str) -> Media:
    row = Media.objects.select_for_update().filter(project_id=project_id, id=media_id).first()
    if row is None:
        raise NotFound("Media not found")
    return row


def _lock_file(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_FILE, [name])


def _write_verified(path: Path, file: Announced, chunks: Iterable[bytes]) -> None:
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as target:
        for chunk in chunks:
            target.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        target.flush()
        os.fsync(target.fileno())
    if size != file.content_length:
        raise InvalidRequest(f"The file has {size} bytes, not the {file.content_length} that were announced")
    if base64.b64encode(digest.digest()).decode() != file.sha256:
        raise InvalidRequest("The file's SHA-256 is not the one that was announced")


@contextmanager
def _temporary_path() -> Iterator[Path]:
    """Yield a path on the disk of the media, so that a file gets into place by being renamed."""
    folder = Path(settings.DATA_DIR) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    path = folder / new_id()
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    for part in folder.iterdir():
        with suppress(FileNotFoundError):
            if part.stat().st_mtime < time.time() - ABANDONED_SECONDS:
                part.unlink()


def _delete_files(project_id: str, media_ids: Sequence[str]) -> None:
    for media_id in media_ids:
        name = file_name(project_id, media_id)
        with transaction.atomic():
            _lock_file(name)
            # The same file may have come back since its row was deleted.
            if not Media.objects.filter(
                project_id=project_id, id=media_id, uploaded_at__isnull=False
            ).exists():
                default_storage.delete(name)
