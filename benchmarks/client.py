"""A job on stdin; load from a process of its own; how long each answer took on stdout.

Each connection is a thread that sends bodies at its own beat, or one after the other where no rate is asked.
Where an answer is late the next body leaves at once, so that a slow server is not offered less than was asked.
"""

import random
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Literal, Protocol

import msgspec
import psycopg

from benchmarks.exports import make_export_reel
from benchmarks.live import make_live_reel
from benchmarks.traces import Reel

REEL_EVENTS = 2400
"""Enough that compression and caches meet new text; the ids are new each time."""
ANSWER_SECONDS = 60.0
MAX_FAILURES = 5
COMMIT_SQL = "insert into benchmark_bodies (body) values (%s)"


Kind = Literal["events", "spans"]
"""Ingestion events as SDK 2 sends them, or spans over OTLP as SDK 5 does."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to send, where to and how fast; without `host` the bodies are only committed to `database_url`."""

    host: str = ""
    port: int = 0
    authorization: str = ""
    database_url: str = ""
    kind: Kind = "events"
    connections: int
    batch: int
    """Events, or spans, of a body."""
    seconds: float
    rate: float = 0
    """Events a second over all connections; 0: as fast as the answers come."""


class Outcome(msgspec.Struct, kw_only=True):
    """What became of a job; moments are those of the machine's monotonic clock."""

    started: float
    ended: float
    """When the last answer came."""
    cpu_seconds: float
    events: int
    rows: int
    bytes_sent: int
    latencies: list[float]
    lag: float
    """How late the latest body left."""
    last_observations: list[str]
    failures: list[str]


class Answer(msgspec.Struct, frozen=True):
    successes: list[msgspec.Raw]
    errors: list[msgspec.Raw]


class Channel(Protocol):
    """One connection; `send` returns what was wrong, or nothing."""

    def send(self, body: bytes, events: int) -> str: ...

    def close(self) -> None: ...


ROUTES = {
    "events": (
        "ingestion",
        "application/json\r\nX-Langfuse-Sdk-Name: python\r\nX-Langfuse-Sdk-Version: 2.60.10",
    ),
    "spans": ("otel/v1/traces", "application/x-protobuf\r\nX-Langfuse-Ingestion-Version: 4"),
}
"""Where each kind goes, its content type and the headers after it."""


