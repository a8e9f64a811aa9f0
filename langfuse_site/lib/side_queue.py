"""A Celery worker and names of queues in; the tasks of each done one by one, in a thread beside the worker's own.

A worker of the pool `solo` does one thing at a time. What may wait for seconds, but must be begun however
many messages stand in the worker's queues, has a queue that only such a thread reads. Tasks in it are without
arguments, wait for the database rather than compute, and may be cut off at any moment.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

from celery import Celery, bootsteps
from django.db import connections
from kombu import Consumer
from kombu.mixins import ConsumerMixin

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How often a broker that has to be asked is asked: a folder is read each time."""
PATIENCE_SECONDS = 10.0
"""For the tasks that are under way when the worker stops, together."""
AGAIN_SECONDS = 1.0


class SideQueues(bootsteps.StartStopStep):
    """A step of the worker; subclasses name the queues and are added to `app.steps["worker"]`."""

    requires = ("celery.worker.components:Pool",)
    queues: tuple[str, ...] = ()

    def start(self, parent: Any) -> None:
        self.takers = [Taker(parent.app, queue) for queue in self.queues]
        for taker in self.takers:
            Thread(target=taker.keep_on, name=taker.queue, daemon=True).start()

    def stop(self, parent: Any) -> None:
        """Take no more, and let all tasks that are under way have the same time to end."""
        self.terminate(parent)
        until = time.monotonic() + PATIENCE_SECONDS
        for taker in self.takers:
            taker.is_idle.wait(max(0.0, until - time.monotonic()))

    def terminate(self, parent: Any) -> None:
        for taker in self.takers:
            taker.should_stop = True


class Taker(ConsumerMixin):
    """Takes messages on a connection of its own, which it makes anew for as long as the broker is away."""

    def __init__(self, app: Celery, queue: str) -> None:
        self.app = app
        self.queue = queue
        self.is_idle = Event()
        self.is_idle.set()
        self.connection = app.connection(
            app.conf.broker_read_url, transport_options={"polling_interval": LOOK_SECONDS}
        )

    def keep_on(self) -> None:
        """Take until told to stop. What goes wrong is logged: nobody starts a thread again that it ends."""
        while not self.should_stop:
            try:
                self.run()
            except Exception:
                logger.exception("side_queue_failed", extra={"queue": self.queue})
                time.sleep(AGAIN_SECONDS)

    def get_consumers(self, make: Callable[..., Consumer], channel: Any) -> list[Consumer]:
        queue = self.app.amqp.queues[self.queue]
        return [make([queue], on_message=self.take, accept=["json"], prefetch_count=1)]

    def take(self, message: Any) -> None:
        """Do the task of a message, unless that came too late; what goes wrong is logged as the worker logs it."""
        self.is_idle.clear()
        try:
            message.ack()
            self._do(message.headers["task"], message.headers.get("expires"))
        finally:
            self.is_idle.set()

    def _do(self, name: str, expires: str | None) -> None:
        if self.should_stop or (expires and datetime.fromisoformat(expires) < datetime.now(UTC)):
            return
        try:
            self.app.tasks[name].apply(throw=False)
        except self.app.tasks.NotRegistered:
            logger.error("task_unknown", extra={"task": name, "queue": self.queue})
        finally:
            connections.close_all()
