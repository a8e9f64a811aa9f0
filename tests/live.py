"""Nothing in, a server as production runs it out: web, worker and beat as processes on a database of their own."""

import base64
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit, urlunsplit
from urllib.request import Request, urlopen

import psycopg
import pytest
from psycopg import sql

from langfuse_site.up.children import Child, stop_all
from langfuse_site.up.commands import processes
from langfuse_site.up.folder import PRIVATE_FOLDERS

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
VISIBLE_SECONDS = 10.0
"""How long a test waits for what it has sent; how long it may take is the matter of one test only."""
LOG_TAIL_CHARACTERS = 4_000

Json = Any


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Json
    headers: dict[str, str]


@dataclass(slots=True)
class LiveServer:
    """A running installation with one project; `get` and `post` speak with it as the owner of a key."""

    host: str
    project_id: str
    public_key: str
    secret_key: str
    database_url: str
    folder: Path
    environment: dict[str, str] = field(repr=False)
    children: dict[str, Child] = field(default_factory=dict, repr=False)
    """web, worker-1 (and so on) and beat, as the one command runs them."""

    def logs(self) -> str:
        """Return the ends of what the processes have printed."""
        files = sorted(self.folder.glob("logs/*.log"))
        return "\n".join(
            f"--- {f.name}\n{f.read_text(errors='replace')[-LOG_TAIL_CHARACTERS:]}" for f in files
        )

    def get(self, path: str, **query: Any) -> Json:
        """Return the body of a successful GET below `/api/public/`."""
        answer = self.ask("GET", path, query=query)
        assert answer.status == 200, f"GET {path} {query}: {answer.status} {answer.body}"
        return answer.body

    def post(self, path: str, body: Json) -> Answer:
        return self.ask("POST", path, body=body)

    def ask(
        self, method: str, path: str, *, body: Json = None, query: dict[str, Any] | None = None
    ) -> Answer:
        """Return the answer to a request with the project's keys, whatever its status."""
        url = f"{self.host}/api/public/{quote(path)}"
        if query:
            url += f"?{urlencode(query, doseq=True)}"
        token = base64.b64encode(f"{self.public_key}:{self.secret_key}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        request = Request(url, data=content, headers=headers, method=method)
        try:
            with urlopen(request, timeout=30) as response:
                return _answer(response)
        except HTTPError as error:
            with error:
                return _answer(error)

    def trace(self, trace_id: str, *, observations: int = 0, scores: int = 0) -> Json:
        """Return a trace as soon as it has so many observations and scores; fail where it never has."""

        def read() -> Json:
            answer = self.ask("GET", f"traces/{trace_id}")
            assert answer.status == 200, f"trace {trace_id}: {answer.status} {answer.body}"
            body = answer.body
            counts = (len(body["observations"]), len(body["scores"]))
            assert counts[0] >= observations and counts[1] >= scores, f"trace {trace_id} has {counts}"
            return body

        return eventually(read)


def eventually(read: Callable[[], Json], *, seconds: float = VISIBLE_SECONDS) -> Json:
    """Return what `read` returns as soon as it doesn't fail an assertion any more."""
    until = time.monotonic() + seconds
    while True:
        try:
            return read()
        except AssertionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


@contextmanager
def running_server(
    folder: Path, *, database_url: str | None = None, workers: int = 1, **environment: str
) -> Iterator[LiveServer]:
    """Start an installation on a new database of the run's PostgreSQL, or on the one given; stop it after."""
    with nullcontext(database_url) if database_url else _database() as url:
        server = _configured(folder, url)
        server.environment |= environment
        _prepare(server)
        server.children.update({child.name: child for child in _children(server, workers)})
        try:
            for child in server.children.values():
                child.launch()
            _wait_until_up(server)
            yield server
        finally:
            stop_all(list(server.children.values()), patience=15.0)


def free_port() -> int:
    """Return a port of loopback that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One installation for all tests of the process."""
    with running_server(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the server has printed where a test of it fails."""
    report = yield
    running = getattr(item, "funcargs", {}).get("server")
    if report.failed and isinstance(running, LiveServer):
        report.sections.append(("Logs of the server", running.logs()))
    return report


def _configured(folder: Path, database_url: str) -> LiveServer:
    port, project_id = free_port(), f"live-{secrets.token_hex(4)}"
    public_key, secret_key = f"pk-lf-{secrets.token_hex(8)}", f"sk-lf-{secrets.token_hex(8)}"
    return LiveServer(
        host=f"http://127.0.0.1:{port}",
        project_id=project_id,
        public_key=public_key,
        secret_key=secret_key,
        database_url=database_url,
        folder=folder,
        environment={
            **{name: value for name, value in os.environ.items() if name not in {"REDIS_URL"}},
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "langfuse_site.settings",
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder),
            "PORT": str(port),
            "NEXTAUTH_URL": f"http://localhost:{port}",
            "LANGFUSE_INIT_ORG_ID": "live",
            "LANGFUSE_INIT_PROJECT_ID": project_id,
            "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": public_key,
            "LANGFUSE_INIT_PROJECT_SECRET_KEY": secret_key,
        },
    )


def _children(server: LiveServer, workers: int) -> list[Child]:
    port = int(server.environment["PORT"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKERS", str(workers))
        return processes(server.folder, server.environment, host="127.0.0.1", port=port)


@contextmanager
def _database() -> Iterator[str]:
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = f"live_{secrets.token_hex(6)}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _prepare(server: LiveServer) -> None:
    for name in PRIVATE_FOLDERS:
        (server.folder / name).mkdir()
    command = [sys.executable, str(ROOT / "manage.py"), "prepare"]
    done = subprocess.run(command, env=server.environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def _wait_until_up(server: LiveServer) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        ended = [child.name for child in server.children.values() if not child.is_alive()]
        if ended or time.monotonic() > until:
            raise AssertionError(f"{ended or 'the server'} did not start:\n{server.logs()}")
        try:
            if server.ask("GET", "ready").status == 200:
                return
        except OSError:
            time.sleep(0.1)


def _answer(response: Any) -> Answer:
    content = response.read()
    body = json.loads(content) if content else None
    return Answer(response.status, body, dict(response.headers.items()))
