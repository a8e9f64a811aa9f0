"""`python -m benchmarks.numbers`: an installation of its own with a million observations in, how long its pages of
numbers and its metrics take out, as a table and JSON.
"""

import argparse
import http.client
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.database import Scratch
from benchmarks.installation import HOST, ROOT, Installation
from benchmarks.machine import machine_figures
from benchmarks.many_rows import DAYS, OBSERVATIONS_OF_A_TRACE, load
from benchmarks.phases import BenchmarkError, percentiles
from benchmarks.report import goal, grid, machine_text
from benchmarks.running import run_and_tell

OBSERVATIONS = 1_000_000
REQUESTS = 15
QUICK_OBSERVATIONS = 20_000
QUICK_REQUESTS = 3
WARM_UP = 2
P95_MS = 200
ORGANIZATION = "benchmark"
"""As `benchmarks.installation` names it."""
RANGE = "?range=30d"
PAGES = {
    "home": "/project/{project}",
    "cost": "/project/{project}/dashboards/cost",
    "latency": "/project/{project}/dashboards/latency",
    "usage": "/project/{project}/dashboards/usage",
    "admin": "/admin/",
}


def main(arguments: list[str]) -> int:
    """Measure, print, write; fail where an answer was wrong."""
    options = _options(arguments)
    observations = QUICK_OBSERVATIONS if options.quick else options.observations
    requests = QUICK_REQUESTS if options.quick else REQUESTS
    return run_and_tell(
        lambda installation: measure(installation, observations, requests=requests),
        table_of,
        json_file=options.json,
    )


def measure(installation: Installation, observations: int, *, requests: int) -> dict[str, Any]:
    """Return all figures of a run."""
    scratch = Scratch(installation.database_url)
    figures: dict[str, Any] = {"machine": machine_figures(scratch)}
    scratch.close()
    traces = observations // OBSERVATIONS_OF_A_TRACE
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    print(f"loading {observations:,} observations of {traces:,} traces", file=sys.stderr)
    started = time.monotonic()
    load(installation.database_url, installation.project_id, traces=traces, end=end)
    loaded = time.monotonic() - started
    job = {
        "organization_id": ORGANIZATION,
        "project_id": installation.project_id,
        "database_url": installation.database_url,
        "since": end - DAYS,
        "until": end + timedelta(minutes=5),
        "requests": requests,
    }
    answered = _ask_inside(installation, job)
    return figures | {
        "rows": {"observations": observations, "traces": traces, "days": DAYS.days},
        "load_seconds": round(loaded, 1),
        "rebuild_seconds": round(answered["rebuild_seconds"], 1),
        "rebuild_seconds_per_million": round(answered["rebuild_seconds"] * 1e6 / observations, 1),
        "pages": _measure_pages(installation, answered["cookie"], requests),
        "queries": [_query_figures(times) for times in answered["queries"]],
    }


def _ask_inside(installation: Installation, job: dict[str, Any]) -> dict[str, Any]:
    """Let `benchmarks.questions` do a job as one of the installation's own processes."""
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.questions"],
        input=msgspec.json.encode(job),
        stdout=subprocess.PIPE,
        env=installation.environment(),
        cwd=ROOT,
        check=False,
    )
    if result.returncode:
        raise BenchmarkError("the rollups or the queries failed, see above")
    answered: dict[str, Any] = msgspec.json.decode(result.stdout)
    return answered


def _measure_pages(installation: Installation, cookie: str, requests: int) -> list[dict[str, Any]]:
    """Ask the web server for each page over one kept connection, one request after the other."""
    connection = http.client.HTTPConnection(HOST, installation.port, timeout=60)
    headers = {"Cookie": cookie, "Accept": "text/html", "Accept-Encoding": "gzip"}
    found = []
    for name, path in PAGES.items():
        print(f"page: {name}", file=sys.stderr)
        times, size = [], 0
        for turn in range(WARM_UP + requests):
            started = time.monotonic()
            connection.request("GET", path.format(project=installation.project_id) + RANGE, headers=headers)
            response = connection.getresponse()
            size = len(response.read())
            if response.status != 200:
                raise BenchmarkError(f"{name} was answered with {response.status}")
            if turn >= WARM_UP:
                times.append(time.monotonic() - started)
        found.append({"name": name, **_without_p99(times), "kilobytes": round(size / 1000)})
    connection.close()
    return found


def _without_p99(times: Sequence[float]) -> dict[str, float]:
    """Return the percentiles that so few requests can tell."""
    found = percentiles(times)
    return {name: found[name] for name in ("p50", "p95")}


def _query_figures(times: dict[str, Any]) -> dict[str, Any]:
    ratio = statistics.median(times["rows"]) / statistics.median(times["rollups"])
    return {
        "name": times["name"],
        "rollups": _without_p99(times["rollups"]),
        "rows": _without_p99(times["rows"]),
        "requests_from_rows": len(times["rows"]),
        "rows_over_rollups": round(ratio, 1),
    }


def table_of(figures: dict[str, Any]) -> str:
    """Return the run as text for a terminal."""
    rows = figures["rows"]
    head = (
        f"{machine_text(figures['machine'])}; {rows['observations']:,} observations of {rows['traces']:,} traces"
        f" over {rows['days']} days, loaded in {figures['load_seconds']} s; rollups rebuilt in"
        f" {figures['rebuild_seconds']} s, {figures['rebuild_seconds_per_million']} s a million;"
        f" {figures['minutes']} minutes"
    )
    pages = [
        (
            *(page["name"], f"{page['p50']:.0f}", f"{page['p95']:.0f}"),
            *(goal(str(P95_MS), page["p95"] < P95_MS), str(page["kilobytes"])),
        )
        for page in figures["pages"]
    ]
    queries = [
        (
            query["name"],
            *(f"{query[source][name]:.0f}" for source in ("rollups", "rows") for name in ("p50", "p95")),
            f"{query['rows_over_rollups']:.1f}",
        )
        for query in figures["queries"]
    ]
    return "\n\n".join(
        [
            head,
            grid(("dashboard, 30 days", "p50 ms", "p95", "to reach", "KB"), pages),
            grid(("metrics, 30 days", "rollups p50 ms", "p95", "rows p50 ms", "p95", "times"), queries),
        ]
    )


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.numbers", description=__doc__)
    parser.add_argument("--observations", type=int, default=OBSERVATIONS)
    parser.add_argument("--quick", action="store_true", help="a few thousand rows: does it work at all?")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
