"""Two web servers on one database: a write to one shows in the other within a second; counts outlive both."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from langfuse_site.up.children import stop_all
from tests.live import LiveServer, eventually, running_server

COUNT = """
select coalesce(sum(f.count), 0)
  from prompt_fetches as f
  join prompt_versions as v on v.id = f.version_id
  join prompts as p on p.id = v.prompt_id
 where p.name = 'counted'
"""

Pair = tuple[LiveServer, LiveServer]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder: Callable[[str], Path] = tmp_path_factory.mktemp
    with (
        running_server(folder("first")) as first,
        running_server(
            folder("second"), database_url=first.database_url, LANGFUSE_INIT_PROJECT_NAME="Second"
        ) as second,
    ):
        yield first, replace(second, public_key=first.public_key, secret_key=first.secret_key)


def version(server: LiveServer) -> int | None:
    answer = server.ask("GET", "v2/prompts/shared")
    return answer.body["version"] if answer.status == 200 else None


def seconds_until(server: LiveServer, wanted: int | None) -> float:
    """Keep asking, as busy clients do, and return how long the old answer was still given."""
    written_at = time.monotonic()
    while version(server) != wanted:
        assert time.monotonic() < written_at + 5, server.logs()
    return time.monotonic() - written_at


def test_writes_show_in_the_other_process_within_a_second(pair: Pair) -> None:
    first, second = pair
    body = {"name": "shared", "prompt": "x", "labels": ["production"]}
    assert version(second) is None
    assert first.post("v2/prompts", body).status == 201
    assert version(second) == 1
    for number in (2, 3):
        assert version(second) == version(first) == number - 1
        assert first.post("v2/prompts", body).status == 201
        assert version(first) == number
        assert seconds_until(second, number) < 1
    moved = first.ask("PATCH", "v2/prompts/shared/versions/1", body={"newLabels": ["production"]})
    assert (moved.status, version(first)) == (200, 1)
    assert seconds_until(second, 1) < 1
    assert second.ask("DELETE", "v2/prompts/shared").status == 204
    assert version(second) is None
    assert seconds_until(first, None) < 1


def test_fetches_are_written_in_the_background_and_at_the_end(pair: Pair) -> None:
    first, second = pair
    assert (
        first.post("v2/prompts", {"name": "counted", "prompt": "x", "labels": ["production"]}).status == 201
    )

    def count() -> int:
        with psycopg.connect(first.database_url) as connection:
            row = connection.execute(COUNT).fetchone()
        return int(row[0]) if row else 0

    def written(wanted: int) -> None:
        assert count() == wanted

    for _ in range(5):
        first.get("v2/prompts/counted")
        second.get("v2/prompts/counted")
    eventually(lambda: written(10))
    second.get("v2/prompts/counted")
    stop_all([second.children["web"]], patience=15.0)
    written(11)
