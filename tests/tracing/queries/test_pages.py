"""Pages and the limit of time on what they read."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from psycopg.errors import QueryCanceled

from tests.tracing.factories import make_session
from tracing.queries.pages import bounded
from tracing.queries.sessions import list_sessions, sessions_of


@pytest.mark.django_db(transaction=True)
def test_a_read_that_takes_too_long_is_cut_off() -> None:
    with pytest.raises(OperationalError) as caught, bounded(seconds=0.05), connection.cursor() as cursor:
        cursor.execute("select pg_sleep(5)")
    assert isinstance(caught.value.__cause__, QueryCanceled)
    with connection.cursor() as cursor:
        cursor.execute("show statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db
def test_a_page_that_is_not_full_needs_no_count(django_assert_num_queries: Any) -> None:
    make_session("p", id="s")
    with django_assert_num_queries(1):
        page = list_sessions(sessions_of("p"), offset=0, limit=2)
    assert (page.total, [row.id for row in page.rows]) == (1, ["s"])
    with django_assert_num_queries(2):
        assert list_sessions(sessions_of("p"), offset=0, limit=1).total == 1
