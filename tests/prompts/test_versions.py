"""Versions of one prompt created at the same moment, and links from observations to prompts."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.audit import SYSTEM
from prompts.models import PromptLabel, PromptVersion
from prompts.queries import resolve_links
from prompts.serving import FIND
from prompts.versions import create_version
from prompts.wire import read_new_version
from tests.cast import Cast, make_cast


def create(project_id: str, name: str = "p") -> PromptVersion:
    new = read_new_version({"name": name, "prompt": "x", "labels": ["production"]})
    return create_version(project_id, new, author=SYSTEM)


def create_in_thread(project_id: str) -> int:
    try:
        return create(project_id).version
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_concurrent_creations_have_no_gaps_and_no_clashes() -> None:
    project_id = make_cast().a.project_id
    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(create_in_thread, [project_id] * 12))
    assert sorted(numbers) == list(range(1, 13))
    labels = PromptLabel.objects.values_list("label", "version__version")
    assert sorted(labels) == [("latest", 12), ("production", 12)]


@pytest.mark.django_db(transaction=True)
def test_what_is_read_is_of_the_generation_that_is_told() -> None:
    """Each creation is one write here, so that version and generation count alike."""
    project_id = make_cast().a.project_id
    done = Event()

    def read(_: int) -> list[tuple[int, int | None]]:
        found = []
        while not done.is_set():
            with connection.cursor() as cursor:
                wanted = {"project_id": project_id, "name_key": "p", "number": None, "known": None}
                cursor.execute(FIND, wanted | {"label": "production"})
                row = cursor.fetchone()
                found.append((row[0], row[6]))
        connection.close()
        return found

    with ThreadPoolExecutor(3) as pool:
        reading = [pool.submit(read, number) for number in range(2)]
        for _ in range(40):
            create(project_id)
        done.set()
    pairs = {pair for one in reading for pair in one.result()}
    assert all(generation == (version or 0) for generation, version in pairs) and len(pairs) > 1


def test_links_of_many_in_one_query(cast: Cast) -> None:
    long_name = "n" * 3000
    made = {(name, 1): create(cast.a.project_id, name).id for name in ("a", "b", long_name)}
    create(cast.b.project_id, "c")
    asked = [*made, ("a", 2), ("c", 1)]
    with CaptureQueriesContext(connection) as queries:
        assert resolve_links(cast.a.project_id, asked) == made
    assert len(queries) == 1
