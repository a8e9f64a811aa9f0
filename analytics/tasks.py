"""Celery messages in, calls of the functions that do the work out; every message is without payload."""

import threading

from celery import shared_task
from django.db import connections
from django.utils import timezone

from analytics.dashboards.storage import take_sample
from analytics.rollups.dropping import drop_old
from analytics.rollups.turn import run_turn

_turn = threading.Lock()


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
