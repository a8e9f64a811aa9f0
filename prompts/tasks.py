"""Celery messages in, calls of what does the work out."""

from celery import shared_task

from prompts.fetches import delete_old_fetches
from prompts.uploads import delete_old_uploads

KEPT_DAYS = 90
"""Three months show whether anybody still gets a version; the pages look back a week."""


@shared_task(name="prompts.tasks.sweep_fetches", ignore_result=True)
def sweep_fetches() -> None:
    """Delete the counts of fetches that nobody looks at any more."""
    delete_old_fetches(days=KEPT_DAYS)


@shared_task(name="prompts.tasks.sweep_uploads", ignore_result=True)
def sweep_uploads() -> None:
    """Delete uploads that nobody has imported."""
    delete_old_uploads()
