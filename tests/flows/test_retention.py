"""Retention from beat on a running installation whose worker is killed in the middle: no more and no less goes."""

import signal
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.live import LiveServer, eventually, running_server

OLD, NEW = 15_000, 200
FILL = """
    insert into traces (project_id, id, timestamp, created_at, updated_at, clocks, environment, public, bookmarked,
        tags, metadata, input_form, output_form, observation_count, debug_count, default_count, warning_count,
        error_count, latency, input_tokens, output_tokens, total_tokens, input_cost, output_cost, total_cost)
    select %(project)s, %(age)s || '-' || n, now() - make_interval(days => %(age)s), now(), now(), '\\x01', 'default',
        false, false, '{}', '{}', 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0
    from generate_series(1, %(count)s) n
"""
OBSERVATIONS = """
    insert into observations (project_id, id, trace_id, created_at, updated_at, clocks, type, start_time, environment,
        level, input_form, output_form, metadata, usage_details, cost_details, usage_estimated, input_tokens,
        output_tokens, total_tokens, is_app_root)
    select project_id, id, id, now(), now(), '\\x01', 'SPAN', timestamp, 'default', 'DEFAULT', 0, 0, '{}', '{}', '{}',
        false, 0, 0, 0, false
    from traces where project_id = %(project)s
"""
KEEP = "update projects set retention_days = 30, updated_at = now() where id = %s"
LEFT = "select (select count(*) from traces), (select count(*) from observations), (select count(*) from tombstones)"
DONE = "select traces, observations, finished_at is not null from retention_runs"


@pytest.fixture
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with running_server(tmp_path_factory.mktemp("retention")) as running:
        yield running


def test_a_killed_worker_goes_on_where_it_was(one: LiveServer) -> None:
    with psycopg.connect(one.database_url, autocommit=True) as database:
        for age, count in ((90, OLD), (1, NEW)):
            database.execute(FILL, {"project": one.project_id, "age": age, "count": count})
        database.execute(OBSERVATIONS, {"project": one.project_id})
        database.execute(KEEP, (one.project_id,))

        def has_begun() -> None:
            assert any(traces for traces, *_ in database.execute(DONE))

        def is_done() -> Any:
            row = database.execute(DONE).fetchone()
            assert row and row[2]
            return row

        eventually(has_begun, seconds=30)
        worker = one.children["worker-1"]
        assert worker.process
        worker.process.send_signal(signal.SIGKILL)
        worker.process.wait()
        assert not any(finished for *_, finished in database.execute(DONE))
        worker.launch()
        assert eventually(is_done, seconds=90) == (OLD, OLD, True)
        assert database.execute(LEFT).fetchone() == (NEW, NEW, 0)
