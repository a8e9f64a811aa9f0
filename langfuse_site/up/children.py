"""Commands in, processes that are started again when they die out."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from langfuse_site.lib.processes import stop

Process = subprocess.Popen[bytes]
FIRST_DELAY = 0.25
LONGEST_DELAY = 5.0
STEADY_SECONDS = 20.0
"""A child that has lived this long is well: its next death is a first one again."""


@dataclass(slots=True)
class Child:
    """One process by name; `start` makes it anew each time, or returns None where it can't yet."""

    name: str
    start: Callable[[], Process | None]
    process: Process | None = None
    _delay: float = FIRST_DELAY
    _started_at: float = 0.0
    _due_at: float = field(default=0.0)

    def launch(self) -> None:
        self._started_at = time.monotonic()
        self.process = self.start()

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def tend(self, say: Callable[[str], None]) -> None:
        """Notice a death, and start the process again when its delay is over."""
        if self.is_alive():
            return
        now = time.monotonic()
        if self.process is not None:
            say(f"{self.name} has ended ({_cause(self.process.returncode)}); starting it again")
            self.process = None
            self._delay = FIRST_DELAY if now - self._started_at > STEADY_SECONDS else self._delay
            self._due_at = now + self._delay
            self._delay = min(self._delay * 2, LONGEST_DELAY)
        if now >= self._due_at:
            self.launch()


def stop_all(children: list[Child], *, patience: float) -> None:
    """Ask every child at once, wait for all of them together, then insist."""
    alive = [child.process for child in children if child.process is not None and child.is_alive()]
    for process in alive:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + patience
    for process in alive:
        stop(process, (signal.SIGTERM, max(0.1, deadline - time.monotonic())))


def _cause(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
