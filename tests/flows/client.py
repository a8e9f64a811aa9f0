"""Batches in, acknowledgements out: a client as patient as an SDK that never gives up."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.flows.sockets import INGESTION, basic, connect
from tests.live import LiveServer
from tests.tracing.ingest.oracle import Event

PATIENCE = 0.05


@dataclass(slots=True)
class Client:
    """Sends batches over a few connections at once; each is repeated, byte for byte, until it is acknowledged."""

    server: LiveServer
    batches: list[list[Event]]
    may_send: Callable[[float], bool] = lambda share: True
    """Says whether the batch at this share of all may go out already."""
    threads: list[threading.Thread] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    """How often each status was answered; 0: no answer."""
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)
    _waiting: list[int] = field(default_factory=list)
    _stopped: bool = False

    def start(self, connections: int = 2) -> None:
        self._waiting = list(range(len(self.batches)))[::-1]
        for _ in range(connections):
            thread = threading.Thread(target=self._run, daemon=True)
            self.threads.append(thread)
            thread.start()

    def stop(self) -> None:
        self._stopped = True
        for thread in self.threads:
            thread.join()

    def is_done(self) -> bool:
        return not any(thread.is_alive() for thread in self.threads)

    def _run(self) -> None:
        while self._waiting and not self._stopped:
            try:
                number = self._waiting.pop()
            except IndexError:
                return
            while not self.may_send(number / len(self.batches)) and not self._stopped:
                time.sleep(PATIENCE)
            body = json.dumps({"batch": self.batches[number]}).encode()
            while not self._stopped and not self._send(body):
                time.sleep(PATIENCE)
            if not self._stopped:
                self.acknowledged.append(number)

    def _send(self, body: bytes) -> bool:
        connection, began = connect(self.server, timeout=30), time.monotonic()
        try:
            connection.request(
                "POST", INGESTION, body, {"Content-Type": "application/json", **basic(self.server)}
            )
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self.answers[0] += 1
            return False
        finally:
            connection.close()
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.answers[response.status] += 1
        self._check(response.status, content)
        return response.status == 207

    def _check(self, status: int, content: bytes) -> None:
        """Note an answer that a client could not make sense of."""
        try:
            body = json.loads(content)
        except ValueError:
            self.faults.append(f"{status}: {content[:200]!r}")
            return
        if status not in {207, 503} or body.get("errors"):
            self.faults.append(f"{status}: {body}")
