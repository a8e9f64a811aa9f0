"""Two web servers on one database: a write to one shows in the other within a second; counts outlive both."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from langfuse_site.up.children import stop_all
from tests.live import ROOT, LiveServer, eventually, running_server

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


def test_versions_made_by_both_at_once_number_without_gaps(pair: Pair) -> None:
    count = 40

    def create(turn: int) -> int:
        body = {"name": "raced", "prompt": str(turn), "labels": ["production", f"l{turn % 3}"]}
        answer = pair[turn % 2].post("v2/prompts", body)
        assert answer.status == 201, answer.body
        return int(answer.body["version"])

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(create, range(count)))
    assert sorted(numbers) == list(range(1, count + 1))
    versions = [pair[0].get("v2/prompts/raced", version=number) for number in numbers]
    held = [label for one in versions for label in one["labels"]]
    assert sorted(held) == ["l0", "l1", "l2", "latest", "production"]
    newest = next(one for one in versions if one["version"] == count)
    assert {"latest", "production"} <= set(newest["labels"])


def test_deletions_and_creations_at_once_leave_latest_with_the_highest(pair: Pair) -> None:
    for _ in range(3):
        assert pair[0].post("v2/prompts", {"name": "emptied", "prompt": "x"}).status == 201

    def change(turn: int) -> int:
        server = pair[turn % 2]
        if turn % 3:
            return server.post("v2/prompts", {"name": "emptied", "prompt": "x", "labels": ["a"]}).status
        return server.ask("DELETE", "v2/prompts/emptied", query={"label": "latest"}).status

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(change, range(30))) <= {201, 204}
    [listed] = pair[0].get("v2/prompts", name="emptied")["data"]
    latest = pair[1].get("v2/prompts/emptied", label="latest")
    assert latest["version"] == max(listed["versions"])


def test_a_part_that_changes_shows_in_what_is_composed_of_it(pair: Pair) -> None:
    first, second = pair
    tag = "@@@langfusePrompt:name=part|label=production@@@"
    for name, prompt in (("part", "one"), ("whole", f"[{tag}]")):
        assert (
            first.post("v2/prompts", {"name": name, "prompt": prompt, "labels": ["production"]}).status == 201
        )
    assert second.get("v2/prompts/whole")["prompt"] == "[one]"
    assert first.post("v2/prompts", {"name": "part", "prompt": "two", "labels": ["production"]}).status == 201
    written_at = time.monotonic()
    while second.get("v2/prompts/whole")["prompt"] != "[two]":
        assert time.monotonic() < written_at + 1


def test_an_import_shows_in_both(pair: Pair, tmp_path: Path) -> None:
    first, second = pair
    assert (
        first.post("v2/prompts", {"name": "filed", "prompt": "one", "labels": ["production"]}).status == 201
    )
    assert {server.get("v2/prompts/filed")["prompt"] for server in pair} == {"one"}
    (tmp_path / "prompt.yaml").write_text("name: filed\nlabels: {production: 2}")
    (tmp_path / "v2.yaml").write_text("prompt: two")
    manage(first, "import_prompts", first.project_id, str(tmp_path), "--move", "production")
    imported_at = time.monotonic()
    for server in pair:
        while server.get("v2/prompts/filed")["prompt"] != "two":
            assert time.monotonic() < imported_at + 1
    manage(first, "export_prompts", first.project_id, str(tmp_path / "out"), "--prompt", "filed")
    assert sorted(path.name for path in (tmp_path / "out/filed").iterdir()) == [
        "prompt.yaml",
        "v1.yaml",
        "v2.yaml",
    ]


@pytest.mark.parametrize(
    "name", ["folder/a b", "größe/日本", "50%/x", "a%2Fb", "a/versions/3", "q?#;&=+", "..", "a/../b"]
)
def test_names_as_clients_write_them(pair: Pair, name: str) -> None:
    server = pair[0]
    assert server.post("v2/prompts", {"name": name, "prompt": "x", "labels": ["production"]}).status == 201
    for _ in range(2):
        for path in (quote(name), quote(name, safe="")):
            assert raw(server, "GET", f"v2/prompts/{path}")["name"] == name
    labels = {"newLabels": ["raw"]}
    assert raw(server, "PATCH", f"v2/prompts/{quote(name)}/versions/1", labels)["labels"][-1] == "raw"
    assert raw(server, "GET", f"v2/prompts/{quote(name, safe='')}?label=raw")["version"] == 1


def raw(server: LiveServer, method: str, path: str, body: object = None) -> Any:
    """Return the answer to a request whose path nobody has made tidy."""
    parts = urlsplit(server.host)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    token = base64.b64encode(f"{server.public_key}:{server.secret_key}".encode()).decode()
    headers = {"Authorization": f"Basic {token}"}
    connection.request(method, f"/api/public/{path}", json.dumps(body) if body else None, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status == 200, content
    return json.loads(content)


def manage(server: LiveServer, *arguments: str) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, env=server.environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


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
