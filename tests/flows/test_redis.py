"""Redis dead or hung for a minute: acknowledgements neither fail nor slow down, and all of it is visible after."""

import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests.flows.client import Client
from tests.flows.tables import difference, expected, stored
from tests.flows.traffic import Traffic
from tests.live import LiveServer, eventually, free_port, running_server

pytestmark = pytest.mark.services

DOWN_SECONDS = 60.0
QUICK_SECONDS = 1.0
"""A generous bound on an acknowledgement that takes some milliseconds."""
VISIBLE_SECONDS = 45.0
"""The worker asks for a dead Redis less and less often, at most every 32 seconds."""


@dataclass(slots=True)
class Redis:
    port: int
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--save", "", "--bind", "127.0.0.1"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def hang(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    server = Redis(free_port())
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def server(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder: Path = tmp_path_factory.mktemp("redis")
    with running_server(folder, REDIS_URL=f"redis://127.0.0.1:{redis.port}/0", workers=2) as running:
        yield running


@pytest.mark.parametrize("how", ["kill", "hang"])
def test_a_minute_without_redis(server: LiveServer, redis: Redis, how: str) -> None:
    batches = Traffic(5, prefix=how).batches(1_200, size=20)
    began = time.monotonic()
    client = Client(server, batches, lambda share: share <= (time.monotonic() - began) / DOWN_SECONDS)
    (redis.kill if how == "kill" else redis.hang)()
    client.start()
    try:
        eventually(lambda: is_done(client), seconds=DOWN_SECONDS + 20)
    finally:
        client.stop()
        (redis.start if how == "kill" else redis.wake)()
    assert (dict(client.answers), client.faults) == ({207: len(batches)}, [])
    assert client.slowest < QUICK_SECONDS
    eventually(lambda: is_empty(server), seconds=VISIBLE_SECONDS)
    assert all(child.is_alive() for child in server.children.values())
    with psycopg.connect(server.database_url) as connection:
        rows, wanted = stored(connection, server.project_id), expected(batches)
    ours = {name: {id_: rows[name].get(id_, {}) for id_ in wanted[name]} for name in wanted}
    assert difference(ours, wanted) == {}


def is_done(client: Client) -> None:
    assert client.is_done()


def is_empty(server: LiveServer) -> None:
    with psycopg.connect(server.database_url) as connection:
        assert connection.execute("select attempts, failed_at, error from spool").fetchall() == []
