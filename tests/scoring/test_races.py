"""Digests that write one new score at the same moment, and a deletion in between."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.audit import SYSTEM
from scoring.digest import apply_scores
from scoring.models import Score
from scoring.store import delete_score
from scoring.wire import ScoreBody
from tests.cast import make_cast
from tracing.companions import Source, SourcedEvent
from tracing.wire.decode import WireEvent

BLOCKED = (
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
)


def scored(value: float, second: int) -> SourcedEvent:
    now = datetime.now(UTC)
    at = now.replace(second=second)
    body = ScoreBody(name="n", value=value, id="s", trace_id=f"t{second}")
    return SourcedEvent(WireEvent(0, "e", "score-create", at, body), Source(None, None, None, now))


def digest(project_id: str, event: SourcedEvent, *, applied: Event, may_commit: Event) -> None:
    try:
        with transaction.atomic():
            apply_scores(project_id, [event])
            applied.set()
            assert may_commit.wait(20)
    finally:
        connection.close()


def delete(project_id: str) -> None:
    try:
        delete_score(project_id, "s", author=SYSTEM)
    finally:
        connection.close()


def wait_until_blocked() -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(BLOCKED)
            if cursor.fetchone() != (0,):
                return
        time.sleep(0.01)
    raise AssertionError("Nothing waits for a lock")


def while_first_is_open(project_id: str, first: SourcedEvent, then: Callable[..., Any], *given: Any) -> None:
    """Run `then` while a digest of `first` has written and not yet committed."""
    applied, may_commit = Event(), Event()
    with ThreadPoolExecutor(2) as pool:
        done = pool.submit(digest, project_id, first, applied=applied, may_commit=may_commit)
        assert applied.wait(20)
        second = pool.submit(then, project_id, *given)
        wait_until_blocked()
        may_commit.set()
        done.result(20)
        second.result(20)


def digest_at_once(project_id: str, event: SourcedEvent) -> None:
    free = Event()
    free.set()
    digest(project_id, event, applied=Event(), may_commit=free)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_two_digests_insert_one_score(order: tuple[int, int]) -> None:
    project_id = make_cast().a.project_id
    first, second = (scored(value, value) for value in order)
    while_first_is_open(project_id, first, digest_at_once, second)
    row = Score.objects.get(project_id=project_id)
    assert (row.value, row.trace_id) == (2, "t1")


@pytest.mark.django_db(transaction=True)
def test_a_deletion_does_not_miss_a_score_that_is_being_written() -> None:
    project_id = make_cast().a.project_id
    while_first_is_open(project_id, scored(1, 1), delete)
    assert not Score.objects.filter(project_id=project_id).exists()
