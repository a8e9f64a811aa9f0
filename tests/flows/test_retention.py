"""Retention from beat on a running installation whose worker is killed in the middle: no more and no less goes."""

import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.flows.pages import OWNER, owner_of
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
BOOKMARK = "update traces set bookmarked = true where id like 'bookmarked%'"
PLACES = {
    "dev-8": ("dev", [], 8),
    "dev-6": ("dev", [], 6),
    "dev-gold-200": ("dev", ["gold"], 200),
    "prod-31": ("prod", [], 31),
    "prod-29": ("prod", [], 29),
    "prod-silver-31": ("prod", ["silver"], 31),
    "prod-silver-91": ("prod", ["silver", "blue"], 91),
    "bookmarked-90": ("prod", [], 90),
    "bookmarked-dev-90": ("dev", [], 90),
    "scored-90": ("prod", [], 90),
    "plain-90": ("prod", [], 90),
}
"""Traces by key: environment, tags, age in days."""
RULES = (("dev", "", "7"), ("", "gold", ""), ("", "silver", "90"))
GONE = {"dev-8", "prod-31", "prod-silver-91", "plain-90"}


@pytest.fixture
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    environment: dict[str, Any] = OWNER
    with running_server(tmp_path_factory.mktemp("retention"), **environment) as running:
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


def test_what_rules_and_choice_keep_stays(one: LiveServer) -> None:
    for name, place in PLACES.items():
        send(one, name, *place)
    score = {"traceId": "scored-90", "name": "quality", "value": 1}
    assert one.post("scores", score).status == 200
    for name in PLACES:
        one.trace(name, observations=1, scores=name == "scored-90")
    with psycopg.connect(one.database_url) as database:
        database.execute(BOOKMARK)
    save_rules(one)

    def only_those_are_left() -> None:
        traces = {row["id"] for row in one.get("traces", limit=100)["data"]}
        observations = {row["id"] for row in one.get("observations", limit=100)["data"]}
        assert traces == observations == PLACES.keys() - GONE

    eventually(only_those_are_left, seconds=60)
    assert [row["traceId"] for row in one.get("v2/scores")["data"]] == ["scored-90"]


def send(one: LiveServer, name: str, environment: str, tags: list[str], age: int) -> None:
    at = (datetime.now(UTC) - timedelta(days=age)).isoformat()
    trace = {"id": name, "timestamp": at, "environment": environment, "tags": tags}
    span = {"id": name, "traceId": name, "startTime": at, "environment": environment}
    events = [("trace-create", trace), ("span-create", span)]
    batch = [
        {"id": f"{name}-{type_}", "type": type_, "timestamp": at, "body": body} for type_, body in events
    ]
    assert one.post("ingestion", {"batch": batch}).status == 207


def save_rules(one: LiveServer) -> None:
    """Let the owner look at what would go, and save it."""
    owner, path = owner_of(one.host), f"/project/{one.project_id}/settings/retention"
    typed = {"days": "30", "keep_bookmarked": "on", "keep_scored": "on", "rules-INITIAL_FORMS": "0"}
    typed["rules-TOTAL_FORMS"] = str(len(RULES))
    for number, line in enumerate(RULES):
        names = (f"rules-{number}-{name}" for name in ("environment", "tag", "days"))
        typed |= dict(zip(names, line, strict=True))
    preview = owner.submit(path, {**typed, "action": "preview"})
    assert f"{len(GONE)} traces with {len(GONE)} observations would go" in preview
    shown = re.search(r'name="shown" value="([^"]+)"', preview)
    assert shown is not None
    assert "Saved." in owner.submit(path, {**typed, "action": "save", "shown": shown[1]})
