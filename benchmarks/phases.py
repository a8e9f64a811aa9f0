"""A running installation and a job in; what the client, the read API and the processes showed meanwhile out."""

import json
import random
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from benchmarks.client import Job, Kind, Outcome
from benchmarks.installation import HOST, ROOT, Api, Installation
from benchmarks.processes import cpu_by_kind

LOOK_SECONDS = 0.05
PROBE_EVERY_SECONDS = 0.5
HOPELESS_SECONDS = 3.0
"""Who waits so long for what was accepted watches a backlog grow: the rate is too high."""
VISIBLE_SECONDS = 120.0
PROBE_EVENTS = 2

Found = TypeVar("Found", bound=msgspec.Struct)


class BenchmarkError(Exception):
    """Why the figures would mean nothing: something was refused, or accepted and never seen."""


@dataclass(frozen=True, slots=True)
class Phase:
    """What one stretch of load has shown."""

    events: int
    bytes_sent: int
    seconds: float
    """From the first body to the last answer."""
    visible_seconds: float
    """From the first body until all of it was seen by the read API."""
    backlog: float
    """Seconds from the last answer until all of it was seen."""
    latencies: Sequence[float]
    times_to_visible: Sequence[float]
    lag: float
    cpu: dict[str, float] = field(default_factory=dict)
    is_hopeless: bool = False

    @property
    def accept_rate(self) -> float:
        return self.events / self.seconds

    @property
    def visible_rate(self) -> float:
        return self.events / self.visible_seconds


class Bench:
    """An installation under measurement; counts all that it has accepted, as the rows that come of it."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.accepted = 0
        self.bytes_sent = 0
        self._api = installation.api()

    def job(
        self, *, connections: int, batch: int, seconds: float, rate: float = 0, kind: Kind = "events"
    ) -> Job:
        """Return a job for the installation's own web server."""
        return Job(
            host=HOST,
            port=self.installation.port,
            authorization=self.installation.authorization,
            kind=kind,
            connections=connections,
            batch=batch,
            seconds=seconds,
            rate=rate,
        )

    def load(self, job: Job, *, probing: bool = True) -> Phase:
        """Run the job, wait until all of it is visible."""
        before = cpu_by_kind(self.installation.pid)
        probe = _Probe(self._api)
        outcome = run_client(job, meanwhile=probe.look if probing else None)
        self.accepted += outcome.rows + probe.events
        self.bytes_sent += outcome.bytes_sent
        visible_at = self.wait_until_visible(outcome.last_observations)
        after = cpu_by_kind(self.installation.pid)
        cpu = {kind: after[kind] - before.get(kind, 0.0) for kind in after}
        return Phase(
            events=outcome.events,
            bytes_sent=outcome.bytes_sent,
            seconds=outcome.ended - outcome.started,
            visible_seconds=visible_at - outcome.started,
            backlog=visible_at - outcome.ended,
            latencies=outcome.latencies,
            times_to_visible=probe.times,
            lag=outcome.lag,
            cpu={"client": outcome.cpu_seconds, **cpu},
            is_hopeless=probe.is_hopeless,
        )

    def wait_until_visible(self, observations: Sequence[str]) -> float:
        """Return when the read API had shown all of these observations and their traces."""
        until = time.monotonic() + VISIBLE_SECONDS
        for observation in observations:
            while not self._is_visible(observation):
                if time.monotonic() > until:
                    raise BenchmarkError(
                        f"accepted {VISIBLE_SECONDS:g} s ago, but not visible: {observation}"
                    )
                time.sleep(LOOK_SECONDS / 2)
        return time.monotonic()

    def count_visible(self) -> int:
        """Return how many traces, observations and scores the read API counts."""
        totals = [
            self._api.get(path, limit=1)[1]["meta"]["totalItems"]
            for path in ("traces", "observations", "scores")
        ]
        return sum(map(int, totals))

    def warm_up(self) -> None:
        """Send one trace and read it back, as a newcomer does first."""
        probe = _Probe(self._api)
        probe.wait(probe.send())
        self.accepted += probe.events

    def _is_visible(self, observation: str) -> bool:
        status, body = self._api.get(f"observations/{observation}")
        return status == 200 and self._api.get(f"traces/{body['traceId']}")[0] == 200


