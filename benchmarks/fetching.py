"""A job on stdin; requests of a list sent in turn over kept connections by one thread; the answers' times on stdout.

Each connection sends its next request when it has its answer. One thread that waits for all sockets at once, and
looks at no more of an answer than its status and length, takes some 20 µs of a core for each.
"""

import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from itertools import cycle

import msgspec

from benchmarks.client import ANSWER_SECONDS, content_length, cpu_seconds

HEAD_END = b"\r\n\r\n"
PIECE_BYTES = 262_144


class FetchJob(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask for and where; `status`: of every answer that is right."""

    host: str
    port: int
    requests: list[bytes]
    connections: int
    seconds: float
    status: int = 200


class Fetched(msgspec.Struct, kw_only=True):
    """What became of a job."""

    started: float
    ended: float
    cpu_seconds: float
    bytes_received: int
    latencies: list[float]
    failure: str = ""


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    sent_at: float = 0.0
    received: bytes = b""
    wanted: int = 0
    """Bytes of the whole answer; 0 while its head is on the way."""


@dataclass(slots=True)
class Fetching:
    """A job under way."""

    job: FetchJob
    outcome: Fetched = field(init=False)

    def run(self) -> Fetched:
        """Ask until the job's seconds are over or an answer is wrong."""
        job, selector = self.job, selectors.EpollSelector()
        connections = [_Connection(_connect(job)) for _ in range(job.connections)]
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        cpu, requests = cpu_seconds(), cycle(job.requests)
        started = time.monotonic()
        self.outcome = Fetched(started=started, ended=started, cpu_seconds=0, bytes_received=0, latencies=[])
        for connection in connections:
            _send(connection, next(requests))
        waiting = len(connections)
        while waiting and not self.outcome.failure:
            for key, _ in selector.select(ANSWER_SECONDS) or self._late():
                if not self._receive(key.data):
                    continue
                if time.monotonic() - started < job.seconds:
                    _send(key.data, next(requests))
                else:
                    waiting -= 1
        self.outcome.ended = time.monotonic()
        self.outcome.cpu_seconds = cpu_seconds() - cpu
        return self.outcome

    def _late(self) -> list[tuple[selectors.SelectorKey, int]]:
        self.outcome.failure = f"no answer within {ANSWER_SECONDS:g} s"
        return []

    def _receive(self, connection: _Connection) -> bool:
        """Take what has come; say whether the answer is whole."""
        piece = connection.socket.recv(PIECE_BYTES)
        if not piece:
            self.outcome.failure = "the server closed the connection"
            return False
        connection.received += piece
        if not connection.wanted:
            head, end, _ = connection.received.partition(HEAD_END)
            if not end:
                return False
            self._check(head)
            connection.wanted = len(head) + len(end) + self._body_length(head)
        if len(connection.received) < connection.wanted:
            return False
        self.outcome.latencies.append(time.monotonic() - connection.sent_at)
        self.outcome.bytes_received += connection.wanted
        connection.received, connection.wanted = b"", 0
        return True

    def _check(self, head: bytes) -> None:
        if int(head[9:12]) != self.job.status:
            self.outcome.failure = f"not the answer that was expected: {head[:300]!r}"

    def _body_length(self, head: bytes) -> int:
        return 0 if self.job.status == 304 else content_length(head)


def _connect(job: FetchJob) -> socket.socket:
    connection = socket.create_connection((job.host, job.port), timeout=ANSWER_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _send(connection: _Connection, request: bytes) -> None:
    connection.sent_at = time.monotonic()
    connection.socket.sendall(request)


def main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=FetchJob)
    sys.stdout.buffer.write(msgspec.json.encode(Fetching(job).run()))


if __name__ == "__main__":
    main()
