"""Pages of observations by cursor: each row once and in order, whatever shares a moment or comes meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracing.factories import NOON
from tracing.models import Observation
from tracing.queries.observations import observations_of
from tracing.queries.observations_v2 import Place, list_selected

PROJECT = "p"
ROWS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abcd")), min_size=1, max_size=30)
"""The microsecond and the trace of each: few of either, so that many are the same."""


def insert(rows: list[tuple[int, str]], *, first: int = 0) -> set[str]:
    made = [
        Observation(
            project_id=project,
            id=f"o{number:03}",
            trace_id=trace,
            type="SPAN",
            start_time=NOON + timedelta(microseconds=micros),
            created_at=NOON,
            updated_at=NOON,
        )
        for number, (micros, trace) in enumerate(rows, first)
        for project in (PROJECT, "other")
    ]
    Observation.objects.bulk_create(made)
    return {row.id for row in made}


def pages(limit: int, meanwhile: list[list[tuple[int, str]]]) -> list[Any]:
    """Walk to the end, with rows inserted after each page as long as there are some."""
    place: Place | None = None
    walked: list[Any] = []
    while True:
        page = list_selected(observations_of(PROJECT), groups=(), after=place, limit=limit)
        assert len(page.rows) <= limit
        walked += page.rows
        if page.end is None:
            return walked
        place = page.end
        if meanwhile:
            insert(meanwhile.pop(), first=100 * (len(meanwhile) + 1))


def hashes_of(traces: set[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("select t, hashtext(t) from unnest(%s::text[]) t", (sorted(traces),))
        return dict(cursor.fetchall())


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, limit=st.integers(1, 7), meanwhile=st.lists(ROWS, max_size=3))
def test_a_walk_meets_each_row_once_and_in_order(
    rows: list[tuple[int, str]], limit: int, meanwhile: list[list[tuple[int, str]]]
) -> None:
    Observation.objects.all().delete()
    present = insert(rows)
    walked = pages(limit, meanwhile)
    ids = [row.id for row in walked]
    assert len(ids) == len(set(ids))
    assert present <= set(ids)
    hashes = hashes_of({row.trace_id for row in walked})
    order = [(row.start_time, hashes[row.trace_id], row.id) for row in walked]
    assert order == sorted(order, reverse=True)


@pytest.mark.django_db
def test_a_limit_of_none_reads_nothing(django_assert_num_queries: Any) -> None:
    insert([(0, "a")])
    with django_assert_num_queries(0):
        assert list_selected(observations_of(PROJECT), groups=(), after=None, limit=0).rows == []
