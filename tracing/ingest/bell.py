"""A sign that something waits in, a Celery task without payload out, off the request and debounced.

The broker is asked by a thread of its own: if it is dead, nobody waits for it, and beat rings again.
"""

import logging
import threading
import time

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

DEBOUNCE_SECONDS = 0.05
"""However many batches come in, no more than twenty tasks a second and process."""
DRAIN_TASK = "tracing.tasks.drain_spool"


class Bell:
    """Rings for the worker at most once in `DEBOUNCE_SECONDS`; the thread starts with the first ring."""

    def __init__(self) -> None:
        self._rung = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """Ask for a digest soon; never blocks and never fails."""
        self._rung.set()
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="bell", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._rung.wait()
            self._rung.clear()
            try:
                current_app.send_task(DRAIN_TASK, ignore_result=True, retry=False, expires=60)
            except (OperationalError, OSError):
                logger.warning("bell_not_heard", exc_info=True)
            time.sleep(DEBOUNCE_SECONDS)


BELL = Bell()
