"""Functions in, all of them run at once, each in a thread with a database connection of its own."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

from tests.flows.tables import Tables, stored

PATIENCE_SECONDS = 60


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Return what the calls return; what one raises is raised."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(PATIENCE_SECONDS)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(PATIENCE_SECONDS) for future in [pool.submit(run, call) for call in calls]]


def tables(project_id: str) -> Tables:
    """Return what the tests' own database holds of a project."""
    connection.ensure_connection()
    info = connection.connection.info
    with psycopg.connect(**info.get_parameters(), password=info.password) as own:
        return stored(own, project_id)


@contextmanager
def slow(table: str, *, seconds: float, when: str = "insert") -> Iterator[None]:
    """Make every statement that writes to the table take its time, so that two of them overlap."""
    with connection.cursor() as cursor:
        cursor.execute(
            "create function dawdle() returns trigger language plpgsql as"
            f" $$ begin perform pg_sleep({seconds}); return null; end $$;"
            f"create trigger dawdle before {when} on {table} for each statement execute function dawdle()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"drop trigger dawdle on {table}; drop function dawdle()")
