"""The figures of a run in, a table beside what was to be reached out."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.rollups import lines_of

VISIBLE_PER_SECOND = {100: 5000, 15: 3000}
"""Events, by their number in a body."""
SPANS_OF_OBSERVATIONS = 0.8
"""Visible spans for each observation that becomes visible from events in batches of 100."""
PERCENT_OF_FLOOR = 40
ACCEPT_P95_MS = 50
MEMORY_MB = 450
STORED_PER_BYTE = 1.5

Line = Sequence[str]


def table_of(figures: Mapping[str, Any]) -> str:
    """Return the run as text for a terminal."""
    return "\n\n".join(
        [
            _head(figures),
            grid(
                _SCENARIO_HEAD,
                [_scenario_line(run, _visible_goal(run, figures)) for run in figures["scenarios"]],
            ),
            grid(_ACCEPT_HEAD, [_accept_line(run) for run in figures["scenarios"]]),
            grid(_BROKER_HEAD, [_broker_line(run) for run in figures["broker_down"]]),
            _cpu(figures["scenarios"]),
            _memory(figures["memory_mb"]),
            _rest(figures),
        ]
    )


_SCENARIO_HEAD = (
    *("connections", "body", "accepted/s", "visible/s", "to reach", "% of floor", "to reach"),
    *("backlog s", "visible after p50 ms", "p95"),
)
_ACCEPT_HEAD = (
    *("connections", "body", "accept p50 ms", "p95", "p99", "p95 to reach"),
    *("bare commit p50", "p95", "times p50", "times p95"),
)
_BROKER_HEAD = (
    "broker down: connections",
    "batch",
    "accept p50 ms",
    "p95",
    "p99",
    "with broker p50",
    "p95",
    "p99",
)


def machine_text(machine: Mapping[str, Any]) -> str:
    """Return what a run ran on."""
    return (
        f"{machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}, "
        f"PostgreSQL {machine['postgresql']} (fsync {machine['fsync']}, autovacuum {machine['autovacuum']}), "
        f"load {machine['load_before']} before"
    )


def _head(figures: Mapping[str, Any]) -> str:
    return (
        f"{machine_text(figures['machine'])}; {figures['load']['bytes_per_event']} bytes an event, "
        f"{figures['load']['bytes_per_span']} a span; "
        f"{figures['minutes']} minutes"
    )


def _visible_goal(run: Mapping[str, Any], figures: Mapping[str, Any]) -> int:
    """Return how many events or spans are to be visible in a second."""
    if run["kind"] == "events":
        return VISIBLE_PER_SECOND[run["batch"]]
    alike = next(
        each
        for each in figures["scenarios"]
        if (each["kind"], each["connections"], each["batch"]) == ("events", run["connections"], 100)
    )
    observations = alike["visible_rate"] * figures["load"]["observations_per_event"]
    return int(SPANS_OF_OBSERVATIONS * observations)


def _body(run: Mapping[str, Any]) -> str:
    return f"{run['batch']} {run['kind']}"


def _scenario_line(run: Mapping[str, Any], target: int) -> Line:
    visible = run["time_to_visible_ms"]
    return (
        *(str(run["connections"]), _body(run), f"{run['accept_rate']:,}", f"{run['visible_rate']:,}"),
        goal(f"{target:,}", run["visible_rate"] >= target),
        str(run["percent_of_floor"]),
        goal(f"{PERCENT_OF_FLOOR}", run["percent_of_floor"] >= PERCENT_OF_FLOOR),
        f"{run['backlog_seconds']:.2f}{'' if run['holds'] else ' (grows)'}",
        *(f"{visible['p50']:.0f}", f"{visible['p95']:.0f}"),
    )


def _accept_line(run: Mapping[str, Any]) -> Line:
    times, bare, over = run["accept_ms"], run["bare_commit_ms"], run["accept_over_bare_commit"]
    reach = goal(f"{ACCEPT_P95_MS}", times["p95"] < ACCEPT_P95_MS) if run["connections"] == 4 else ""
    return (
        *(str(run["connections"]), _body(run)),
        *(f"{times[name]:.1f}" for name in ("p50", "p95", "p99")),
        reach,
        *(f"{bare[name]:.1f}" for name in ("p50", "p95")),
        *(f"{over[name]:.1f}" for name in ("p50", "p95")),
    )


def _broker_line(run: Mapping[str, Any]) -> Line:
    names = ("p50", "p95", "p99")
    return (
        *(str(run["connections"]), str(run["batch"])),
        *(f"{run['accept_ms'][name]:.1f}" for name in names),
        *(f"{run['accept_ms_with_broker'][name]:.1f}" for name in names),
    )


def _cpu(runs: Sequence[Mapping[str, Any]]) -> str:
    kinds = list(runs[0]["cpu_seconds_per_1000"])
    head = ("CPU s per 1,000: connections", "body", *kinds, "all")
    lines = []
    for run in runs:
        spent = run["cpu_seconds_per_1000"]
        figures = [f"{spent[kind]:.3f}" for kind in kinds]
        lines.append((str(run["connections"]), _body(run), *figures, f"{sum(spent.values()):.3f}"))
    return grid(head, lines)


def _memory(memory: Mapping[str, Mapping[str, float]]) -> str:
    kinds = list(memory["idle"])
    total = memory["idle"]["total"]
    lines = [
        (name.replace("_", " "), *(f"{used.get(kind, 0):.0f}" for kind in kinds))
        for name, used in memory.items()
    ]
    reach = f"idle to reach: {goal(f'{MEMORY_MB} MB', total < MEMORY_MB)}"
    return f"{grid(('PSS in MB', *kinds), lines)}\n{reach}"


def _rest(figures: Mapping[str, Any]) -> str:
    storage, floor, statements = figures["storage"], figures["floor"], figures["digest_statements"]
    stored = storage["stored_per_byte_sent"]
    is_constant = len(set(statements.values())) == 1
    counts = ", ".join(f"{count} for {events} events" for events, count in statements.items())
    return "\n".join(
        [
            f"stored per byte sent: {stored} ({storage['of_that_spool']} of it spool), "
            f"to reach {goal(f'{STORED_PER_BYTE}', stored <= STORED_PER_BYTE)}; "
            f"write-ahead log per byte sent: {storage['wal_per_byte_sent']}",
            f"statements of a digest: {counts}; to reach {goal('constant', is_constant)}",
            f"floor: {floor['rows_per_second_over_one']:,} rows/s over one connection, "
            f"{floor['rows_per_second_over_two']:,} over two ({floor['bytes_per_row']:,} bytes a row)",
            _parsing(figures["parsing_us_per_span"]),
            lines_of(figures["rollups"]),
            f"lost: {figures['lost']}",
        ]
    )


def _parsing(costs: Mapping[str, Mapping[str, float]]) -> str:
    parts = [
        f"{cost['decode']} to decode and {cost['map']} to map in bodies of {size}"
        for size, cost in costs.items()
    ]
    return f"µs of a span: {'; '.join(parts)} (decoded twice: accepted, digested)"


def goal(text: str, reached: bool) -> str:
    """Return a figure to reach, and whether it is."""
    return f"{text} {'ok' if reached else 'MISSED'}"


def grid(head: Line, lines: Sequence[Line]) -> str:
    """Return a table with its columns aligned."""
    widths = [max(len(line[column]) for line in (head, *lines)) for column in range(len(head))]
    rows = [head, ["-" * width for width in widths], *lines]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    )
