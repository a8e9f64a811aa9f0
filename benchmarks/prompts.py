"""`python -m benchmarks.prompts`: an installation of its own whose prompts are fetched in, a table and JSON out."""

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from benchmarks.database import Scratch
from benchmarks.fetching import Fetched, FetchJob
from benchmarks.installation import HOST, Api, Installation
from benchmarks.machine import machine_figures
from benchmarks.phases import BenchmarkError, percentiles, run_process
from benchmarks.processes import cpu_by_kind
from benchmarks.report import goal, grid, machine_text
from benchmarks.running import run_and_tell

PROMPTS = 200
CHARACTERS = 2_000
ROUNDS = 3
"""Of each scenario, in turn: the median is told, since others may share the machine."""
WRITES_A_SECOND = 20
CONNECTIONS = (4, 16)
P95_MS = {4: 5.0}
PER_SECOND = {16: 1_000}
WORDS = "You are a helpful assistant who answers {{question}} for {{customer}} in the tone of our house. "


class Scenario(msgspec.Struct, frozen=True):
    """How prompts are fetched. `writes`: somebody makes versions meanwhile, so that nothing stays known."""

    name: str
    connections: int
    kind: str = "plain"
    status: int = 200
    writes: bool = False


SCENARIOS = [
    Scenario(name, connections, **options)
    for name, options in (
        ("cached", {}),
        ("cached, composed", {"kind": "composed"}),
        ("cached, not modified", {"status": 304}),
        ("after invalidation", {"writes": True}),
    )
    for connections in CONNECTIONS
]


def main(arguments: list[str]) -> int:
    """Measure, print, write; fail where an answer was wrong."""
    options = _options(arguments)
    seconds = 1.0 if options.quick else options.seconds
    return run_and_tell(
        lambda installation: measure(installation, seconds=seconds), table_of, json_file=options.json
    )


def measure(installation: Installation, *, seconds: float) -> dict[str, Any]:
    """Return all figures of a run."""
    api = installation.api()
    scratch = Scratch(installation.database_url)
    figures: dict[str, Any] = {"machine": machine_figures(scratch)}
    scratch.close()
    _make_prompts(api)
    bench = _Bench(installation, api)
    runs: dict[int, list[dict[str, Any]]] = {index: [] for index in range(len(SCENARIOS))}
    for round_number in range(1, ROUNDS + 1):
        for index, scenario in enumerate(SCENARIOS):
            print(
                f"{scenario.name}, {scenario.connections} connections: {round_number} of {ROUNDS}",
                file=sys.stderr,
            )
            runs[index].append(bench.run(scenario, seconds))
    figures["scenarios"] = [_median(scenario, runs[index]) for index, scenario in enumerate(SCENARIOS)]
    api.close()
    return figures


class _Bench:
    """An installation with prompts; knows the entity tags of them."""

    def __init__(self, installation: Installation, api: Api) -> None:
        self._installation = installation
        self._api = api
        self._tags = {name: api.entity_tag(f"v2/prompts/{name}") for name in _names("plain")}

    def run(self, scenario: Scenario, seconds: float) -> dict[str, Any]:
        """Return the figures of one stretch of fetches."""
        job = FetchJob(
            host=HOST,
            port=self._installation.port,
            requests=[self._request(scenario, name) for name in _names(scenario.kind)],
            connections=scenario.connections,
            seconds=seconds,
            status=scenario.status,
        )
        before = cpu_by_kind(self._installation.pid)
        with ExitStack() as stack:
            written = stack.enter_context(_writer(self._installation)) if scenario.writes else []
            found = run_process("benchmarks.fetching", job, Fetched)
        after = cpu_by_kind(self._installation.pid)
        if found.failure:
            raise BenchmarkError(f"{scenario.name}: {found.failure}")
        count, length = len(found.latencies), found.ended - found.started
        return {
            "per_second": count / length,
            **percentiles(found.latencies),
            "web_cpu_us": 1e6 * (after["web"] - before["web"]) / count,
            "client_cpu_us": 1e6 * found.cpu_seconds / count,
            "writes": len(written),
        }

    def _request(self, scenario: Scenario, name: str) -> bytes:
        known = f"If-None-Match: {self._tags[name]}\r\n" if scenario.status == 304 else ""
        return (
            f"GET /api/public/v2/prompts/{quote(name, safe='')} HTTP/1.1\r\n"
            f"Host: {HOST}:{self._installation.port}\r\nAuthorization: {self._installation.authorization}\r\n"
            f"X-Langfuse-Sdk-Name: python\r\nX-Langfuse-Sdk-Version: 4.0.0\r\n{known}\r\n"
        ).encode()


def _names(kind: str) -> list[str]:
    return [f"{kind}/prompt {number}" for number in range(PROMPTS)]


def _make_prompts(api: Api) -> None:
    """Create prompts of usual length, and as many that are composed of one of them."""
    text = (WORDS * (CHARACTERS // len(WORDS) + 1))[:CHARACTERS]
    for kind in ("plain", "composed"):
        for number, name in enumerate(_names(kind)):
            part = f"@@@langfusePrompt:name={_names('plain')[number]}|label=production@@@"
            body = {"name": name, "prompt": text if kind == "plain" else part, "labels": ["production"]}
            _create(api, body)


def _create(api: Api, body: dict[str, Any]) -> None:
    status, answer = api.post("v2/prompts", {"config": {"model": "gpt-4o"}, **body})
    if status != 201:
        raise BenchmarkError(f"a prompt was answered with {status}: {answer}")


@contextmanager
def _writer(installation: Installation) -> Iterator[list[float]]:
    """Make versions of a prompt that nobody asks for at a steady beat; yield when each was made."""
    stopping, written = threading.Event(), list[float]()

    def write() -> None:
        api = installation.api()
        while not stopping.wait(1 / WRITES_A_SECOND):
            _create(api, {"name": "written", "prompt": "x"})
            written.append(time.monotonic())
        api.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        stopping.set()
        thread.join()


def _median(scenario: Scenario, runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    figures = {name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]}
    return {"name": scenario.name, "connections": scenario.connections, **figures}


_HEAD = (
    "fetches",
    "connections",
    "requests/s",
    "to reach",
    "p50 ms",
    "p95",
    "to reach",
    "p99",
    "web µs",
    "client µs",
)


def table_of(figures: dict[str, Any]) -> str:
    """Return the run as text for a terminal."""
    lines = [_line(run) for run in figures["scenarios"]]
    head = f"{machine_text(figures['machine'])}; medians of {ROUNDS}; {figures['minutes']} minutes"
    return f"{head}\n\n{grid(_HEAD, lines)}"


def _line(run: dict[str, Any]) -> Sequence[str]:
    connections, rate, p95 = run["connections"], run["per_second"], run["p95"]
    least, most = PER_SECOND.get(connections), P95_MS.get(connections)
    return (
        *(run["name"], str(connections), f"{rate:,.0f}"),
        goal(f"{least:,}", rate >= least) if least else "",
        *(f"{run['p50']:.1f}", f"{p95:.1f}"),
        goal(f"{most:g}", p95 < most) if most else "",
        *(f"{run['p99']:.1f}", f"{run['web_cpu_us']:.0f}", f"{run['client_cpu_us']:.0f}"),
    )


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prompts", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each stretch")
    parser.add_argument("--quick", action="store_true", help="stretches of a second: does it work at all?")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
