"""The list of prompts: by folder, by search, page by page, and what it teaches where there is nothing."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from prompts.models import Prompt, PromptVersion
from tests.cast import Cast
from tests.prompts.making import make_version, person
from tests.prompts.test_usage import make_generation
from tests.prompts.ui.pages import HOSTILE, get, html_of


def names(answer: Any) -> tuple[list[tuple[str, int]], list[str]]:
    """Return the folders with their counts, and the rows of a list."""
    folders = [(folder.path, folder.prompts) for folder in answer.context["listing"].folders]
    return folders, [row.name for row in answer.context["listing"].rows]


def test_folders_come_first_and_count_what_is_below(client: Client, cast: Cast) -> None:
    for name in ("b", "a/x", "a/b/y", "a", "Größe/日 本/z", "ab/c"):
        make_version(cast.a.project_id, name)
    make_version(cast.b.project_id, "of-b")
    folders = [("Größe", 1), ("a", 2), ("ab", 1)]
    assert names(get(client, cast, "prompts")) == (folders, ["a", "b"])
    assert names(get(client, cast, "prompts", folder="a")) == ([("a/b", 1)], ["x"])
    assert names(get(client, cast, "prompts", folder="Größe/日 本/")) == ([], ["z"])


def test_every_prompt_is_listed_once_page_by_page(client: Client, cast: Cast) -> None:
    make_many(cast.a.project_id, 120)
    seen: list[str] = []
    query = {"page": "1"}
    while True:
        answer = get(client, cast, "prompts", **query)
        seen += names(answer)[1]
        if not answer.context["listing"].next:
            break
        query = {"page": answer.context["listing"].next.rpartition("=")[2]}
    assert seen == [f"p{number:03}" for number in range(120)]
    assert "101–120 of 120" in answer.content.decode()
    assert "The list ends before" in html_of(client, cast, "prompts", page="9")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "REFUND"}, ["s/refund", "s/rules"]),
        ({"q": "refund", "folder": "s/r"}, []),
        ({"q": "50%"}, ["s/rules"]),
        ({"q": "a_b"}, []),
        ({"type": "chat"}, ["chat"]),
        ({"label": "eu", "folder": "s"}, ["s/rules"]),
        ({"tag": "legal"}, ["s/rules"]),
        ({"tag": "legal", "type": "chat"}, []),
    ],
)
def test_searches(client: Client, cast: Cast, query: dict[str, str], found: list[str]) -> None:
    make_version(cast.a.project_id, "s/refund", prompt="axb")
    make_version(cast.a.project_id, "s/rules", prompt="No Refund of 50%", labels=["eu"], tags=["legal"])
    make_version(cast.a.project_id, "chat", type="chat", prompt=[{"role": "user", "content": "hi"}])
    assert names(get(client, cast, "prompts", **query)) == ([], found)


def test_the_sentence_of_a_search(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, "a/b", labels=["eu"], tags=["x"])
    html = html_of(client, cast, "prompts", folder="a", type="text", label="eu", tag="x", q="b")
    sentence = "1 text prompt in <b>a</b> with label <b>eu</b> and tag <b>x</b> that has “b”"
    assert sentence in html


def test_a_row_tells_of_versions_labels_uses_and_the_last_change(client: Client, cast: Cast) -> None:
    author = person(cast.a)
    first = make_version(cast.a.project_id, labels=["production"])
    make_version(cast.a.project_id, author=author, commitMessage="Shorter")
    make_generation(cast.a.project_id, first.pk, id="g", seconds=1)
    [row] = get(client, cast, "prompts", part="all").context["listing"].rows
    assert (row.prompt.newest, row.prompt.labels, row.uses) == (2, [["production", 1]], 1)
    assert (row.editor, row.prompt.message) == (author.user.get_full_name(), "Shorter")  # type: ignore[union-attr]


def test_uses_are_counted_after_the_page_is_there(client: Client, cast: Cast) -> None:
    used, unused = make_version(cast.a.project_id, "a"), make_version(cast.a.project_id, "b")
    make_generation(cast.a.project_id, used.pk, id="g", seconds=1)
    html = html_of(client, cast, "prompts")
    assert f'<span id="uses-{used.prompt_id}" class="muted">…</span>' in html
    link = re.search(r'hx-get="([^"]*)"[^>]*hx-trigger="load"', html)
    assert link
    path = f"/project/{cast.a.project_id}/prompts{unescape(link[1])}"
    counted = client.get(path).content.decode()
    assert f'<span id="uses-{used.prompt_id}" hx-swap-oob="true">1</span>' in counted
    assert f'<span id="uses-{unused.prompt_id}" hx-swap-oob="true" class="muted">0</span>' in counted


def test_what_clients_sent_is_escaped(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, "x", tags=[HOSTILE], commitMessage=HOSTILE)
    html = html_of(client, cast, "prompts", q=HOSTILE) + html_of(client, cast, "prompts", folder=HOSTILE)
    html += html_of(client, cast, "prompts") + html_of(client, cast, "prompts", tag=HOSTILE)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_an_empty_project_is_taught(client: Client, cast: Cast) -> None:
    html = html_of(client, cast, "prompts")
    assert "Keep prompts out of the code" in html
    assert "create_prompt(" in html
    assert "http://testserver/api/public/v2/prompts" in html
    assert "Write the first prompt" not in html
    assert "Write the first prompt" in html_of(client, cast, "prompts", user=cast.owner)


def test_empty_answers_say_why(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id)
    assert "No prompt matches" in html_of(client, cast, "prompts", q="nowhere")
    assert "Nothing is in this folder" in html_of(client, cast, "prompts", folder="nowhere")


def test_what_makes_no_sense_is_no_error(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id)
    for query in ({"page": "-1"}, {"page": "9" * 30}, {"page": "x"}, {"q": "\x00"}, {"type": "other"}):
        assert get(client, cast, "prompts", **query).status_code == 200


def test_facets_count_prompts(client: Client, cast: Cast) -> None:
    for name, label in (("a", "eu"), ("b", "eu"), ("c", "us")):
        make_version(cast.a.project_id, name, labels=[label], tags=["t"])
    make_version(cast.b.project_id, "d", labels=["of-b"], tags=["of-b"])
    facets = get(client, cast, "prompts").context["listing"].facets
    assert (facets.labels, facets.tags) == ([("eu", 2), ("us", 1)], [("t", 3)])


def test_the_statements_do_not_grow(client: Client, cast: Cast, django_assert_max_num_queries: Any) -> None:
    make_many(cast.a.project_id, 60)
    client.force_login(cast.viewer)
    for query in ("", "?q=p"):
        with django_assert_max_num_queries(13):
            client.get(f"/project/{cast.a.project_id}/prompts{query}")


def make_many(project_id: str, count: int) -> None:
    now = timezone.now()
    prompts = Prompt.objects.bulk_create(
        Prompt(project_id=project_id, name=f"p{number:03}", name_key=f"p{number:03}")
        for number in range(count)
    )
    PromptVersion.objects.bulk_create(
        PromptVersion(prompt=prompt, version=1, content="x", created_at=now, updated_at=now)
        for prompt in prompts
    )
