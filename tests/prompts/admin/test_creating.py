"""A new prompt in the admin: typed, reviewed, saved; nothing lost where it can't be."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Role
from prompts.models import Prompt
from tests import factories
from tests.cast import Cast
from tests.prompts.admin.visiting import CHAT, errors, make_version, rows, text, visit
from tests.prompts.making import holder

ADD = "/admin/prompts/prompt/add/"


def typed(cast: Cast, **changes: Any) -> dict[str, Any]:
    form = {"project": cast.a.project_id, "name": "mail/hello", "type": "text", "text": "Hello {{name}}"}
    return {**form, "config": "{}", "tags": "mail", "step": "review"} | changes


def test_a_prompt_is_reviewed_and_saved(cast: Cast) -> None:
    client = visit(cast.owner)
    review = client.post(ADD, typed(cast))
    assert "Hello {{name}}" in text(review) and not Prompt.objects.exists()
    sent = typed(cast, step="save", commit_message="First", labels=["production"])
    assert client.post(ADD, sent).status_code == 302
    prompt = Prompt.objects.get()
    assert (prompt.name, prompt.project_id, prompt.tags) == ("mail/hello", cast.a.project_id, ["mail"])
    assert holder(cast.a.project_id, "production", "mail/hello") == 1


def test_a_chat_is_made(cast: Cast) -> None:
    chat = typed(
        cast, type="chat", step="save", commit_message="First", **rows(("message", "user", "Hi", ""))
    )
    assert visit(cast.owner).post(ADD, chat).status_code == 302
    assert Prompt.objects.get().versions.get().content == [{"role": "user", "content": "Hi"}]


def test_what_is_typed_goes_along_when_the_type_changes(cast: Cast) -> None:
    client = visit(cast.owner)
    chat = client.post(ADD, typed(cast, type="chat", step="type"))
    assert [(m.role, m.content) for m, _ in chat.context["form"].rows] == [("user", "Hello {{name}}")]
    messages = rows(("message", "system", "one", ""), ("message", "user", "two", ""))
    back = client.post(ADD, typed(cast, type="text", step="type", text="", **messages))
    assert back.context["form"]["text"].value() == "one\n\ntwo"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a//b"}, "name"),
        ({"name": "a|b"}, "name"),
        ({"name": "<b>x</b>"}, "name"),
        ({"name": "new"}, "name"),
        ({"name": "taken"}, "name"),
        ({"config": "{"}, "config"),
        ({"text": ""}, "text"),
        ({"type": "poem"}, "type"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(cast: Cast, changes: dict[str, str], field: str) -> None:
    make_version(cast.a.project_id, "taken")
    sent = typed(cast, **changes)
    answer = visit(cast.owner).post(ADD, sent)
    assert list(errors(answer)) == [field]
    assert {name: answer.context["form"][name].value() for name in ("name", "text", "config", "tags")} == {
        name: sent[name] for name in ("name", "text", "config", "tags")
    }
    assert Prompt.objects.count() == 1


def test_a_name_of_another_project_is_free(cast: Cast) -> None:
    make_version(cast.b.project_id, "mail/hello")
    assert visit(cast.owner).post(ADD, typed(cast)).context["form"].is_valid()


def test_projects_are_those_where_one_edits(cast: Cast) -> None:
    other = factories.make_project(cast.a.organization, name="Other")
    membership = cast.a.organization.memberships.get(user=cast.viewer)
    factories.make_project_membership(membership, other, role=Role.MEMBER)
    client = visit(cast.viewer)
    page = client.get(reverse("admin:prompts_prompt_add"))
    assert page.context["form"].fields["project"].choices == [(other.pk, "Organization A / Other")]
    for project_id in (cast.a.project_id, cast.b.project_id):
        sent = typed(cast, project=project_id, step="save", commit_message="m")
        assert list(errors(client.post(ADD, sent))) == ["project"]
        assert client.post(reverse("admin:prompts_prompt_preview_new"), sent).status_code == 404
    assert not Prompt.objects.exists()


def test_a_folder_and_a_project_are_filled_in(cast: Cast) -> None:
    page = visit(cast.owner).get(ADD, {"folder": "mail/news"})
    assert page.context["form"]["name"].value() == "mail/news/"
    assert visit(cast.owner).get(reverse("admin:prompts_prompt_preview_new")).status_code == 405


def test_a_version_is_copied_to_a_new_prompt(cast: Cast) -> None:
    make_version(cast.a.project_id, "c", prompt=CHAT, type="chat", config={"t": 1}, tags=["x"])
    source: Prompt = make_version(cast.a.project_id, "c", prompt=[], type="chat").prompt
    form = visit(cast.owner).get(f"{ADD}?copy={source.pk}&version=1").context["form"]
    assert (form["name"].value(), form["type"].value(), form["tags"].value()) == ("c copy", "chat", "x")
    assert form.typed_content() == CHAT and '"t": 1' in form["config"].value()
    theirs = visit(cast.outsider).get(f"{ADD}?copy={source.pk}&version=1").context["form"]
    assert theirs["name"].value() == "" and theirs.typed_content() == ""
