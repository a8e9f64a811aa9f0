"""Names of prompts in, the folders that their files lie in out: good on every disk, no two the same."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

PROMPT = "prompt"
MAX_PART_BYTES = 100
MAX_FOLDER_BYTES = 300
"""Folders of folders are unpacked below others: Windows counts some 260 characters in all."""
MARK_DIGITS = 16
KEPT_BYTES = MAX_PART_BYTES - MARK_DIGITS - 1

FORBIDDEN = re.compile('[<>:"\\\\|?*%~\x00-\x1f\x7f-\x9f]|^[. ]|[. ]$')
"""What Windows has no names for, and what has a meaning here: `%` an escape, `~` a mark."""
DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)
FILE = re.compile(r"(?:prompt|v(?P<number>[1-9][0-9]{0,9}))\.(?P<format>ya?ml|json)")
LIKE_A_FILE = re.compile(r"\.(?=(?:ya?ml|json)$)", re.IGNORECASE)


def folders_of(names: Iterable[str]) -> dict[str, str]:
    """Return the folder of each prompt: its name, changed where a disk could not tell or take it."""
    folders = {name: _folder(name) for name in names}
    alike = Counter(map(_as_disks_see, folders.values()))
    return {
        name: folder if alike[_as_disks_see(folder)] == 1 else _marked(folder, name)
        for name, folder in folders.items()
    }


def _folder(name: str) -> str:
    folder = "/".join(map(_part, name.split("/")))
    return folder if len(folder.encode()) <= MAX_FOLDER_BYTES else f"~{_digest(name)}"


def _part(text: str) -> str:
    part = FORBIDDEN.sub(lambda match: _escaped(match[0]), text)
    part = LIKE_A_FILE.sub("%2E", part)
    if DEVICE.match(part):
        part = _escaped(part[0]) + part[1:]
    return part if len(part.encode()) <= MAX_PART_BYTES else _marked(part, text)


def _marked(part: str, whole: str) -> str:
    """Return a part of a path with what tells it from others that begin, or look, the same."""
    head, slash, last = part.rpartition("/")
    kept = last.encode()[:KEPT_BYTES].decode(errors="ignore").rstrip(". ")
    return f"{head}{slash}{kept}~{_digest(whole)}"


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:MARK_DIGITS]


def _as_disks_see(folder: str) -> str:
    return unicodedata.normalize("NFC", folder).casefold()
