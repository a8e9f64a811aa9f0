"""The Celery application: messages in from Redis or from a folder, calls of the apps' tasks out."""

import os

from celery import Celery
from celery.signals import worker_ready

from langfuse_site.lib.side_queue import SideQueue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langfuse_site.settings")

app = Celery("langfuse_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class Maintenance(SideQueue):
    """Purges, sweeps, retention and re-pricing: no digest waits for them, nor they for digests."""

    queue = "maintenance"


class Rollups(SideQueue):
    """Refreshes and what is read from them: it is the database that works."""

    queue = "rollups"


class Notices(SideQueue):
    """Emails and webhooks: other people's servers may be slow."""

    queue = "notices"


app.steps["worker"].update((Maintenance, Rollups, Notices))


@worker_ready.connect
def catch_up(**kwargs: object) -> None:
    """Ring once at the start: the bells of a killed worker may be lost, the work is not."""
    app.send_task("tracing.tasks.drain_spool", expires=60)
