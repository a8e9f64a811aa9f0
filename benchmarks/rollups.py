"""`python -m benchmarks.rollups`: full load on an installation of its own in; how far rollups fall behind, and what
they cost beside the digests, out. Also a part of `benchmarks.ingestion`.
"""

import argparse
import sys
import threading
import time
from collections import defaultdict
from typing import Any

import msgspec
import psycopg

from benchmarks.installation import running_installation
from benchmarks.phases import Bench, Phase
from benchmarks.processes import cpu_by_kind, cpu_seconds

LOOK_SECONDS = 0.1
LAG_EVERY = 10
LAG_SECONDS = 90
PERCENT_OF_DIGESTION = 15

SESSIONS_SQL = """
    select pid, application_name = 'rollups', query ilike '%from spool%' or query ilike 'copy %'
    from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
"""
LAG_SQL = """
    select coalesce(extract(epoch from clock_timestamp() - min(dirty_since)), 0), count(*) from dirty_slices
"""
RUNS_SQL = """
    select count(*), coalesce(sum(slices), 0),
        coalesce(max(extract(epoch from finished_at - started_at)), 0) from rollup_runs
    where slices > 0 and started_at >= %s
"""


class Watch:
    """Looks at the database's sessions ten times a second: whose time is spent on rollups, and how late they are."""

    def __init__(self, database_url: str) -> None:
        self._connection = psycopg.connect(database_url, autocommit=True)
        self._began = self._connection.execute("select clock_timestamp()").fetchall()[0][0]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on)
        self._last: dict[int, float] = {}
        self._workers: set[int] = set()
        self._spent: dict[bool, dict[int, float]] = {True: defaultdict(float), False: defaultdict(float)}
        self.lags: list[float] = []

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self.runs, self.slices, self.longest = self._connection.execute(RUNS_SQL, (self._began,)).fetchall()[
            0
        ]
        self._connection.close()

    @property
    def rollups_cpu(self) -> float:
        """Return processor seconds of the database's sessions while they refreshed rollups."""
        return sum(self._spent[True].values())

    @property
    def digests_cpu(self) -> float:
        """Return those of the workers' sessions at other times."""
        return sum(spent for pid, spent in self._spent[False].items() if pid in self._workers)

    def _look_on(self) -> None:
        looks = 0
        while not self._ended.wait(LOOK_SECONDS):
            for pid, refreshes, digests in self._connection.execute(SESSIONS_SQL).fetchall():
                self._note(pid, refreshes=refreshes, digests=digests)
            looks += 1
            if looks % LAG_EVERY == 0:
                self.lags.append(float(self._connection.execute(LAG_SQL).fetchall()[0][0]))

    def _note(self, pid: int, *, refreshes: bool, digests: bool) -> None:
        now = cpu_seconds(pid)
        self._spent[refreshes][pid] += max(0.0, now - self._last.get(pid, now))
        self._last[pid] = now
        if digests or refreshes:
            self._workers.add(pid)


def measure_rollups(bench: Bench, *, rate: float, seconds: float) -> dict[str, Any]:
    """Send events of the present at a rate (0: as fast as answers come); return lag and shares of the processor."""
    before = cpu_by_kind(bench.installation.pid)
    with Watch(bench.installation.database_url) as watch:
        phase = bench.load(bench.job(connections=4, batch=100, seconds=seconds, rate=rate))
    after = cpu_by_kind(bench.installation.pid)
    worker = after["worker"] - before["worker"]
    return _figures(phase, watch, worker=worker)


def _figures(phase: Phase, watch: Watch, *, worker: float) -> dict[str, Any]:
    digestion = worker + watch.digests_cpu
    return {
        "seconds": round(phase.seconds, 1),
        "events": phase.events,
        "visible_rate": round(phase.visible_rate),
        "backlog_seconds": round(phase.backlog, 2),
        "lag_seconds": {"max": round(max(watch.lags, default=0), 1), "last": watch.lags[-1:]},
        "cpu_seconds": {
            "worker": round(worker, 2),
            "digests_in_database": round(watch.digests_cpu, 2),
            "rollups_in_database": round(watch.rollups_cpu, 2),
        },
        "percent_of_digestion": round(100 * watch.rollups_cpu / digestion, 1),
        "runs": watch.runs,
        "slices": int(watch.slices),
        "longest_run_seconds": round(float(watch.longest), 2),
    }


def lines_of(figures: dict[str, Any]) -> str:
    """Return the figures as text for a terminal, beside what was to be reached."""
    lag, share = figures["lag_seconds"]["max"], figures["percent_of_digestion"]
    return (
        f"rollups at {figures['visible_rate']:,} events/s: lag {lag} s at most, to reach {LAG_SECONDS} "
        f"{'ok' if lag < LAG_SECONDS else 'MISSED'}; {share} % of the digests' processor time, to reach "
        f"{PERCENT_OF_DIGESTION} {'ok' if share < PERCENT_OF_DIGESTION else 'MISSED'}; "
        f"{figures['slices']} slices in {figures['runs']} runs of up to {figures['longest_run_seconds']} s"
    )


def main(arguments: list[str]) -> int:
    """Measure on an installation of its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rollups", description=__doc__)
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--rate", type=float, default=0.0, help="events a second; 0: as many as are accepted")
    options = parser.parse_args(arguments)
    with running_installation() as installation:
        bench = Bench(installation)
        bench.warm_up()
        started = time.monotonic()
        figures = measure_rollups(bench, rate=options.rate, seconds=options.seconds)
        figures["took"] = round(time.monotonic() - started)
    print(lines_of(figures))
    print(msgspec.json.format(msgspec.json.encode(figures), indent=2).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
