"""A folder in, an installation out whose every process a test may kill: two workers, a database that fsyncs."""

import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from langfuse_site.lib.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from langfuse_site.up.children import Child
from tests.flows.tables import Tables, stored
from tests.live import LiveServer, eventually, running_server

DURABLE = {"shared_buffers": "64MB", "fsync": "on", "synchronous_commit": "on"}


@dataclass(slots=True)
class Installation:
    """A running server and the database that only it uses."""

    server: LiveServer
    postgres: EmbeddedPostgres

    @property
    def database(self) -> int:
        """The process that all of the database's sessions belong to."""
        assert self.postgres.process is not None
        return self.postgres.process.pid

    def execute(self, sql: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of one statement in the installation's database."""
        with psycopg.connect(self.server.database_url) as connection:
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def tables(self) -> Tables:
        """Return what the tables hold of the installation's project."""
        with psycopg.connect(self.server.database_url) as connection:
            return stored(connection, self.server.project_id)

    def sessions(self) -> list[int]:
        """Return the database's processes that serve a client."""
        return [pid for pid in children_of(self.database) if " langfuse [local]" in command_line(pid)]


@contextmanager
def installation(*, workers: int = 2, **environment: str) -> Iterator[Installation]:
    """Start one in a folder of its own; whatever is left of it at the end is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="lf-flows-"))
    folder.chmod(0o711)
    binaries = os.environ.get("TEST_POSTGRES_BINARIES")
    postgres = EmbeddedPostgres(
        folder, say=print, settings=DURABLE, binaries=Path(binaries) if binaries else None
    )
    try:
        postgres.start()
        with running_server(folder, database_url=postgres.url, workers=workers, **environment) as server:
            yield Installation(server, postgres)
        eventually(lambda: nothing_left_of(folder))
    finally:
        postgres.stop()
        shutil.rmtree(folder)


def nothing_left_of(folder: Path) -> None:
    """Raise AssertionError while web, worker or beat of a stopped installation lives on, wherever it came from."""
    own = f"DATA_DIR={folder}".encode()
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    left = [pid for pid in pids if pid != os.getpid() and own in environment_of(pid)]
    assert [command_line(pid) for pid in left] == []


def environment_of(pid: int) -> list[bytes]:
    """Return the variables of a process; none where it has just ended."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


@dataclass(slots=True)
class Victim:
    """One process that is killed at random moments and started again, `wanted` times; `step` never waits."""

    name: str
    wanted: int
    lives: tuple[float, float]
    """The shortest and longest life that it is given, in seconds."""
    chance: random.Random
    kill: Callable[[], bool]
    """Sends SIGKILL; False: there was nothing to kill yet."""
    revive: Callable[[], bool] = lambda: True
    """Starts what is dead; True: it lives."""
    kills: int = 0
    _due: float = field(default=0.0)

    def step(self) -> None:
        if not self.revive():
            self._due = 0.0
            return
        now = time.monotonic()
        if self._due == 0.0:
            self._due = now + self.chance.uniform(*self.lives)
        if self.kills < self.wanted and now >= self._due and self.kill():
            self.kills += 1
            self._due = 0.0


def kill_child(child: Child, pick: Callable[[list[int]], int] = lambda pids: pids[0]) -> Callable[[], bool]:
    """Return what kills a child of the server, or one of the processes that it has started itself."""

    def kill() -> bool:
        if child.process is None or child.process.poll() is not None:
            return False
        pid = child.process.pid
        own = [own for own in children_of(pid) if "resource_tracker" not in command_line(own)]
        return kill_process(pick([pid, *own]))

    return kill


def revive_child(child: Child) -> Callable[[], bool]:
    def revive() -> bool:
        if not child.is_alive():
            child.launch()
        return True

    return revive


def kill_database(one: Installation) -> Callable[[], bool]:
    return lambda: kill_process(one.database)


def revive_database(one: Installation) -> Callable[[], bool]:
    """Start the database again; sessions of the former one may still hold its memory for a moment."""

    def revive() -> bool:
        try:
            return one.postgres.is_ready()
        except EmbeddedPostgresError:
            one.postgres.launch()
            return False

    return revive


def kill_session(one: Installation, pick: Callable[[list[int]], int]) -> Callable[[], bool]:
    """Return what kills one session: the database then ends all others and recovers."""

    def kill() -> bool:
        sessions = one.sessions()
        return bool(sessions) and kill_process(pick(sessions))

    return kill


def kill_process(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""
