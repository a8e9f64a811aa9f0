"""The team's server from processes, as docker-compose.yml names them: PostgreSQL 15, Redis, web, two workers, beat."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
import yaml

from langfuse_site.lib.embedded_postgres import EmbeddedPostgres
from langfuse_site.lib.processes import spawn, stop
from tests.ops.installation import ROOT, free_port, wait_until

pytestmark = pytest.mark.services

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")
ROLES = {"web": "web", "worker-a": "worker", "worker-b": "worker", "beat": "beat"}
KEYS = ("pk-lf-topology", "sk-lf-topology")


@dataclass(slots=True)
class Team:
    """The processes of a team's server, and its API as the owner of a key."""

    folder: Path
    port: int
    redis_port: int
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_redis(self) -> None:
        command = ["redis-server", "--port", str(self.redis_port), "--save", "", "--bind", "127.0.0.1"]
        self._start("redis", command)

    def start(self, name: str) -> None:
        self._start(name, [sys.executable, "-m", "langfuse_site.up", ROLES[name]])

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        stop(self.processes.pop(name), (number, 30.0))

    def call(self, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        token = base64.b64encode(":".join(KEYS).encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{self.port}/api/public/{path}", data, headers)
        try:
            with urlopen(request, timeout=15) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)

    def send_trace(self) -> str:
        trace_id = str(uuid4())
        moment = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        body = {"id": trace_id, "name": "topology", "timestamp": moment}
        event = {"id": str(uuid4()), "type": "trace-create", "timestamp": moment, "body": body}
        status, answer = self.call("ingestion", {"batch": [event]})
        assert (status, answer["errors"]) == (207, [])
        return trace_id

    def shows(self, trace_id: str) -> bool:
        status, answer = self.call(f"traces/{trace_id}")
        return status == 200 and answer["name"] == "topology"

    def is_healthy(self) -> bool:
        command = [sys.executable, "-m", "langfuse_site.up", "healthy"]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, check=False)
        return done.returncode == 0

    def _start(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as output:
            self.processes[name] = spawn(command, env=self.environment, output=output, cwd=ROOT)


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
    folder = Path(tempfile.mkdtemp(prefix="lf-team-"))
    folder.chmod(0o755)
    database = EmbeddedPostgres(folder, say=print, binaries=POSTGRES_15)
    database.start()
    team = _team(folder, database.url)
    try:
        team.start_redis()
        for name in ROLES:
            team.start(name)
        wait_until(team.is_healthy, seconds=90)
        yield team
    finally:
        for name in list(team.processes):
            team.stop(name)
        database.stop()
        shutil.rmtree(folder)


def _team(folder: Path, database_url: str) -> Team:
    port, redis_port = free_port(), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(folder / "data"),
        "PORT": str(port),
        "DATABASE_URL": database_url,
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "NEXTAUTH_URL": f"http://localhost:{port}",
        "NEXTAUTH_SECRET": "a secret of the team, long enough",
        "SALT": "a salt of the team",
        "DJANGO_SETTINGS_MODULE": "langfuse_site.settings",
        "HASHED_STATIC_FILES": "false",
        "LANGFUSE_INIT_ORG_ID": "team",
        "LANGFUSE_INIT_PROJECT_ID": "team-project",
        "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": KEYS[0],
        "LANGFUSE_INIT_PROJECT_SECRET_KEY": KEYS[1],
    }
    return Team(folder, port, redis_port, environment)


def test_batch_goes_through(team: Team) -> None:
    trace_id = team.send_trace()
    started = time.monotonic()
    wait_until(lambda: team.shows(trace_id), seconds=20)
    assert time.monotonic() - started < 10


def test_one_worker_is_enough(team: Team) -> None:
    team.stop("worker-a", signal.SIGKILL)
    trace_id = team.send_trace()
    wait_until(lambda: team.shows(trace_id), seconds=30)
    team.start("worker-a")


def test_dead_redis_delays_no_answer_and_loses_nothing(team: Team) -> None:
    team.stop("redis", signal.SIGKILL)
    started = time.monotonic()
    sent = [team.send_trace() for _ in range(10)]
    assert time.monotonic() - started < 3
    time.sleep(5)
    sent.append(team.send_trace())
    team.start_redis()
    wait_until(lambda: all(team.shows(trace_id) for trace_id in sent), seconds=60)


def test_compose_file_names_the_same_processes() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"web", "worker", "beat", "otlp-grpc", "postgres", "redis"}
    assert services["otlp-grpc"]["profiles"] == ["grpc"]
    for role in ("worker", "beat"):
        assert services[role]["command"] == ["python", "-m", "langfuse_site.up", role]
    given = services["web"]["environment"]
    assert {"DATABASE_URL", "REDIS_URL", "NEXTAUTH_URL", "NEXTAUTH_SECRET", "SALT"} <= set(given)
