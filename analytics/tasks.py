"""Celery messages in, calls of the functions that do the work out; every message is without payload."""

from celery import shared_task
from django.utils import timezone

from analytics.budgets.deliveries import drop_old as drop_old_deliveries
from analytics.budgets.deliveries import send_due
from analytics.budgets.notices import check_budgets as check
from analytics.dashboards.storage import take_sample
from analytics.rollups.dropping import drop_old
from analytics.rollups.turn import run_turn

SEND_SECONDS = 10.0


@shared_task(name="analytics.tasks.refresh_rollups", ignore_result=True)
def refresh_rollups() -> None:
    """Take a turn of refreshes."""
    run_turn()


@shared_task(name="analytics.tasks.drop_old_rollups", ignore_result=True)
def drop_old_rollups() -> None:
    """Drop slices that were merged long ago."""
    drop_old(timezone.now())
    drop_old_deliveries(timezone.now())


@shared_task(name="analytics.tasks.check_budgets", ignore_result=True)
def check_budgets() -> None:
    """Note which budgets have passed a threshold."""
    check(now=timezone.now())


@shared_task(name="analytics.tasks.send_notices", ignore_result=True)
def send_notices() -> None:
    """Send what is due."""
    send_due(limit=SEND_SECONDS)


@shared_task(name="analytics.tasks.sample_storage", ignore_result=True)
def sample_storage() -> None:
    """Note how large the tables are."""
    take_sample(timezone.now())
