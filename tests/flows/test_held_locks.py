"""A stranger holds the lock that a digest needs: maintenance goes on, and a killed worker's batch changes hands."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.flows.test_redis import Redis
from tests.flows.topology import kill_process
from tests.live import ROOT, LiveServer, eventually, free_port, running_server

BELLS = 300
PATIENT_SECONDS = 30.0
WAITING = """
    select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
"""
SEND = f"""
for _ in range({BELLS}):
    app.send_task("tracing.tasks.drain_spool", expires=60)
for name in ("accounts.tasks.purge_deleted_projects", "analytics.tasks.refresh_rollups"):
    app.send_task(name, expires=60)
"""
COUNT = """
with app.connection_for_write() as connection:
    print(connection.default_channel._size("work"))
"""
DELETED_PROJECT = """
    insert into projects (id, organization_id, name, metadata, created_at, updated_at, deleted_at,
        ingestion_suspended, keep_raw_bodies)
    select %s, organization_id, %s, '{}', now(), now(), now() - interval '1 hour', false, false
    from projects limit 1
"""


@pytest.fixture(scope="module", params=["folder", pytest.param("redis", marks=pytest.mark.services)])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One worker, whose claims end soon, with either broker."""
    folder = tmp_path_factory.mktemp("locks")
    if request.param == "folder":
        with running_server(folder, DIGEST_LEASE_SECONDS="1") as running:
            yield running
        return
    redis = Redis(free_port())
    redis.start()
    try:
        with running_server(
            folder, REDIS_URL=f"redis://127.0.0.1:{redis.port}/0", DIGEST_LEASE_SECONDS="1"
        ) as running:
            yield running
    finally:
        redis.kill()


@pytest.fixture
def stranger(server: LiveServer) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.database_url) as connection:
        yield connection


@pytest.fixture
def onlooker(server: LiveServer) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        yield connection


def as_beat(server: LiveServer, code: str) -> str:
    """Return what a piece of Python prints that has beat's `app`."""
    command = [sys.executable, "-c", f"from langfuse_site.beat import app\n{code}"]
    done = subprocess.run(command, env=server.environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def send_trace(server: LiveServer, id_: str, name: str, *, minute: int) -> None:
    event = {"id": str(uuid4()), "type": "trace-create", "timestamp": f"2026-04-01T00:{minute:02}:00Z"}
    answer = server.post("ingestion", {"batch": [{**event, "body": {"id": id_, "name": name}}]})
    assert (answer.status, answer.body["errors"]) == (207, [])


@contextmanager
def digest_stuck(server: LiveServer, stranger: Any, onlooker: Any) -> Iterator[str]:
    """Send a change to a trace whose row the stranger has locked; wait for the digest that waits for it."""
    id_ = str(uuid4())
    send_trace(server, id_, "before", minute=1)
    server.trace(id_)
    stranger.execute("select from traces where project_id = %s for update", [server.project_id])
    send_trace(server, id_, "after", minute=2)
    eventually(lambda: counts(onlooker, 1, WAITING), seconds=PATIENT_SECONDS)
    try:
        yield id_
    finally:
        stranger.rollback()
    eventually(lambda: is_named(server, id_, "after"), seconds=PATIENT_SECONDS)


def counts(connection: Any, wanted: int, statement: str, *values: object) -> None:
    assert connection.execute(statement, values).fetchone() == (wanted,)


def is_named(server: LiveServer, id_: str, name: str) -> None:
    assert server.get(f"traces/{id_}")["name"] == name


def test_maintenance_and_rollups_are_begun_while_hundreds_of_digests_wait(
    server: LiveServer, stranger: psycopg.Connection, onlooker: psycopg.Connection
) -> None:
    doomed = str(uuid4())
    onlooker.execute(DELETED_PROJECT, [doomed, doomed])
    with digest_stuck(server, stranger, onlooker):
        onlooker.execute("delete from rollup_runs")
        as_beat(server, SEND)
        gone = "select count(*) from projects where id = %s"
        eventually(lambda: counts(onlooker, 0, gone, doomed), seconds=PATIENT_SECONDS)
        turn = "select least(count(*), 1) from rollup_runs where finished_at is not null"
        eventually(lambda: counts(onlooker, 1, turn), seconds=PATIENT_SECONDS)
        assert int(as_beat(server, COUNT)) >= BELLS
        counts(onlooker, 1, WAITING)


def test_a_batch_whose_worker_is_killed_at_a_lock_is_claimed_by_another_while_the_lock_stands(
    server: LiveServer, stranger: psycopg.Connection, onlooker: psycopg.Connection
) -> None:
    worker = server.children["worker-1"]
    with digest_stuck(server, stranger, onlooker):
        counts(onlooker, 1, "select attempts from spool")
        assert worker.process is not None
        kill_process(worker.process.pid)
        worker.process.wait()
        worker.launch()
        eventually(lambda: counts(onlooker, 2, "select attempts from spool"), seconds=PATIENT_SECONDS)
        eventually(lambda: counts(onlooker, 1, WAITING), seconds=PATIENT_SECONDS)
