"""`python -m benchmarks.ingestion`: an installation of its own under steady load in, a table and JSON out.

Everything runs on this machine: client, web server, worker, beat and database, fsync and autovacuum on.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.client import REEL_EVENTS, Job, Kind
from benchmarks.database import Scratch, Sizes
from benchmarks.exports import make_export_reel
from benchmarks.installation import Installation, free_port
from benchmarks.machine import machine_figures
from benchmarks.parsing import parsing_costs
from benchmarks.phases import (
    Bench,
    BenchmarkError,
    Phase,
    percentiles,
    run_client,
    statements_of_digests,
)
from benchmarks.processes import memory_by_kind
from benchmarks.report import table_of
from benchmarks.rollups import measure_rollups
from benchmarks.running import run_and_tell
from benchmarks.traces import make_reel


class Scenario(msgspec.Struct, frozen=True):
    kind: Kind
    connections: int
    batch: int
    """Events, or spans, of a body."""

    def __str__(self) -> str:
        return f"{self.connections} connections, bodies of {self.batch} {self.kind}"


SCENARIOS = (
    *(Scenario("events", connections, batch) for batch in (100, 15) for connections in (4, 16)),
    *(Scenario("spans", connections, batch) for batch in (50, 200) for connections in (4, 16)),
)
SHARE_OF_SUSTAINED = 0.92
LOWER = 0.9
BACKLOG_SECONDS = 1.0
TRIALS = (1.3, 1.15, 1.0, 0.87, 0.75)
"""Shares of what a saturated installation made visible, from the highest on: the first that holds counts."""
STATEMENT_SIZES = (10, 1000)


class Lengths(msgspec.Struct, frozen=True):
    """Seconds of each stretch, and how often one may be tried."""

    steady: float
    saturation: float = 8.0
    trial: float = 8.0
    commits: float = 5.0
    broker_down: float = 8.0
    rollups: float = 120.0
    idle: float = 10.0
    trials: tuple[float, ...] = TRIALS
    attempts: int = 3
    broker_down_runs: int = 2


QUICK = Lengths(
    steady=5,
    saturation=2,
    trial=2,
    commits=1,
    broker_down=2,
    rollups=5,
    idle=2,
    trials=(),
    attempts=1,
    broker_down_runs=1,
)


def main(arguments: list[str]) -> int:
    """Measure, print, write; fail where something was refused or lost."""
    options = _options(arguments)
    lengths = QUICK if options.quick else Lengths(steady=options.seconds)
    return run_and_tell(lambda installation: measure(installation, lengths), table_of, json_file=options.json)


def measure(installation: Installation, lengths: Lengths) -> dict[str, Any]:
    """Return all figures of a run, in the order they were taken."""
    bench = Bench(installation)
    with _scratch(installation) as scratch:
        figures: dict[str, Any] = {"machine": machine_figures(scratch), "load": _load_figures()}
        bench.warm_up()
        time.sleep(lengths.idle)
        memory = {"idle": _memory(installation)}
        before = scratch.sizes()
        scratch.make_bodies()
        runs = [_scenario(bench, lengths, scenario) for scenario in SCENARIOS]
        figures["scenarios"] = [run.figures for run in runs]
        figures["broker_down"] = [
            _broker_down(bench, run, lengths)
            for run in runs
            if run.job.kind == "events" and run.job.connections == 4
        ]
        figures["rollups"] = _rollups(bench, runs[0].job, lengths)
        figures["lost"] = bench.accepted - bench.count_visible()
        memory["after_load"] = _memory(installation)
        scratch.drop_bodies()
        figures["storage"] = _storage(before, scratch.sizes(), bench.bytes_sent)
        figures["memory_mb"] = memory
        figures["digest_statements"] = statements_of_digests(installation, *STATEMENT_SIZES)
        figures["parsing_us_per_span"] = parsing_costs()
        _say("measuring the floor")
        floor = scratch.floor()
    figures["floor"] = {
        "rows": floor.rows,
        "bytes_per_row": round(floor.bytes_per_row),
        "rows_per_second_over_one": round(floor.over_one),
        "rows_per_second_over_two": round(floor.over_two),
    }
    for scenario in figures["scenarios"]:
        scenario["percent_of_floor"] = round(100 * scenario["visible_rate"] / floor.over_one, 1)
    if figures["lost"]:
        raise BenchmarkError(f"{figures['lost']} of {bench.accepted} accepted events are not visible")
    return figures


class Run(msgspec.Struct, frozen=True):
    """A scenario that was measured: its steady job and its figures."""

    job: Job
    figures: dict[str, Any]


def _scenario(bench: Bench, lengths: Lengths, scenario: Scenario) -> Run:
    """Find the rate that holds, keep it up, and commit the same bodies bare at the same rate."""
    saturated, sustained = _calibrate(bench, lengths, scenario)
    rate = sustained * SHARE_OF_SUSTAINED
    for attempt in range(1, lengths.attempts + 1):
        job = _job(bench, scenario, seconds=lengths.steady, rate=rate)
        _say(f"{scenario}: steady load of {rate:,.0f} {scenario.kind}/s")
        phase = bench.load(job)
        holds = phase.backlog < BACKLOG_SECONDS and not phase.is_hopeless
        if holds or attempt == lengths.attempts:
            break
        rate *= LOWER
    commits = _bare_commits(bench, job, lengths)
    figures = {
        "kind": scenario.kind,
        "connections": scenario.connections,
        "batch": scenario.batch,
        "saturated_rate": round(saturated),
        "sustained_rate": round(sustained),
        "attempts": attempt,
        "holds": holds,
        **_phase_figures(phase),
        "bare_commit_ms": percentiles(commits),
    }
    figures["accept_over_bare_commit"] = {
        name: round(figures["accept_ms"][name] / figures["bare_commit_ms"][name], 1)
        for name in ("p50", "p95")
    }
    return Run(job, figures)


def _job(bench: Bench, scenario: Scenario, *, seconds: float, rate: float = 0) -> Job:
    return bench.job(
        kind=scenario.kind,
        connections=scenario.connections,
        batch=scenario.batch,
        seconds=seconds,
        rate=rate,
    )


def _calibrate(bench: Bench, lengths: Lengths, scenario: Scenario) -> tuple[float, float]:
    """Return the visible rate of a saturated installation, and the highest rate that left no backlog."""
    _say(f"{scenario}: calibrating")
    job = _job(bench, scenario, seconds=lengths.saturation)
    saturated = bench.load(job, probing=False).visible_rate
    for share in lengths.trials:
        job = _job(bench, scenario, seconds=lengths.trial, rate=saturated * share)
        phase = bench.load(job)
        if phase.backlog < BACKLOG_SECONDS and not phase.is_hopeless:
            return saturated, phase.accept_rate
    return saturated, saturated * (lengths.trials[-1] if lengths.trials else 1.0)


def _bare_commits(bench: Bench, job: Job, lengths: Lengths) -> list[float]:
    """Return how long commits of the same bodies take at the same rate, over as many connections."""
    url = bench.installation.database_url
    bare = Job(
        database_url=url,
        kind=job.kind,
        connections=job.connections,
        batch=job.batch,
        rate=job.rate,
        seconds=lengths.commits,
    )
    return run_client(bare).latencies


def _broker_down(bench: Bench, run: Run, lengths: Lengths) -> dict[str, Any]:
    """Send the scenario's load to a web server that rings in vain; beat sees to it that all is digested."""
    job = run.job
    _say(f"{job.connections} connections, batches of {job.batch}: the broker is down")
    with bench.installation.second_web_server({"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}) as port:
        there = msgspec.structs.replace(job, port=port, seconds=lengths.broker_down)
        phase = bench.load(there, probing=False)
    return {
        "connections": job.connections,
        "batch": job.batch,
        "accept_rate": round(phase.accept_rate),
        "accept_ms": percentiles(phase.latencies),
        "accept_ms_with_broker": run.figures["accept_ms"],
    }


def _rollups(bench: Bench, job: Job, lengths: Lengths) -> dict[str, Any]:
    """Keep up the rate that the installation sustained, long enough for rollups to settle."""
    _say(f"rollups beside {job.rate:,.0f} events/s")
    return measure_rollups(bench, rate=job.rate, seconds=lengths.rollups)


def _phase_figures(phase: Phase) -> dict[str, Any]:
    thousands = phase.events / 1000
    return {
        "seconds": round(phase.seconds, 1),
        "sent": phase.events,
        "accept_rate": round(phase.accept_rate),
        "visible_rate": round(phase.visible_rate),
        "backlog_seconds": round(phase.backlog, 2),
        "client_lag_seconds": round(phase.lag, 2),
        "accept_ms": percentiles(phase.latencies),
        "time_to_visible_ms": percentiles(phase.times_to_visible),
        "cpu_seconds_per_1000": {kind: round(seconds / thousands, 4) for kind, seconds in phase.cpu.items()},
    }


def _storage(before: Sizes, after: Sizes, bytes_sent: int) -> dict[str, Any]:
    spool = after.spool - before.spool
    return {
        "bytes_sent": bytes_sent,
        "stored_per_byte_sent": round((after.database - before.database) / bytes_sent, 2),
        "of_that_spool": round(spool / bytes_sent, 3),
        "wal_per_byte_sent": round((after.wal_written - before.wal_written) / bytes_sent, 2),
    }


def _memory(installation: Installation) -> dict[str, float]:
    by_kind = memory_by_kind(installation.pid)
    return {kind: round(used, 1) for kind, used in (by_kind | {"total": sum(by_kind.values())}).items()}


def _load_figures() -> dict[str, float]:
    batches = REEL_EVENTS // 100
    events, spans = make_reel(100, batches=batches), make_export_reel(100, batches=batches)
    observations = sum(body.count(b'"startTime"') for body in events.bodies)
    return {
        "bytes_per_event": round(events.bytes_per_event),
        "bytes_per_span": round(spans.bytes_per_event),
        "observations_per_event": observations / sum(events.counts),
    }


@contextmanager
def _scratch(installation: Installation) -> Iterator[Scratch]:
    scratch = Scratch(installation.database_url)
    try:
        yield scratch
    finally:
        scratch.close()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingestion", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of steady load in each scenario")
    parser.add_argument(
        "--quick", action="store_true", help="stretches of a few seconds: does it work at all?"
    )
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    return parser.parse_args(arguments)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