class HttpChannel:
    """One kept-alive connection to a route: as little as HTTP allows, for the server's sake."""

    def __init__(self, job: Job) -> None:
        self._kind = job.kind
        route, content_type = ROUTES[job.kind]
        self._socket = socket.create_connection((job.host, job.port), timeout=ANSWER_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = (
            f"POST /api/public/{route} HTTP/1.1\r\nHost: {job.host}:{job.port}\r\n"
            f"Authorization: {job.authorization}\r\nContent-Type: {content_type}\r\nContent-Length: "
        )

    def send(self, body: bytes, events: int) -> str:
        self._socket.sendall(f"{self._head}{len(body)}\r\n\r\n".encode() + body)
        status, content = self._read_answer()
        if status != (207 if self._kind == "events" else 200):
            return f"{status}: {content[:200]!r}"
        if self._kind == "spans":
            return ""
        answer = msgspec.json.decode(content, type=Answer)
        if answer.errors or len(answer.successes) != events:
            return f"{len(answer.successes)} of {events} events taken: {content[-200:]!r}"
        return ""

    def close(self) -> None:
        self._socket.close()

    def _read_answer(self) -> tuple[int, bytes]:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._receive()
        head, _, content = received.partition(b"\r\n\r\n")
        length = content_length(head)
        pieces, size = [content], len(content)
        while size < length:
            pieces.append(self._receive())
            size += len(pieces[-1])
        return int(head.split(b" ", 2)[1]), b"".join(pieces)

    def _receive(self) -> bytes:
        piece = self._socket.recv(65_536)
        if not piece:
            raise ConnectionError("the server closed the connection")
        return piece


class CommitChannel:
    """One session of the database that commits the body and does nothing else: what accepting can't undercut."""

    def __init__(self, job: Job) -> None:
        self._connection = psycopg.connect(job.database_url, autocommit=True)

    def send(self, body: bytes, events: int) -> str:
        self._connection.execute(COMMIT_SQL, (body,), prepare=True)
        return ""

    def close(self) -> None:
        self._connection.close()


class Load:
    """A job under way: its threads, and what they have found."""

    def __init__(self, job: Job, stopping: threading.Event) -> None:
        self._job = job
        make = make_live_reel if job.kind == "events" else make_export_reel
        self._reel = make(job.batch, batches=-(-REEL_EVENTS // job.batch))
        self._stopping = stopping
        self._lock = threading.Lock()
        self._start = 0.0
        self.outcome = Outcome(
            started=0,
            ended=0,
            cpu_seconds=0,
            events=0,
            rows=0,
            bytes_sent=0,
            latencies=[],
            lag=0,
            last_observations=[],
            failures=[],
        )

    def run(self) -> Outcome:
        """Send until the job's seconds are over or `stopping` is set."""
        make: Callable[[Job], Channel] = HttpChannel if self._job.host else CommitChannel
        channels = [make(self._job) for _ in range(self._job.connections)]
        cpu = cpu_seconds()
        self._start = self.outcome.started = time.monotonic()
        threads = [
            threading.Thread(target=self._send_all, args=(channel, number))
            for number, channel in enumerate(channels)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.outcome.cpu_seconds = cpu_seconds() - cpu
        return self.outcome

    def _send_all(self, channel: Channel, number: int) -> None:
        sender = _Sender(channel, self._reel)
        interval = self._job.batch * self._job.connections / self._job.rate if self._job.rate else 0.0
        first = self._start + interval * number / self._job.connections
        end = self._start + self._job.seconds
        for turn in count():
            due = max(first + turn * interval, 0.0)
            if due >= end or self._stopping.wait(max(0.0, due - time.monotonic())):
                break
            if time.monotonic() >= end:
                break
            if interval:
                sender.lag = max(sender.lag, time.monotonic() - due)
            failure = sender.send(turn)
            if failure:
                self._note_failure(failure)
                break
        channel.close()
        self._add(sender)

    def _note_failure(self, failure: str) -> None:
        with self._lock:
            if len(self.outcome.failures) < MAX_FAILURES:
                self.outcome.failures.append(failure)
        self._stopping.set()

    def _add(self, sender: "_Sender") -> None:
        with self._lock:
            outcome = self.outcome
            outcome.latencies += sender.latencies
            outcome.events += sender.events
            outcome.rows += sender.rows
            outcome.bytes_sent += sender.bytes_sent
            outcome.ended = max(outcome.ended, sender.ended)
            outcome.lag = max(outcome.lag, sender.lag)
            if sender.last_observation:
                outcome.last_observations.append(sender.last_observation)


class _Sender:
    """One connection's way through the reel, again and again under new ids."""

    def __init__(self, channel: Channel, reel: Reel) -> None:
        self._channel = channel
        self._reel = reel
        self._random = random.SystemRandom()
        self._token = b""
        self.latencies: list[float] = []
        self.events = 0
        self.rows = 0
        self.bytes_sent = 0
        self.ended = 0.0
        self.lag = 0.0
        self.last_observation: str | None = None

    def send(self, turn: int) -> str:
        """Send the next body; return what was wrong, or nothing."""
        index = turn % len(self._reel.bodies)
        if index == 0:
            self._token = self._reel.new_token(self._random)
        body, events = self._reel.fresh(index, self._token), self._reel.counts[index]
        before = time.monotonic()
        try:
            failure = self._channel.send(body, events)
        except (OSError, psycopg.Error, msgspec.MsgspecError) as error:
            return f"{type(error).__name__}: {error}"
        self.ended = time.monotonic()
        if not failure:
            self.latencies.append(self.ended - before)
            self.events += events
            self.rows += self._reel.rows[index]
            self.bytes_sent += len(body)
            self.last_observation = self._reel.observation(index, self._token) or self.last_observation
        return failure


def content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ConnectionError(f"an answer without a length: {head!r}")


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stopping.set())
    load = Load(msgspec.json.decode(sys.stdin.buffer.read(), type=Job), stopping)
    sys.stdout.buffer.write(msgspec.json.encode(load.run()))


if __name__ == "__main__":
    main()
