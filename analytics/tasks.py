"""Celery messages in, calls of the functions that do the work out; every message is without payload."""

import threading

from celery import shared_task
from django.db import connections
from django.utils import timezone

from analytics.budgets.deliveries import drop_old as drop_old_deliveries
from analytics.budgets.deliveries import send_due
from analytics.budgets.notices import check_budgets as check
from analytics.dashboards.storage import take_sample
from analytics.rollups.dropping import drop_old
from analytics.rollups.turn import run_turn

SEND_SECONDS = 10.0

_turn = threading.Lock()
_sending = threading.Lock()


@shared_task(name="analytics.tasks.refresh_rollups", ignore_result=True)
def refresh_rollups() -> None:
    """Start a turn of refreshes beside whatever else this worker does, where none is under way.

    It is the database that works: a digest that comes meanwhile need not wait for it.
    """
    if _turn.acquire(blocking=False):
        threading.Thread(target=_take_turn, name="rollups", daemon=True).start()


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
    """Send what is due, beside whatever else this worker does: other people's servers may be slow."""
    if _sending.acquire(blocking=False):
        threading.Thread(target=_send, name="notices", daemon=True).start()


@shared_task(name="analytics.tasks.sample_storage", ignore_result=True)
def sample_storage() -> None:
    """Note how large the tables are."""
    take_sample(timezone.now())


def _take_turn() -> None:
    try:
        run_turn()
    finally:
        connections.close_all()
        _turn.release()


def _send() -> None:
    try:
        send_due(limit=SEND_SECONDS)
    finally:
        connections.close_all()
        _sending.release()
