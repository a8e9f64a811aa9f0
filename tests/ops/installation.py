"""A data folder and a port in, the one command as a process out, with what it prints and starts."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0
DROPPED = (
    "DATABASE_URL",
    "NEXTAUTH_SECRET",
    "SALT",
    "NEXTAUTH_URL",
    "HASHED_STATIC_FILES",
    "STATIC_ROOT",
    "REDIS_URL",
)


@dataclass(slots=True)
class Installation:
    """What `make up` runs, for one data folder."""

    folder: Path
    port: int
    root: Path = ROOT
    prefix: tuple[str, ...] = ()
    more: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        return self._output.read_text(encoding="utf-8") if self._output.exists() else ""

    @property
    def _output(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.output"

    def launch(self, *arguments: str) -> subprocess.Popen[bytes]:
        kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
        environment = (
            kept | {"DATA_DIR": str(self.folder), "PORT": str(self.port), "OTLP_GRPC_PORT": "0"} | self.more
        )
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [*self.prefix, sys.executable, "-m", "langfuse_site.up", *arguments],
                cwd=self.root,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self.process

    def start(self) -> None:
        process = self.launch()
        wait_until(lambda: "Ready:" in self.output or process.poll() is not None, seconds=START_SECONDS)
        assert process.poll() is None, self.output

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)

    def is_healthy(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/api/public/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def children(self) -> dict[str, int]:
        """Return the process ids of database, web server, worker and beat."""
        assert self.process is not None
        patterns = {
            "database": "bin/postgres",
            "web": "granian",
            "worker": "celery worker",
            "beat": "celery beat",
        }
        commands = {pid: _command(pid) for pid in _children(self.process.pid)}
        return {
            name: pid
            for pid, command in commands.items()
            for name, pattern in patterns.items()
            if pattern in re.sub(r"-A \S+ ", "", command)
        }

    def all_pids(self) -> set[int]:
        """Return every process below the supervisor."""
        assert self.process is not None
        found: set[int] = set()
        waiting = [self.process.pid]
        while waiting:
            children = _children(waiting.pop())
            found.update(children)
            waiting += children
        return found


@contextmanager
def data_folder() -> Iterator[Path]:
    """Give a folder below which every account may enter, as pytest's own may not be."""
    parent = Path(tempfile.mkdtemp(prefix="lf-up-"))
    parent.chmod(0o755)
    yield parent / "data"
    shutil.rmtree(parent)


@contextmanager
def normal_user() -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Give the home, closed to others, of a user without rights, and what runs a command as that user.

    The user may read what root may: Python itself may lie in root's home.
    """
    if os.geteuid() != 0:
        home = Path(tempfile.mkdtemp(prefix="lf-home-"))
        yield home, ()
        shutil.rmtree(home)
        return
    name = f"lf-ops-{os.getpid()}"
    subprocess.run(
        ["useradd", "--create-home", "--shell", "/bin/sh", "--key", "HOME_MODE=0700", name], check=True
    )
    entry = pwd.getpwnam(name)
    try:
        yield (
            Path(entry.pw_dir),
            (
                "setpriv",
                *(f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"),
                *("--inh-caps=-all,+dac_read_search", "--ambient-caps=+dac_read_search"),
            ),
        )
    finally:
        subprocess.run(["userdel", "--remove", name], check=True, stderr=subprocess.DEVNULL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(holds: Callable[[], bool], *, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)


def exists(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    except OSError:
        return []
    return [int(child) for child in text.split()]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
    except OSError:
        return ""
