"""Lists of prompts: folders, what a search finds, rows whole in one statement."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from prompts.lists import Crumb, Search, count_uses, crumbs_of, describe, find_prompts, list_folder
from prompts.screens import names_of
from tests.cast import Cast
from tests.prompts.making import make_version, person, prompt_of
from tests.prompts.test_usage import make_generation

CHAT = [{"role": "system", "content": "Answer like a pirate"}, {"type": "placeholder", "name": "history"}]


def found(cast: Cast, folder: str = "", **search: str) -> list[str]:
    page = find_prompts(cast.a.project_id, folder, Search(**search), limit=50, offset=0)
    assert page.total == len(page.prompts)
    return [prompt.name for prompt in page.prompts]


def test_a_folder_shows_what_lies_directly_in_it(cast: Cast) -> None:
    for name in ("zebra", "mail/welcome", "mail/news/weekly", "mail/news/daily", "mailing", "ä b/c"):
        make_version(cast.a.project_id, name)
    make_version(cast.b.project_id, "other/x")
    top = list_folder(cast.a.project_id, "", limit=50, offset=0)
    assert [(f.name, f.path, f.prompts) for f in top.folders] == [("mail", "mail", 3), ("ä b", "ä b", 1)]
    assert ([p.name for p in top.prompts], top.total) == (["mailing", "zebra"], 4)
    mail = list_folder(cast.a.project_id, "mail", limit=50, offset=0)
    assert [(f.name, f.path, f.prompts) for f in mail.folders] == [("news", "mail/news", 2)]
    assert [p.name for p in mail.prompts] == ["mail/welcome"]


def test_a_name_that_is_a_folder_too_is_both(cast: Cast) -> None:
    make_version(cast.a.project_id, "mail")
    make_version(cast.a.project_id, "mail/welcome")
    page = list_folder(cast.a.project_id, "", limit=50, offset=0)
    assert ([f.name for f in page.folders], [p.name for p in page.prompts]) == (["mail"], ["mail"])


def test_pages_of_a_folder_follow_each_other(cast: Cast) -> None:
    for number in range(5):
        make_version(cast.a.project_id, f"p{number}")
    make_version(cast.a.project_id, "f/x")
    pages = [list_folder(cast.a.project_id, "", limit=2, offset=offset) for offset in (0, 2, 4)]
    assert [[*(f.name for f in p.folders), *(x.name for x in p.prompts)] for p in pages] == [
        *(["f", "p0"], ["p1", "p2"], ["p3", "p4"]),
    ]
    assert {page.total for page in pages} == {6}


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ({"query": "PIRATE"}, ["chat"]),
        ({"query": "role"}, []),
        ({"query": "100%"}, ["odd"]),
        ({"query": "under_score"}, []),
        ({"query": "HAT"}, ["chat"]),
        ({"type": "chat"}, ["chat"]),
        ({"label": "production"}, ["odd"]),
        ({"tag": "blue"}, ["chat", "odd"]),
        ({"tag": "blue", "type": "text"}, ["odd"]),
    ],
)
def test_prompts_are_found_by_what_they_say_and_have(
    cast: Cast, search: dict[str, str], names: list[str]
) -> None:
    make_version(cast.a.project_id, "chat", prompt=CHAT, type="chat", tags=["blue"])
    make_version(cast.a.project_id, "odd", prompt="100% underXscore", labels=["production"], tags=["blue"])
    make_version(cast.b.project_id, "chat", prompt=CHAT, type="chat", labels=["production"], tags=["blue"])
    assert found(cast, **search) == names


def test_a_search_looks_below_the_folder(cast: Cast) -> None:
    for name in ("mail/a/hello", "mail/hello", "hello"):
        make_version(cast.a.project_id, name)
    assert found(cast, "mail", query="hello") == ["mail/a/hello", "mail/hello"]
    assert not Search() and Search(tag="x")


def test_a_row_tells_of_all_versions_in_one_statement(cast: Cast) -> None:
    make_version(cast.a.project_id, "p", labels=["production", "stable"], tags=["t"])
    author = person(cast.a)
    newest = make_version(
        cast.a.project_id, "p", author=author, labels=["production"], commitMessage="Shorter"
    )
    make_version(cast.a.project_id, "q")
    ids = [prompt_of(cast.a.project_id, name).pk for name in ("q", "p")]
    with CaptureQueriesContext(connection) as queries:
        rows = describe([cast.a.project_id], ids)
    assert len(queries) == 1
    assert [row.name for row in rows] == ["q", "p"]
    row = rows[1]
    assert (row.newest, row.message, row.changed_at) == (2, "Shorter", newest.created_at)
    assert [tuple(pair) for pair in row.labels] == [("production", 2), ("stable", 1)]
    assert len(row.version_ids) == 2
    assert names_of([row.changed_by, "API"]) == {str(author.user.pk): "Member"} if author.user else False
    assert describe([cast.b.project_id], ids) == []


def test_uses_are_those_of_all_versions(cast: Cast) -> None:
    first, second = make_version(cast.a.project_id), make_version(cast.a.project_id)
    for number, version in enumerate((first, second, second)):
        make_generation(cast.a.project_id, version.pk, id=f"g{number}", seconds=1)
    [row] = describe([cast.a.project_id], [first.prompt_id])
    assert count_uses(cast.a.project_id, [row]) == {first.prompt_id: 3}
    assert count_uses(cast.a.project_id, []) == {}


def test_the_way_to_a_folder() -> None:
    assert crumbs_of("a/b") == [Crumb("a", "a"), Crumb("b", "a/b")]
    assert crumbs_of("") == []
