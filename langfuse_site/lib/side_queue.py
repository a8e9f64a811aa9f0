"""A Celery worker and the name of a queue in; its tasks done one after the other in a thread beside the worker's own.

A worker of the pool `solo` does one thing at a time. What may wait for seconds, but must be begun however
many messages stand in the worker's queues, has a queue that only this thread reads. Tasks in it are without
arguments, wait for the database rather than compute, and may be cut off at any moment.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from celery import Celery, bootsteps
from django.db import connections
from kombu import Consumer
from kombu.mixins import ConsumerMixin

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How often a broker that has to be asked is asked: a folder is read each time."""
PATIENCE_SECONDS = 10.0
"""For the task that is under way when the worker stops."""
AGAIN_SECONDS = 1.0


class SideQueue(bootsteps.StartStopStep):
    """A step of the worker; subclasses name the queue and are added to `app.steps["worker"]`."""

    requires = ("celery.worker.components:Pool",)
    queue = ""

    def start(self, parent: Any) -> None:
        self.taker = Taker(parent.app, self.queue)
        self.thread = Thread(target=self.taker.keep_on, name=self.queue, daemon=True)
        self.thread.start()

    def stop(self, parent: Any) -> None:
        self.taker.should_stop = True
        self.thread.join(PATIENCE_SECONDS)

    def terminate(self, parent: Any) -> None:
        self.taker.should_stop = True


class Taker(ConsumerMixin):
    """Takes messages on a connection of its own, which it makes anew for as long as the broker is away."""

    def __init__(self, app: Celery, queue: str) -> None:
        self.app = app
        self.queue = queue
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
        message.ack()
        name, expires = message.headers["task"], message.headers.get("expires")
        if expires and datetime.fromisoformat(expires) < datetime.now(UTC):
            return
        try:
            self.app.tasks[name].apply(throw=False)
        except self.app.tasks.NotRegistered:
            logger.error("task_unknown", extra={"task": name, "queue": self.queue})
        finally:
            connections.close_all()
