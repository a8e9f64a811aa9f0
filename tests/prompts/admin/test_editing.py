"""The editor: a draft is reviewed, then saved as a new version; what can't be saved comes back as it was typed."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.audit import by_user
from accounts.models import AuditLog, Role
from prompts.models import Prompt, PromptVersion
from prompts.rules import protect_label
from tests.cast import Cast
from tests.prompts.admin.visiting import CHAT, draft, errors, make_version, rows, text, url, visit
from tests.prompts.making import holder, person


def newest(cast: Cast, name: str = "p") -> PromptVersion:
    found = PromptVersion.objects.filter(prompt__project_id=cast.a.project_id, prompt__name=name)
    version = found.order_by("-version").first()
    assert version is not None
    return version


def send(cast: Cast, version: PromptVersion, step: str, **fields: Any) -> Any:
    form = draft(version, **fields) if version.prompt.type == "text" else fields
    return visit(cast.owner).post(url("edit", version.prompt), {**form, "step": step})


def test_a_draft_is_reviewed_before_it_is_saved(cast: Cast) -> None:
    version = make_version(cast.a.project_id, prompt="Hello {{name}}", labels=["production"])
    answer = send(cast, version, "review", text="Hello dear {{name}}")
    assert newest(cast).version == 1
    page = text(answer)
    assert "<mark> dear</mark>" in page
    assert "version 1 loses it" in page and "Save as version 2" in page


def test_saving_makes_a_version_and_moves_labels(cast: Cast) -> None:
    version = make_version(cast.a.project_id, prompt="Hello", labels=["production"], config={"a": 1})
    answer = send(
        cast,
        version,
        "save",
        text="Hello you\r\nthere",
        config='{"a": 2}',
        tags="x, y",
        commit_message="Warmer",
        labels=["production"],
        more_labels="stable, v1",
    )
    assert answer.status_code == 302
    saved = newest(cast)
    assert (saved.version, saved.content, saved.config, saved.commit_message) == (
        2,
        "Hello you\nthere",
        {"a": 2},
        "Warmer",
    )
    assert saved.created_by == cast.owner.pk and saved.prompt.tags == ["x", "y"]
    assert {
        label: holder(cast.a.project_id, label) for label in ("production", "stable", "v1")
    } == dict.fromkeys(("production", "stable", "v1"), 2)
    version.refresh_from_db()
    assert version.content == "Hello"
    assert AuditLog.objects.filter(
        resource_type="prompt", action="create", user_id=cast.owner.pk, resource_id=saved.pk
    ).exists()


def test_a_commit_message_is_asked_for(cast: Cast) -> None:
    version = make_version(cast.a.project_id)
    answer = send(cast, version, "save", text="mine", more_labels="stable")
    assert newest(cast).version == 1
    assert list(errors(answer, "save")) == ["commit_message"]
    assert "mine" in text(answer) and 'value="stable"' in text(answer)


def test_what_was_said_of_a_draft_goes_through_the_editor(cast: Cast) -> None:
    version = make_version(cast.a.project_id, labels=["a"])
    back = send(cast, version, "edit", text="mine", commit_message="Why I did", labels=["a"])
    assert 'name="commit_message" value="Why I did"' in text(back)
    again = send(cast, version, "review", text="mine", commit_message="Why I did", labels=["a"])
    assert 'value="Why I did"' in text(again) and 'value="a" checked' in text(again)


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"config": '{"a": }'}, "config", "Line 1, column 7"),
        ({"config": '{"a": 1,\n "b": tru}'}, "config", "Line 2"),
        ({"config": '{"a": 1e400}'}, "config", "can't be stored"),
        ({"config": "NaN"}, "config", "can't be stored"),
        ({"text": " "}, "text", "not empty"),
        ({"text": "x" * 1_000_001}, "text", "1,000,003 bytes"),
        ({"text": "@@@langfusePrompt:name=p|version=1@@@"}, "text", "Circular dependency: p → p"),
        ({"text": "@@@langfusePrompt:name=gone|label=production@@@"}, "text", "not found"),
        ({"tags": ",".join(map(str, range(60)))}, "tags", "at most 50"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(
    cast: Cast, changes: dict[str, str], field: str, told: str
) -> None:
    version = make_version(cast.a.project_id)
    sent = {"text": "my long work", "config": '{"kept": true}', "tags": "one, two"} | changes
    for step in ("review", "save"):
        answer = send(cast, version, step, commit_message="My message", **sent)
        assert told in " ".join(errors(answer)[field])
        page = text(answer)
        for typed in ("text", "config", "tags"):
            assert answer.context["form"][typed].value() == sent[typed]
        assert sent["text"][:100] in page and "My message" in page
    assert newest(cast).version == 1


def test_a_circle_through_others_is_told(cast: Cast) -> None:
    version = make_version(cast.a.project_id, "a", labels=["production"])
    make_version(
        cast.a.project_id, "b", prompt="@@@langfusePrompt:name=a|label=production@@@", labels=["production"]
    )
    answer = send(cast, version, "review", text="@@@langfusePrompt:name=b|label=production@@@")
    assert "a → b → a" in " ".join(errors(answer)["text"])


@pytest.mark.parametrize("label", ["Über", "a b|c", "x" * 37, "latest", "a\x00b"])
def test_a_forbidden_label_is_told_and_nothing_is_lost(cast: Cast, label: str) -> None:
    version = make_version(cast.a.project_id)
    answer = send(cast, version, "save", text="mine", commit_message="Message", more_labels=label)
    assert errors(answer, "save")["more_labels"]
    page = text(answer)
    assert "mine" in page and 'value="Message"' in page
    assert newest(cast).version == 1


def test_a_protected_label_is_refused_to_members_and_nothing_is_lost(cast: Cast) -> None:
    version = make_version(cast.a.project_id)
    protect_label(cast.a.project_id, "production", author=by_user(cast.owner))
    user = person(cast.a, Role.MEMBER).user
    assert user is not None
    sent = draft(version, text="mine", step="save", commit_message="M", labels=["production"])
    answer = visit(user).post(url("edit", version.prompt), sent)
    assert "admins and owners move it" in answer.context["error"]
    assert "mine" in text(answer) and newest(cast).version == 1
    assert visit(user).post(url("edit", version.prompt), {**sent, "labels": []}).status_code == 302


def test_the_second_of_two_editors_is_told_and_sees_the_difference(cast: Cast) -> None:
    version = make_version(cast.a.project_id, prompt="one two three")
    theirs = make_version(
        cast.a.project_id, prompt="one TWO three", author=by_user(cast.owner), commitMessage="Shout"
    )
    answer = send(cast, version, "save", text="one two four", commit_message="Count on")
    page = text(answer)
    assert "Somebody saved while you were editing" in page and "Shout" in page
    assert "<mark>TWO</mark>" in page and "<mark>four</mark>" in page
    assert 'value="Count on"' in page and newest(cast) == theirs
    assert f'name="latest" value="{theirs.version}"' in page
    saved = send(cast, theirs, "save", text="one two four", base=1, commit_message="Count on")
    assert saved.status_code == 302 and newest(cast).version == 3


def test_a_stale_draft_is_told_at_the_review_too(cast: Cast) -> None:
    version = make_version(cast.a.project_id, prompt="a")
    make_version(cast.a.project_id, prompt="b")
    answer = send(cast, version, "review", text="c")
    assert answer.context["is_stale"] and answer.context["against"].version == 2


def test_a_draft_from_an_old_version_is_not_stale(cast: Cast) -> None:
    old = make_version(cast.a.project_id, prompt="a")
    make_version(cast.a.project_id, prompt="b")
    page = visit(cast.owner).get(url("edit", old.prompt, version=1))
    assert (page.context["form"]["base"].value(), page.context["form"]["latest"].value()) == (1, 2)
    answer = send(cast, old, "review", text="a!", latest=2)
    assert not answer.context["is_stale"] and answer.context["against"].version == 1


def test_a_draft_whose_beginning_is_deleted_is_kept(cast: Cast) -> None:
    make_version(cast.a.project_id, prompt="a")
    gone = make_version(cast.a.project_id, prompt="b")
    sent = draft(gone, text="mine")
    PromptVersion.objects.filter(pk=gone.pk).delete()
    answer = visit(cast.owner).post(url("edit", gone.prompt), {**sent, "step": "save", "commit_message": "m"})
    assert answer.status_code == 200 and answer.context["is_stale"] and "mine" in text(answer)


def test_a_chat_is_edited_by_rows(cast: Cast) -> None:
    version = make_version(cast.a.project_id, "c", prompt=CHAT, type="chat")
    page = visit(cast.owner).get(url("edit", version.prompt))
    assert [message.kind for message, _ in page.context["form"].rows] == ["message", "placeholder", "message"]
    assert page.context["names"].variables == ("language", "question")
    assert page.context["names"].placeholders == ("history",)
    typed = rows(("message", "system", "Be brief", ""), ("placeholder", "", "", "examples"))
    sent = {"base": 1, "latest": 1, "config": "{}", "tags": "", "commit_message": "Brief", **typed}
    assert send(cast, version, "save", **sent).status_code == 302
    assert newest(cast, "c").content == [
        {"role": "system", "content": "Be brief"},
        {"type": "placeholder", "name": "examples"},
    ]


def test_a_wrong_row_is_told_at_its_place(cast: Cast) -> None:
    version = make_version(cast.a.project_id, "c", prompt=CHAT, type="chat")
    typed = rows(("message", "system", "kept", ""), ("placeholder", "", "", "no name!"))
    answer = send(cast, version, "review", base=1, latest=1, config="{}", tags="", **typed)
    told = [error for _, error in answer.context["form"].rows]
    assert told[0] == "" and "must start with a letter" in told[1]
    assert 'value="no name!"' in text(answer) and "kept" in text(answer)


def test_names_of_a_placeholder_and_a_variable_collide(cast: Cast) -> None:
    version = make_version(cast.a.project_id, "c", prompt=CHAT, type="chat")
    typed = rows(("message", "user", "{{history}}", ""), ("placeholder", "", "", "history"))
    answer = send(cast, version, "review", base=1, latest=1, config="{}", tags="", **typed)
    assert "different names" in errors(answer)["text"][0]


def test_a_chat_of_many_messages_is_not_refused(cast: Cast) -> None:
    version = make_version(cast.a.project_id, "c", prompt=CHAT, type="chat")
    typed = rows(*(("message", "user", f"m{number}", "") for number in range(1_500)))
    sent = {"base": 1, "latest": 1, "config": "{}", "tags": "", "commit_message": "Many", **typed}
    assert send(cast, version, "save", **sent).status_code == 302
    assert len(newest(cast, "c").content) == 1_500


@pytest.mark.parametrize(
    ("step", "roles"),
    [
        ("add-message", ["a", "b", "user"]),
        ("down-0", ["b", "a"]),
        ("up-1", ["b", "a"]),
        ("up-0", ["a", "b"]),
        ("remove-0", ["b"]),
        ("remove-7", ["a", "b"]),
    ],
)
def test_rows_are_rearranged_without_scripts(cast: Cast, step: str, roles: list[str]) -> None:
    version = make_version(cast.a.project_id, "c", prompt=CHAT, type="chat")
    typed = rows(("message", "a", "first", ""), ("message", "b", "second", ""))
    answer = send(cast, version, step, base=1, latest=1, config="{broken", tags="t", **typed)
    assert [message.role for message, _ in answer.context["form"].rows] == roles
    assert "{broken" in text(answer)


def test_what_stands_beside_follows_what_is_typed(cast: Cast) -> None:
    make_version(cast.a.project_id, "tone", prompt="Be kind", labels=["production"])
    version = make_version(cast.a.project_id)
    typed = "{{a}} {{ b }} @@@langfusePrompt:name=tone|label=production@@@"
    page = text(visit(cast.owner).post(url("preview", version.prompt), draft(version, text=typed)))
    assert ">a</span>" in page and ">b</span>" in page and "Be kind" in page and "<html" not in page
    broken = draft(version, text="@@@langfusePrompt:name=gone|version=1@@@", config="{")
    assert "not found" in text(visit(cast.owner).post(url("preview", version.prompt), broken))


def test_a_config_of_any_json_is_kept_as_it_is(cast: Cast) -> None:
    for number, config in enumerate(([], 0, {"b": [1.0, None], "a": "ü"}), 1):
        version = make_version(cast.a.project_id, config=config)
        opened = visit(cast.owner).get(url("edit", version.prompt)).context["form"]
        sent = draft(
            version, config=opened["config"].value(), text=f"n{number}", commit_message="m", step="save"
        )
        assert visit(cast.owner).post(url("edit", version.prompt), sent).status_code == 302
        assert newest(cast).config == config


def test_tags_are_changed_without_a_version(cast: Cast) -> None:
    prompt: Prompt = make_version(cast.a.project_id, tags=["a"]).prompt
    client = visit(cast.owner)
    assert client.post(url("tags", prompt), {"tags": "b, c,b"}).status_code == 302
    prompt.refresh_from_db()
    assert prompt.tags == ["b", "c"] and newest(cast).version == 1
    many = ", ".join(map(str, range(51)))
    answer = client.post(url("tags", prompt), {"tags": many})
    assert "at most 50" in text(answer) and many in text(answer)


def test_text_is_shown_not_run(cast: Cast) -> None:
    nasty = "</textarea><script>alert(1)</script>{{x}}"
    version = make_version(cast.a.project_id, prompt=nasty, commitMessage="<b>x</b>", labels=["production"])
    client = visit(cast.owner)
    pages = [url(page, version.prompt) for page in ("change", "edit", "diff", "labels", "usage")]
    for address in (*pages, reverse("admin:prompts_prompt_changelist")):
        page = text(client.get(address))
        assert "<script>alert" not in page and "<b>x</b>" not in page
    review = send(cast, version, "review", text=nasty + "!")
    assert "<script>alert" not in text(review)
