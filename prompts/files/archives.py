"""A zip file or a folder on disk in, its files out, as far as they are no bomb; and back."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from prompts.files.documents import InvalidFiles, Problem
from prompts.files.layout import FILE
from prompts.files.reading import ENDINGS, File

MAX_ZIP_BYTES = 16_000_000
ENTRY = b"PK\x01\x02"
"""What every entry in the directory of a zip begins with: counted before memory is taken for the entries."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The moment of all entries: the same prompts make the same bytes."""
READABLE = 0o644
OF_SYSTEMS = "__MACOSX"


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be read at once."""

    files: int = 20_000
    bytes: int = 64_000_000
    file_bytes: int = 8_000_000
    values: int = 1_000_000


UPLOAD = Limits()
DISK = Limits(files=2_000_000, bytes=2_000_000_000, file_bytes=64_000_000, values=100_000_000)
"""Who has a shell has the memory too."""


@dataclass(slots=True)
class Written:
    """What became of the files of a folder. `stale`: of prompts or versions that are no longer there."""

    written: int = 0
    same: int = 0
    stale: list[Path] = field(default_factory=list)


def read_zip(name: str, body: bytes, limits: Limits = UPLOAD) -> list[File]:
    """Return the files of a zip that may be of prompts; raise InvalidFiles."""
    if body.count(ENTRY) > limits.files:
        raise _refused(name, f"There are more than {limits.files:,} files in it")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return list(_members(name, archive, limits))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _refused(name, f"This is no zip file that can be read: {error}") from None


def write_zip(stream: IO[bytes], files: Iterable[tuple[str, str]]) -> None:
    """Write paths with their texts as a zip."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files:
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.external_attr = READABLE << 16
            archive.writestr(entry, text, zipfile.ZIP_DEFLATED)


def read_folder(folder: Path, limits: Limits = DISK) -> Iterator[File]:
    """Yield the files below a folder that may be of prompts."""
    count = size = 0
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder).as_posix()
        if not _may_be_ours(place) or not path.is_file():
            continue
        length = path.stat().st_size
        count, size = count + 1, size + length
        if length > limits.file_bytes:
            raise _refused(place, f"The file has more than {limits.file_bytes:,} bytes")
        if count > limits.files or size > limits.bytes:
            raise _refused(str(folder), "There is too much below this folder to be read at once")
        yield File(place, path.read_bytes())


def write_folder(folder: Path, files: Iterable[tuple[str, str]], *, delete: bool) -> Written:
    """Write paths with their texts below a folder; `delete` those of prompts that are no longer there."""
    result, kept = Written(), set()
    for place, text in files:
        path, body = folder / place, text.encode()
        kept.add(path)
        if path.is_file() and path.read_bytes() == body:
            result.same += 1
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        result.written += 1
    result.stale = [path for path in sorted(folder.rglob("*")) if _is_stale(folder, path, kept)]
    if delete:
        for path in result.stale:
            path.unlink()
            _remove_empty(path.parent, folder)
    return result


def _members(name: str, archive: zipfile.ZipFile, limits: Limits) -> Iterator[File]:
    size, seen = 0, set()
    for entry in archive.infolist():
        place = entry.filename.replace("\\", "/")
        if entry.is_dir() or not _may_be_ours(place):
            continue
        if place in seen:
            raise _refused(f"{name}/{place}", "The file is there twice")
        seen.add(place)
        with archive.open(entry) as stream:
            body = stream.read(limits.file_bytes + 1)
        size += len(body)
        if len(body) > limits.file_bytes:
            raise _refused(f"{name}/{place}", f"The file has more than {limits.file_bytes:,} bytes")
        if size > limits.bytes:
            raise _refused(name, f"The files have more than {limits.bytes:,} bytes when they are unpacked")
        yield File(place, body)


def _may_be_ours(place: str) -> bool:
    parts = place.split("/")
    return place.endswith(ENDINGS) and not any(part.startswith(".") or part == OF_SYSTEMS for part in parts)


def _is_stale(folder: Path, path: Path, kept: set[Path]) -> bool:
    if path in kept or FILE.fullmatch(path.name) is None:
        return False
    return _may_be_ours(path.relative_to(folder).as_posix()) and path.is_file()


def _remove_empty(folder: Path, top: Path) -> None:
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _refused(name: str, message: str) -> InvalidFiles:
    return InvalidFiles([Problem(name, 0, message)])
