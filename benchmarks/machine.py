"""The machine and the database of a run in, what a reader of its figures must know of them out."""

import os
import platform
from typing import Any

from benchmarks.database import Scratch


def machine_figures(scratch: Scratch) -> dict[str, Any]:
    """Return what a run ran on, and how busy that was with other work before."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(pages * size / 1e9, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "postgresql": scratch.version(),
        "fsync": scratch.setting("fsync"),
        "autovacuum": scratch.setting("autovacuum"),
        "load_before": round(os.getloadavg()[0], 2),
    }
