"""The list of prompts: folders, a search, filters, rows whole in a fixed number of statements."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.audit import by_user
from prompts.models import Prompt
from tests import factories
from tests.cast import Cast
from tests.prompts.admin.visiting import CHAT, make_version, text, visit
from tests.prompts.making import person
from tests.prompts.test_usage import make_generation


def listed(cast: Cast, **query: str) -> Any:
    return visit(cast.owner).get(reverse("admin:prompts_prompt_changelist"), query).context["cl"]


def names(cast: Cast, **query: str) -> list[str]:
    return [prompt.name for prompt in listed(cast, **query).result_list]


def test_folders_and_the_way_back(cast: Cast) -> None:
    for name in ("top", "mail/welcome", "mail/news/daily", "mail/news/weekly"):
        make_version(cast.a.project_id, name)
    make_version(cast.b.project_id, "mail/other")
    top = listed(cast)
    assert [(f.name, f.prompts) for f in top.folders] == [("mail", 3)]
    assert [p.name for p in top.result_list] == ["top"]
    inside = listed(cast, folder="mail/news")
    assert [(p.name, p.short_name) for p in inside.result_list] == [
        ("mail/news/daily", "daily"),
        ("mail/news/weekly", "weekly"),
    ]
    assert [(crumb.name, crumb.link) for crumb in inside.crumbs()] == [
        ("mail", "?folder=mail"),
        ("news", "?folder=mail%2Fnews"),
    ]
    assert inside.here() == "?"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "FRENCH"}, ["mail/chat"]),
        ({"q": "role"}, []),
        ({"q": "mail/"}, ["mail/chat", "mail/plain"]),
        ({"q": "100%"}, ["mail/plain"]),
        ({"q": 'say "hi"'}, ["mail/plain"]),
        ({"q": "mail", "folder": "mail"}, ["mail/chat", "mail/plain"]),
        ({"q": "plain", "folder": "other"}, []),
        ({"label": "production"}, ["mail/plain"]),
        ({"tag": "blue"}, ["mail/chat"]),
        ({"type__exact": "chat"}, ["mail/chat"]),
        ({"type__exact": "text", "tag": "blue"}, []),
        ({"q": "nothing\x00"}, []),
    ],
)
def test_prompts_are_found_in_all_folders(cast: Cast, query: dict[str, str], found: list[str]) -> None:
    chat = [{"role": "system", "content": "Answer in French"}]
    make_version(cast.a.project_id, "mail/chat", prompt=chat, type="chat", tags=["blue"])
    make_version(cast.a.project_id, "mail/plain", prompt='100% say "hi"', labels=["production"])
    make_version(cast.b.project_id, "mail/plain", prompt="French 100%", labels=["production"], tags=["blue"])
    assert names(cast, **query) == found


def test_a_row_is_whole(cast: Cast) -> None:
    first = make_version(cast.a.project_id, "p", labels=["production"], tags=["blue"])
    second = make_version(cast.a.project_id, "p", author=by_user(cast.owner), labels=["staging"])
    for number, version in enumerate((first, second, second)):
        make_generation(cast.a.project_id, version.pk, id=f"g{number}", seconds=1)
    [row] = listed(cast).result_list
    shown = row.shown
    assert shown.labels == (("staging", 2), ("production", 1))
    assert (shown.latest, shown.versions, shown.editor, shown.uses) == (2, 2, "Owner", 3)
    page = text(visit(cast.owner).get(reverse("admin:prompts_prompt_changelist")))
    assert "staging <b>2</b>" in page and "blue" in page and "Owner" in page


def test_statements_do_not_grow_with_the_rows(cast: Cast) -> None:
    def statements() -> int:
        client = visit(cast.owner)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("admin:prompts_prompt_changelist"))
        return len(queries)

    make_version(cast.a.project_id, "p0")
    few = statements()
    for number in range(1, 12):
        make_version(cast.a.project_id, f"p{number}", author=person(cast.a), labels=["a", "b"])
    assert statements() == few


def test_uses_of_several_projects(cast: Cast) -> None:
    for side in (cast.a, cast.b):
        version = make_version(side.project_id, "p")
        make_generation(side.project_id, version.pk, id="g", seconds=1)
    client = visit(factories.make_user(is_superuser=True))
    answer = client.get(reverse("admin:prompts_prompt_changelist"))
    assert [row.shown.uses for row in answer.context["cl"].result_list] == [1, 1]
    assert "Organization B" in text(answer)


def test_a_list_without_prompts_tells_the_next_step(cast: Cast) -> None:
    address = reverse("admin:prompts_prompt_changelist")
    assert "Make the first prompt" in text(visit(cast.owner).get(address))
    page = text(visit(cast.viewer).get(address))
    assert "No prompts yet" in page and "Make the first prompt" not in page


def test_a_prompt_without_versions_has_a_row_and_a_page(cast: Cast) -> None:
    prompt = Prompt.objects.create(project=cast.a.project, name="bare", name_key=Prompt.key_of_name("bare"))
    assert names(cast) == ["bare"]
    client = visit(cast.owner)
    for page in ("change", "diff", "labels", "usage"):
        assert client.get(reverse(f"admin:prompts_prompt_{page}", args=[prompt.pk])).status_code == 200
    assert client.get(reverse("admin:prompts_prompt_edit", args=[prompt.pk])).status_code == 404


def test_chats_are_found_by_any_message(cast: Cast) -> None:
    make_version(cast.a.project_id, "c", prompt=CHAT, type="chat")
    assert names(cast, q="{{QUESTION}}") == ["c"]


@pytest.mark.parametrize(
    "query",
    [
        "_facets=True",
        "_facets=True&label=production",
        "o=7.-1",
        "p=x",
        "p=99",
        "e=1",
        "all=",
        "folder=%00%2F%2F",
        "folder=a%25",
        "label=%00",
        "tag=%F0%9F%98%80",
        "project=nobody",
        "unknown=1",
        "type__exact=poem",
    ],
)
def test_any_address_of_the_list_opens(cast: Cast, query: str) -> None:
    make_version(cast.a.project_id, "p", labels=["production"], tags=["t"])
    for user in (cast.owner, factories.make_user(is_superuser=True)):
        for model in ("prompt", "promptchangerequest", "protectedlabel", "promptpolicy"):
            answer = visit(user).get(f"/admin/prompts/{model}/?{query}", follow=True)
            assert answer.status_code == 200, model


def test_folders_that_are_not_shown_are_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prompts.admin.listing.MAX_OPTIONS", 2)
    for name in ("a/x", "b/x", "c/x"):
        make_version(cast.a.project_id, name)
    page = visit(cast.owner).get(reverse("admin:prompts_prompt_changelist"))
    assert [folder.name for folder in page.context["cl"].folders] == ["a", "b"]
    assert "There are more folders than these 2" in text(page)
