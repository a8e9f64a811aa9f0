"""What happens to those who send while something stands still: workers, the broker, the database, one batch."""

import base64
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest

from langfuse_site.up.children import stop_all
from langfuse_site.up.commands import otlp_grpc
from tests.flows.client import Client
from tests.flows.pages import signed_in
from tests.flows.sockets import batch, send
from tests.flows.tables import difference, expected
from tests.flows.topology import Installation, installation, kill_process
from tests.flows.traffic import Traffic
from tests.live import ROOT, eventually, free_port
from tests.tracing.wire.otel.exports import export_of

MAX_BATCHES = 60
LEASE = "1"
BROKER_DOWN_SECONDS = 8.0
DATABASE_DOWN_SECONDS = 3.0
QUICK_SECONDS = 1.0
"""A generous bound on an acknowledgement that takes some milliseconds."""
ADMIN = {"DJANGO_SUPERUSER_EMAIL": "admin@example.com", "DJANGO_SUPERUSER_PASSWORD": "correct horse 42"}


@pytest.fixture(scope="module")
def one() -> Iterator[Installation]:
    settings = {"DIGEST_LEASE_SECONDS": LEASE, "SPOOL_MAX_BATCHES": str(MAX_BATCHES)}
    with installation(workers=2, **settings) as running:
        yield running


@pytest.fixture
def logged(one: Installation) -> Iterator[Installation]:
    """The installation, with all its processes alive when the test begins; its logs are shown if it fails."""
    tend(one)
    yield one
    print(one.server.logs())


def tend(one: Installation, *names: str) -> None:
    """Start again what is dead."""
    for name, child in one.server.children.items():
        if not child.is_alive() and (not names or name in names):
            child.launch()


def workers(one: Installation) -> list[str]:
    return [name for name in one.server.children if name.startswith("worker")]


def kill_workers(one: Installation) -> None:
    for name in workers(one):
        process = one.server.children[name].process
        assert process is not None
        kill_process(process.pid)
        process.wait()


def trace(id_: str, **body: Any) -> bytes:
    said = {"id": id_, **body}
    return batch({"id": id_, "type": "trace-create", "timestamp": "2026-04-01T00:00:00Z", "body": said})


def visible(one: Installation, *ids: str) -> Callable[[], None]:
    def check() -> None:
        for id_ in ids:
            assert one.server.ask("GET", f"traces/{id_}").status == 200

    return check


def is_empty(one: Installation) -> None:
    assert one.execute("select id, attempts, failed_at, error from spool") == []


def test_a_full_backlog_is_answered_with_429_until_workers_are_back(logged: Installation) -> None:
    one = logged
    kill_workers(one)
    answers = [send(one.server, trace(f"full-{number}")) for number in range(MAX_BATCHES + 1)]
    assert {answer.status for answer in answers} <= {207, 429}

    def is_refused() -> None:
        answer = send(one.server, trace("refused"))
        assert (answer.status, answer.headers.get("Retry-After")) == (429, "5")

    eventually(is_refused, seconds=5)
    assert one.server.ask("GET", "ready").status == 200
    one.execute("update spool set received_at = received_at - interval '2 minutes'")
    answer = one.server.ask("GET", "ready")
    assert (answer.status, "stands still" in answer.body["status"]) == (503, True)
    assert one.server.ask("GET", "health").status == 200
    tend(one)
    eventually(lambda: is_empty(one), seconds=30)
    eventually(lambda: assert_status(one, "ready", 200))
    accepted = [f"full-{number}" for number, answer in enumerate(answers) if answer.status == 207]
    visible(one, *accepted)()
    eventually(lambda: assert_sent(one, trace("after the backlog")), seconds=5)


def assert_status(one: Installation, path: str, status: int) -> None:
    assert one.server.ask("GET", path).status == status


def assert_sent(one: Installation, body: bytes) -> None:
    assert send(one.server, body).status == 207


def test_a_dead_broker_neither_fails_nor_delays_an_acknowledgement(logged: Installation) -> None:
    one = logged
    broker = one.server.folder / "broker"
    broker.rename(one.server.folder / "broker.away")
    broker.write_text("in the way")
    batches = Traffic(4, prefix="broker-").batches(800, size=20)
    began = time.monotonic()
    client = Client(
        one.server, batches, lambda share: share <= (time.monotonic() - began) / BROKER_DOWN_SECONDS
    )
    client.start()
    try:
        eventually(lambda: is_done(one, client), seconds=BROKER_DOWN_SECONDS + 20)
    finally:
        client.stop()
        broker.unlink()
        (one.server.folder / "broker.away").rename(broker)
    assert (dict(client.answers), client.faults) == ({207: len(batches)}, [])
    assert client.slowest < QUICK_SECONDS
    eventually(lambda: is_drained(one), seconds=30)
    rows, wanted = one.tables(), expected(batches)
    ours = {name: {id_: rows[name].get(id_, {}) for id_ in wanted[name]} for name in wanted}
    assert difference(ours, wanted) == {}


def is_drained(one: Installation) -> None:
    """Fail while something waits; a worker that was just dying of its broker is started again."""
    tend(one)
    is_empty(one)


def is_settled(one: Installation) -> None:
    """Fail while a worker is still dying of its broker, which may take as long as its tasks: it digests nothing."""
    tend(one)
    visible(one, "settled")()


def is_done(one: Installation, client: Client) -> None:
    tend(one)
    assert client.is_done()


