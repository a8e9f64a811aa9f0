"""A supervisor's process number in; processor time and memory of the processes below it, by kind, out."""

import os
from collections import defaultdict
from pathlib import Path

KINDS = ("supervisor", "web", "worker", "beat", "postgres")
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_by_kind(root: int) -> dict[str, float]:
    """Return processor seconds by kind, those of children that have ended included."""
    spent: dict[str, float] = defaultdict(float)
    for pid, kind in kinds_below(root).items():
        spent[kind] += cpu_seconds(pid, with_children=kind != "supervisor")
    return dict(spent)


def memory_by_kind(root: int) -> dict[str, float]:
    """Return megabytes by kind: PSS, which shares what processes share."""
    used: dict[str, float] = defaultdict(float)
    for pid, kind in kinds_below(root).items():
        used[kind] += _pss_megabytes(pid)
    return dict(used)


def kinds_below(root: int) -> dict[int, str]:
    """Return the kind of the process and of each of its descendants; a child is what its parent is."""
    children = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (parent := _parent(int(entry.name))):
            children[parent].append(int(entry.name))
    kinds = {root: "supervisor"}
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        for child in children[pid]:
            kinds[child] = _kind(child) if pid == root else kinds[pid]
            waiting.append(child)
    return kinds


def command_line(pid: int) -> list[str]:
    """Return the arguments that a process was started with."""
    return [part.decode() for part in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if part]


def environment(pid: int) -> dict[str, str]:
    """Return the environment that a process was started with."""
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def _kind(pid: int) -> str:
    arguments = [Path(part).name for part in command_line(pid)]
    marks = {"granian": "web", "worker": "worker", "beat": "beat", "postgres": "postgres"}
    return next((kind for mark, kind in marks.items() if mark in arguments), "supervisor")


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from its state on; none where it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return []
    return text[text.rindex(")") + 2 :].split()


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def cpu_seconds(pid: int, *, with_children: bool = False) -> float:
    """Return the processor seconds of a process; 0 where it has ended."""
    fields = _stat(pid)
    times = fields[11:15] if with_children else fields[11:13]
    return sum(map(int, times)) / _TICKS


def _pss_megabytes(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in text.splitlines() if line.startswith("Pss:")), 0.0)