class _Probe:
    """A small trace every now and then, and how long it took from its answer until it was read."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._next_at = 0.0
        self.times: list[float] = []
        self.events = 0
        self.is_hopeless = False

    def look(self) -> bool:
        """Send one and wait for it, where it is time; return whether to go on."""
        if time.monotonic() >= self._next_at:
            self._next_at = time.monotonic() + PROBE_EVERY_SECONDS * random.uniform(0.8, 1.2)
            self.wait(self.send())
        return not self.is_hopeless

    def send(self) -> str:
        """Send a trace with a generation; return the generation's id."""
        trace, generation = secrets.token_hex(16), secrets.token_hex(8)
        now = datetime.now(UTC).isoformat()
        body = {
            "id": generation,
            "traceId": trace,
            "startTime": now,
            "model": "gpt-4o",
            "input": "?",
            "output": "!",
        }
        batch = [
            _event("trace-create", {"id": trace, "name": "probe"}, now),
            _event("generation-create", body, now),
        ]
        status, answer = self._api.post("ingestion", {"batch": batch})
        if status != 207 or answer["errors"]:
            raise BenchmarkError(f"a probe was answered with {status}: {answer}")
        self.events += PROBE_EVENTS
        return generation

    def wait(self, generation: str) -> None:
        sent = time.monotonic()
        while self._api.get(f"observations/{generation}")[0] != 200:
            if time.monotonic() - sent > HOPELESS_SECONDS:
                self.is_hopeless = True
                break
            time.sleep(LOOK_SECONDS)
        self.times.append(time.monotonic() - sent)


def run_client(job: Job, *, meanwhile: Callable[[], bool] | None = None) -> Outcome:
    """Run a job in a process of its own; stop it early where `meanwhile` returns false."""
    outcome = run_process("benchmarks.client", job, Outcome, meanwhile=meanwhile)
    if outcome.failures:
        raise BenchmarkError(f"not everything was accepted: {outcome.failures}")
    if not outcome.events:
        raise BenchmarkError("the client has sent nothing")
    return outcome


def run_process(
    module: str, job: msgspec.Struct, found: type[Found], *, meanwhile: Callable[[], bool] | None = None
) -> Found:
    """Give a job to a module that runs in a process of its own, and return what that has found."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output:
        given.write(msgspec.json.encode(job))
        given.seek(0)
        process = subprocess.Popen([sys.executable, "-m", module], stdin=given, stdout=output, cwd=ROOT)
        try:
            while process.poll() is None:
                if meanwhile is not None and not meanwhile():
                    process.send_signal(signal.SIGTERM)
                    process.wait(120)
                time.sleep(LOOK_SECONDS)
        finally:
            process.kill()
        output.seek(0)
        content = output.read()
    if process.returncode:
        raise BenchmarkError(f"the client ended with {process.returncode}")
    return msgspec.json.decode(content, type=found)


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in milliseconds."""
    if len(seconds) < 2:
        return dict.fromkeys(("p50", "p95", "p99"), round(seconds[0] * 1000, 2) if seconds else 0.0)
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {
        name: round(cuts[number - 1] * 1000, 2) for name, number in (("p50", 50), ("p95", 95), ("p99", 99))
    }


def statements_of_digests(installation: Installation, *sizes: int) -> dict[str, int]:
    """Return how many statements a digest of so many events runs, by their number."""
    argv = [sys.executable, "-m", "benchmarks.statements", *map(str, sizes)]
    result = subprocess.run(argv, env=installation.environment(), cwd=ROOT, capture_output=True, check=False)
    if result.returncode:
        raise BenchmarkError(f"statements could not be counted:\n{result.stderr.decode(errors='replace')}")
    counts: dict[str, int] = json.loads(result.stdout)
    return counts


def _event(type_: str, body: dict[str, Any], now: str) -> dict[str, Any]:
    return {"id": secrets.token_hex(16), "type": type_, "timestamp": now, "body": body}
