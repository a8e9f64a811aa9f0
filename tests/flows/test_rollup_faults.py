"""What `kill -9` of workers and beat does to rollups: nothing that a rebuild in peace would not have made."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import pytest

from langfuse_site.up.children import stop_all
from tests.flows.client import Client
from tests.flows.topology import Installation, Victim, installation, kill_child, revive_child
from tests.flows.traffic import Traffic
from tests.live import ROOT, eventually
from tests.tracing.ingest.oracle import Event

pytestmark = pytest.mark.timeout(300)

EVENTS = 6_000
BATCH = 20
KILLS = 8
LIVES = (2.5, 7.0)
"""A worker is up after two seconds and refreshes every second."""
KILLING_SECONDS = 120.0
AFTERMATH_SECONDS = 90.0
SEED = 20_260_507
TABLES = (
    *("rollup_observations", "rollup_usage", "rollup_traces", "rollup_scores"),
    *("rollup_observation_facets", "rollup_trace_facets"),
)

DUMP_SQL: LiteralString = """
    select r::text from {} r order by 1
"""
COUNTS_SQL: LiteralString = """
    select level, sum(count)::int, sum(total_tokens)::bigint from rollup_observations group by level order by level
"""
ROWS_SQL: LiteralString = "select count(*)::int, sum(total_tokens)::bigint from observations"


@pytest.fixture
def one() -> Iterator[Installation]:
    with installation(workers=2, DIGEST_LEASE_SECONDS="2", ROLLUP_SECONDS="1") as running:
        yield running


def recent_batches() -> list[list[Event]]:
    """Return traffic of an hour that is over and whose slices are kept."""
    hour = datetime.now(UTC) - timedelta(hours=2)
    text = json.dumps(Traffic(SEED).batches(EVENTS, size=BATCH))
    moved: list[list[Event]] = json.loads(text.replace("2026-03-01T00:", f"{hour:%Y-%m-%dT%H}:"))
    return moved


def victims_of(one: Installation) -> list[Victim]:
    chance = random.Random(SEED)
    hunted = {name: child for name, child in one.server.children.items() if name != "web"}
    return [
        Victim(name, KILLS, LIVES, chance, kill_child(child, chance.choice), revive_child(child))
        for name, child in hunted.items()
    ]


def test_rollups_of_killed_workers_are_those_of_a_rebuild_in_peace(one: Installation) -> None:
    victims = victims_of(one)

    def has_come(share: float) -> bool:
        return share <= sum(v.kills for v in victims) / sum(v.wanted for v in victims)

    client = Client(one.server, recent_batches(), has_come)
    client.start()
    try:
        kill_until_done(victims, client)
        eventually(lambda: settled(one), seconds=AFTERMATH_SECONDS)
    finally:
        client.stop()
    after_kills = dump(one)
    rows, by_level = one.execute(ROWS_SQL)[0], one.execute(COUNTS_SQL)
    assert [level for level, *_ in by_level][:2] == [0, 1]
    assert [tuple(counts) for _, *counts in by_level] == [rows] * len(by_level)
    rebuild(one)
    assert dump(one) == after_kills


def kill_until_done(victims: list[Victim], client: Client) -> None:
    until = time.monotonic() + KILLING_SECONDS
    while any(victim.kills < victim.wanted for victim in victims) or not client.is_done():
        assert time.monotonic() < until, ({v.name: v.kills for v in victims}, client.answers)
        for victim in victims:
            victim.step()
        time.sleep(0.02)


def settled(one: Installation) -> None:
    assert one.execute("select id from spool") == []
    assert one.execute("select project_id from dirty_slices") == []
    assert one.execute("select start from rollup_pending where level = 1") == []


def rebuild(one: Installation) -> None:
    """Let nobody else refresh, and make everything anew."""
    stop_all([child for name, child in one.server.children.items() if name != "web"], patience=15)
    command = [sys.executable, str(ROOT / "manage.py"), "recompute_rollups"]
    done: Any = subprocess.run(command, env=one.server.environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "slices" in done.stdout


def dump(one: Installation) -> list[str]:
    return [line for table in TABLES for (line,) in one.execute(DUMP_SQL.replace("{}", table))]
