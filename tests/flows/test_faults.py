"""What `kill -9` does to accepted work: nothing, whichever process it hits, however often."""

import random
import time
from collections.abc import Iterator

import pytest

from tests.flows.client import Client
from tests.flows.tables import difference, expected
from tests.flows.topology import (
    Installation,
    Victim,
    installation,
    kill_child,
    kill_database,
    kill_session,
    revive_child,
    revive_database,
)
from tests.flows.traffic import Traffic
from tests.live import eventually

pytestmark = pytest.mark.timeout(420)

EVENTS = 20_000
BATCH = 20
KILLS = 20
SERVER_LIVES = (0.2, 2.5)
CHILD_LIVES = (0.5, 6.0)
"""A Python process takes two seconds to start, so that some are killed before they are up."""
LOOK_SECONDS = 0.01
AFTERMATH_SECONDS = 60.0
KILLING_SECONDS = 240.0
SEED = 20_260_301


@pytest.fixture
def one() -> Iterator[Installation]:
    with installation(workers=2, DIGEST_LEASE_SECONDS="2") as running:
        yield running


def victims_of(one: Installation) -> list[Victim]:
    chance = random.Random(SEED)
    return [
        Victim("database", KILLS, SERVER_LIVES, chance, kill_database(one), revive_database(one)),
        Victim("session", KILLS, SERVER_LIVES, chance, kill_session(one, chance.choice)),
        *(
            Victim(name, KILLS, CHILD_LIVES, chance, kill_child(child, chance.choice), revive_child(child))
            for name, child in one.server.children.items()
        ),
    ]


def test_killing_every_process_again_and_again_loses_and_doubles_nothing(one: Installation) -> None:
    batches = Traffic(SEED).batches(EVENTS, size=BATCH)
    victims = victims_of(one)

    def has_come(share: float) -> bool:
        return share <= sum(v.kills for v in victims) / sum(v.wanted for v in victims)

    client = Client(one.server, batches, has_come)
    client.start()
    try:
        kill_until_done(victims, client)
        eventually(lambda: settled(one, client), seconds=AFTERMATH_SECONDS)
    finally:
        client.stop()
    assert (len(client.acknowledged), client.faults) == (len(batches), [])
    assert difference(one.tables(), expected(batches)) == {}


def kill_until_done(victims: list[Victim], client: Client) -> None:
    until = time.monotonic() + KILLING_SECONDS
    while any(victim.kills < victim.wanted for victim in victims) or not client.is_done():
        assert time.monotonic() < until, ({v.name: v.kills for v in victims}, client.answers)
        for victim in victims:
            victim.step()
        time.sleep(LOOK_SECONDS)


def settled(one: Installation, client: Client) -> None:
    assert client.is_done()
    assert one.execute("select attempts, failed_at, error from spool") == []
