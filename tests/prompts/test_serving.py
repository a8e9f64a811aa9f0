"""Prompts served from memory: few statements, fresh after every write, tags of entities, bounded."""

import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.audit import SYSTEM
from langfuse_site.lib.errors import NotFound
from prompts import generations
from prompts.labels import move_label, remove_label, roll_back
from prompts.serving import ENTRY_BYTES, Cache, Served, Wanted, cache, serve
from prompts.versions import add_labels, delete_versions, set_tags
from tests.cast import Cast
from tests.prompts.making import make_version
from tests.tracing.factories import reads_of

URL = "/api/public/v2/prompts/p"


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


def number(project_id: str, label: str | None = "production", version: int | None = None) -> int | None:
    try:
        body = serve(Wanted(project_id, "p", version, label)).body
    except NotFound:
        return None
    return int(body.split(b'"version":')[1].split(b",")[0])


def test_one_statement_then_none(cast: Cast) -> None:
    make_version(cast.a.project_id, labels=["production"])
    Client().get(URL, **cast.a.auth)
    cache.clear()
    for expected in (1, 0, 0):
        with CaptureQueriesContext(connection) as queries:
            assert Client().get(URL, **cast.a.auth).status_code == 200
        assert len(reads_of(queries)) == expected
    generations.forget(cast.a.project_id)
    with CaptureQueriesContext(connection) as queries:
        Client().get(URL, **cast.a.auth)
    assert len(reads_of(queries)) == 1


def test_what_is_missing_is_asked_each_time_by_one_statement(cast: Cast) -> None:
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert number(cast.a.project_id) is None
        assert len(queries) == 1
    make_version(cast.a.project_id, labels=["production"])
    assert number(cast.a.project_id) == 1


Write = Callable[[str], object]


@pytest.mark.parametrize(
    ("write", "then"),
    [
        (lambda p: make_version(p, labels=["production"]), 3),
        (lambda p: add_labels(p, "p", version=2, labels=["production"], author=SYSTEM), 2),
        (lambda p: move_label(p, "p", label="production", version=2, author=SYSTEM), 2),
        (lambda p: remove_label(p, "p", label="production", author=SYSTEM), None),
        (lambda p: roll_back(p, "p", label="staging", author=SYSTEM), 1),
        (lambda p: delete_versions(p, "p", version=1, label=None, author=SYSTEM), None),
        (lambda p: set_tags(p, "p", tags=["new"], author=SYSTEM), 1),
    ],
)
def test_every_write_shows_at_once_where_it_was_made(cast: Cast, write: Write, then: int | None) -> None:
    project_id = cast.a.project_id
    make_version(project_id, labels=["production", "staging"])
    make_version(project_id, labels=["staging"])
    before = serve(Wanted(project_id, "p", label="production")).etag
    write(project_id)
    assert number(project_id) == then
    if then is not None and then == 1:
        assert serve(Wanted(project_id, "p", label="production")).etag != before


def test_a_write_elsewhere_shows_within_a_second(cast: Cast) -> None:
    project_id = cast.a.project_id
    make_version(project_id, labels=["production"])
    make_version(project_id)
    assert number(project_id) == 1
    known, _ = generations._trusted[project_id]
    move_label(project_id, "p", label="production", version=2, author=SYSTEM)
    generations._trusted[project_id] = (known, time.monotonic() + 60)
    assert number(project_id) == 1
    generations._trusted[project_id] = (known, time.monotonic())
    assert number(project_id) == 2
    asked_at = time.monotonic()
    generations.trust(project_id, known, asked_at=asked_at)
    assert generations._trusted[project_id] == (known, asked_at + generations.TRUSTED_SECONDS)
    assert generations.TRUSTED_SECONDS < 1


def test_entity_tags(cast: Cast) -> None:
    make_version(cast.a.project_id, labels=["production"])
    tag = Client().get(URL, **cast.a.auth)["ETag"]
    for sent in (tag, f'"other", W/{tag}', "*"):
        answer = Client().get(URL, HTTP_IF_NONE_MATCH=sent, **cast.a.auth)
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    make_version(cast.a.project_id, labels=["production"])
    answer = Client().get(URL, HTTP_IF_NONE_MATCH=tag, **cast.a.auth)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert answer["ETag"] != tag and answer["Content-Type"] == "application/json"


def test_what_is_missing_takes_no_room(cast: Cast) -> None:
    for name in range(100):
        with pytest.raises(NotFound):
            serve(Wanted(cast.a.project_id, str(name), label="production"))
    assert cache.size == 0


def test_tenants_have_answers_of_their_own(cast: Cast) -> None:
    make_version(cast.a.project_id, labels=["production"])
    assert number(cast.a.project_id) == 1
    assert number(cast.b.project_id) is None


def test_numbers_come_back_as_they_were_sent(cast: Cast) -> None:
    config = {"big": 2**70, "small": 1e-7, "text": "日本", "none": None, "list": [1.5, True]}
    make_version(cast.a.project_id, labels=["production"], config=config)
    assert Client().get(URL, **cast.a.auth).json()["config"] == config


def test_the_memory_is_bounded() -> None:
    small = Cache(10 * ENTRY_BYTES)
    for name in range(1_000):
        small.put(Wanted("project", str(name)), 1, Served("id", b"x" * 100, ""))
        small.get(Wanted("project", "0"))
    assert small.size <= 10 * ENTRY_BYTES
    assert small.get(Wanted("project", "0")) and small.get(Wanted("project", "999"))
    assert small.get(Wanted("project", "1")) is None
    small.put(Wanted("project", "big"), 1, Served("id", b"x" * 20 * ENTRY_BYTES, ""))
    assert small.get(Wanted("project", "big")) is None and small.size == 0
