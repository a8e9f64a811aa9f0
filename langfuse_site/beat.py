"""Periods in, messages to the workers out; needs no Django, no database and no file of its own.

Run by `celery -A langfuse_site.beat beat --scheduler celery.beat:Scheduler`: Celery's plain scheduler
keeps its times in memory. A message that nobody has taken within its period expires: the next is on its way.
"""

from typing import TypedDict

from celery import Celery

from langfuse_site.settings import ROLLUP_SECONDS

PERIODS = {
    "tracing.tasks.ring_again": 3.0,
    "tracing.tasks.sweep_tombstones": 3600.0,
    "tracing.tasks.apply_retention": 5.0,
    "tracing.tasks.reprice": 3.0,
    "accounts.tasks.purge_deleted_projects": 300.0,
    "prompts.tasks.sweep_fetches": 21_600.0,
    "analytics.tasks.refresh_rollups": float(ROLLUP_SECONDS),
    "analytics.tasks.check_budgets": 4.0 * ROLLUP_SECONDS,
    "analytics.tasks.send_notices": float(ROLLUP_SECONDS),
    "analytics.tasks.drop_old_rollups": 3600.0,
    "analytics.tasks.sample_storage": 300.0,
    "prompts.tasks.sweep_uploads": 3_600.0,
}
"""Seconds between two messages of a task."""


class Entry(TypedDict):
    task: str
    schedule: float
    options: dict[str, float]


def schedule(periods: dict[str, float]) -> dict[str, Entry]:
    """Return Celery's beat schedule of tasks without arguments."""
    return {
        task: Entry(task=task, schedule=seconds, options={"expires": seconds})
        for task, seconds in periods.items()
    }


# Without fixups: beat would load all of Django only to name tasks.
app = Celery("langfuse_site", fixups=[], set_as_current=False)
app.config_from_object("langfuse_site.settings", namespace="CELERY")
app.conf.beat_schedule = schedule(PERIODS)
