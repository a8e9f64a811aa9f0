"""The Celery application: messages in from Redis or from a folder, calls of the apps' tasks out."""

import os

from celery import Celery
from celery.signals import worker_ready

from langfuse_site.lib.side_queue import SideQueues

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langfuse_site.settings")

app = Celery("langfuse_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class Beside(SideQueues):
    """What no digest waits for, nor waits for digests (docs/decisions/009).

    Maintenance and rollups are the database's work; notices go to other people's servers, which may be slow.
    """

    queues = ("maintenance", "rollups", "notices")


app.steps["worker"].add(Beside)


@worker_ready.connect
def catch_up(**kwargs: object) -> None:
    """Ring once at the start: the bells of a killed worker may be lost, the work is not."""
    app.send_task("tracing.tasks.drain_spool", expires=60)