def test_the_database_is_away_and_comes_back(logged: Installation) -> None:
    """Nothing but the database is started again: the others recover by themselves."""
    one = logged
    assert_sent(one, trace("settled"))
    eventually(lambda: is_settled(one), seconds=30)
    alive = {name: child.process for name, child in one.server.children.items()}
    kill_process(one.database)
    assert one.postgres.process is not None
    one.postgres.process.wait()
    began = time.monotonic()
    answer = send(one.server, trace("away"))
    assert (answer.status, answer.body["message"]) == (503, "Service Unavailable")
    assert (one.server.ask("GET", "health").status, one.server.ask("GET", "ready").status) == (200, 503)
    time.sleep(max(0.0, DATABASE_DOWN_SECONDS - (time.monotonic() - began)))
    one.postgres.launch()
    one.postgres.wait_until_ready()
    eventually(lambda: assert_sent(one, trace("back")), seconds=5)
    eventually(visible(one, "back"), seconds=15)
    assert {name: child.process for name, child in one.server.children.items()} == alive
    assert all(child.is_alive() for child in one.server.children.values())
    assert one.server.ask("GET", "traces/away").status == 404


@contextmanager
def grpc_of(one: Installation) -> Iterator[Callable[[], bytes]]:
    """Give what sends one export over gRPC, to a process of its own."""
    address = f"127.0.0.1:{free_port()}"
    child = otlp_grpc(one.server.folder, one.server.environment, address=address)
    token = base64.b64encode(f"{one.server.public_key}:{one.server.secret_key}".encode()).decode()
    child.launch()
    try:
        with grpc.insecure_channel(address) as channel:
            grpc.channel_ready_future(channel).result(30)
            call = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
            body = export_of({}, name="over gRPC", trace_id=b"g" * 16).SerializeToString()
            yield lambda: bytes(call(body, metadata=[("authorization", f"Basic {token}")], timeout=30))
    finally:
        stop_all([child], patience=15.0)


def test_over_grpc_a_client_shall_try_again_while_the_database_is_away(logged: Installation) -> None:
    one = logged
    with grpc_of(one) as export:
        assert export() == b""
        kill_process(one.database)
        assert one.postgres.process is not None
        one.postgres.process.wait()
        for _ in range(3):
            with pytest.raises(grpc.RpcError) as caught:
                export()
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        one.postgres.launch()
        one.postgres.wait_until_ready()
        eventually(lambda: assert_exported(export), seconds=10)
    eventually(visible(one, (b"g" * 16).hex()), seconds=15)


def assert_exported(export: Callable[[], bytes]) -> None:
    try:
        assert export() == b""
    except grpc.RpcError as error:
        raise AssertionError("it was refused") from error


def test_workers_that_start_before_the_database_wait_for_it(logged: Installation) -> None:
    one = logged
    kill_workers(one)
    assert send(one.server, trace("early")).status == 207
    kill_process(one.database)
    assert one.postgres.process is not None
    one.postgres.process.wait()
    tend(one)
    time.sleep(DATABASE_DOWN_SECONDS)
    one.postgres.launch()
    one.postgres.wait_until_ready()
    eventually(visible(one, "early"), seconds=30)
    assert all(child.is_alive() for child in one.server.children.values())


DEADLY = """
    create function wait_for_death() returns trigger language plpgsql as
    $$ begin if new.name = 'deadly' then perform pg_sleep(0.7); end if; return new; end $$;
    create trigger deadly before update on traces for each row execute function wait_for_death();
"""
HARMLESS = "drop trigger deadly on traces; drop function wait_for_death()"
ATTEMPTS = "select attempts, failed_at is not null, error from spool where id = %s"


def test_a_batch_that_kills_its_worker_ends_as_a_dead_letter_and_can_be_replayed(
    logged: Installation,
) -> None:
    """Its digest dawdles in the database, and there the test kills the workers, each time."""
    one = logged
    kill_workers(one)
    one.execute(DEADLY)
    sent = [send(one.server, trace(name, name=name)) for name in ("one-before", "deadly", "one-after")]
    assert [answer.status for answer in sent] == [207] * 3
    [_, (killer,), _] = one.execute("select id from spool order by id")
    try:
        error = until_dead(one, killer)
        assert "died" in error
        eventually(visible(one, "one-before", "one-after"))
        assert one.server.ask("GET", "traces/deadly").status == 404
        assert [row[0] for row in one.execute("select id from spool")] == [killer]
    finally:
        one.execute(HARMLESS)
    replay(one, killer)
    eventually(visible(one, "deadly"))
    eventually(lambda: is_empty(one))


def until_dead(one: Installation, batch_id: int) -> str:
    """Kill the workers whenever the batch is being digested, until it is a dead letter; return its error."""
    sleeping = "select 1 from pg_stat_activity where wait_event = 'PgSleep'"
    until = time.monotonic() + 90
    while time.monotonic() < until:
        tend(one)
        if one.execute(sleeping):
            kill_workers(one)
        [(_, is_dead, error)] = one.execute(ATTEMPTS, batch_id)
        if is_dead:
            return str(error)
        time.sleep(0.03)
    raise AssertionError(one.execute(ATTEMPTS, batch_id))


def replay(one: Installation, batch_id: int) -> None:
    """Select the batch in the admin's list and run the action, as a browser does."""
    command = [sys.executable, str(ROOT / "manage.py"), "createsuperuser", "--noinput"]
    subprocess.run(command, env=os.environ | one.server.environment | ADMIN, cwd=ROOT, check=True)
    admin = signed_in(one.server.host, ADMIN["DJANGO_SUPERUSER_EMAIL"], ADMIN["DJANGO_SUPERUSER_PASSWORD"])
    action = {"action": "replay", "_selected_action": str(batch_id)}
    page = admin.submit("/admin/tracing/spooledbatch/", action)
    assert "1 dead letters wait for a digest again" in page
