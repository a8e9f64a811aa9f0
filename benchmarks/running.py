"""What a benchmark measures in, its table on the terminal and its figures in a file out."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.installation import Installation, running_installation
from benchmarks.phases import BenchmarkError


def run_and_tell(
    measure: Callable[[Installation], dict[str, Any]],
    table_of: Callable[[dict[str, Any]], str],
    *,
    json_file: Path | None,
) -> int:
    """Measure an installation of its own; return 1 where the figures would mean nothing."""
    started = time.monotonic()
    try:
        with running_installation() as installation:
            figures = measure(installation)
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    figures["minutes"] = round((time.monotonic() - started) / 60, 1)
    print(table_of(figures))
    if json_file:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n")
    return 0
