"""A prompt's name and selector in, the bytes of its answer out, from memory while the project has no new writes."""

import hashlib
import json
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

import orjson
from django.db import connection

from langfuse_site.lib.errors import Conflict, NotFound
from langfuse_site.lib.ids import key_of
from langfuse_site.lib.times import to_wire
from prompts.composition import MARK
from prompts.generations import trust, trusted_generation
from prompts.resolution import CannotResolve, resolve
from prompts.wire import PRODUCTION

MAX_CACHED_BYTES = 64_000_000
ENTRY_BYTES = 1_000
"""What an entry takes beside its body."""

# One statement, one snapshot: the version as it is at that generation of the project, and nothing where the
# generation is the one known. The function is in a migration; it saves the time to plan.
FIND = "select * from find_prompt(%(project_id)s, %(name_key)s, %(number)s, %(label)s, %(known)s)"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asks for: of `number` and `label`, one is None. `graph`: the answer has one."""

    project_id: str
    name: str
    number: int | None = None
    label: str | None = None
    resolve: bool = True
    graph: bool = True


@dataclass(frozen=True, slots=True)
class Served:
    """An answer. `problem` instead of a body: it can't be composed."""

    version_id: str
    body: bytes
    etag: str
    problem: Conflict | None = None


class Cache:
    """The answers of one process, the latest used; full, it drops those unused for longest."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._size = 0
        self._entries: OrderedDict[Wanted, tuple[int, Served]] = OrderedDict()
        self._lock = Lock()

    def get(self, wanted: Wanted) -> tuple[int, Served] | None:
        """Return an answer with the generation that it was read at."""
        with self._lock:
            found = self._entries.get(wanted)
            if found is not None:
                self._entries.move_to_end(wanted)
            return found

    def put(self, wanted: Wanted, generation: int, served: Served) -> None:
        with self._lock:
            self._drop(wanted)
            self._entries[wanted] = (generation, served)
            self._size += _size(wanted, served)
            while self._size > self._max_bytes:
                self._drop(next(iter(self._entries)))

    def drop(self, wanted: Wanted) -> None:
        with self._lock:
            self._drop(wanted)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._size = 0

    @property
    def size(self) -> int:
        return self._size

    def _drop(self, wanted: Wanted) -> None:
        gone = self._entries.pop(wanted, None)
        if gone is not None:
            self._size -= _size(wanted, gone[1])


cache = Cache(MAX_CACHED_BYTES)


def serve(wanted: Wanted) -> Served:
    """Return the answer to a request for a version; raise NotFound or Conflict.

    No statement while the project's generation is known, else one. That something is missing is never told
    without asking: who creates a prompt in one process may ask another for it at once.
    """
    known = cache.get(wanted)
    if known is not None and _holds(wanted, known):
        return known[1]
    served = _ask(wanted, known)
    if served.problem is not None:
        raise Conflict(served.problem.message)
    return served


def serve_known(wanted: Wanted) -> Served | None:
    """Return the answer where it is known without asking."""
    known = cache.get(wanted)
    return known[1] if known is not None and _holds(wanted, known) else None


def was_served(wanted: Wanted) -> bool:
    """Say whether there was an answer when this process last looked."""
    known = cache.get(wanted)
    return known is not None and known[1].problem is None


def _holds(wanted: Wanted, known: tuple[int, Served]) -> bool:
    return known[1].problem is None and trusted_generation(wanted.project_id) == known[0]


def _ask(wanted: Wanted, known: tuple[int, Served] | None) -> Served:
    asked_at = time.monotonic()
    parameters = {
        "project_id": wanted.project_id,
        "name_key": key_of(wanted.name),
        "number": wanted.number,
        "label": wanted.label,
        "known": known[0] if known else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(FIND, parameters)
        generation, *row = cursor.fetchone()
    trust(wanted.project_id, generation, asked_at=asked_at)
    if known is not None and known[0] == generation:
        return known[1]
    if row[0] is None:
        cache.drop(wanted)
        which = f"with label '{wanted.label}'" if wanted.number is None else f"with version {wanted.number}"
        raise NotFound(f"Prompt not found: '{wanted.name}' {which}")
    served = _made(wanted, row)
    cache.put(wanted, generation, served)
    return served


def _made(wanted: Wanted, row: list[Any]) -> Served:
    (
        version_id,
        created_at,
        updated_at,
        created_by,
        name,
        number,
        kind,
        content,
        config,
        tags,
        message,
        labels,
    ) = row
    answer: dict[str, Any] = {
        "id": version_id,
        "createdAt": to_wire(created_at),
        "updatedAt": to_wire(updated_at),
        "projectId": wanted.project_id,
        "createdBy": created_by,
        "name": name,
        "version": number,
        "type": kind,
        "prompt": orjson.Fragment(content),
        "config": orjson.Fragment(config),
        "labels": labels,
        "tags": tags,
        "commitMessage": message,
        "isActive": PRODUCTION in labels,
    }
    if wanted.graph:
        answer["resolutionGraph"] = None
    if wanted.graph and wanted.resolve and MARK in content:
        try:
            resolved = resolve(
                wanted.project_id,
                version_id=version_id,
                name=name,
                number=number,
                content=json.loads(content),
            )
        except CannotResolve as error:
            return Served(version_id, b"", "", Conflict(str(error)))
        answer["prompt"], answer["resolutionGraph"] = resolved.content, resolved.graph
    body = orjson.dumps(answer)
    return Served(version_id, body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"')


def _size(wanted: Wanted, served: Served) -> int:
    return ENTRY_BYTES + 4 * len(wanted.name) + len(served.body)
