"""Celery messages in, calls of the services that do the work out."""

from celery import shared_task

from accounts.services.projects import purge_deleted_projects as purge


@shared_task(name="accounts.tasks.purge_deleted_projects", ignore_result=True)
def purge_deleted_projects() -> None:
    """Delete the rows of projects that were deleted."""
    purge()
