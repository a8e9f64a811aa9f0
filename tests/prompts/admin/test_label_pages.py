"""Labels in the admin: moved with a reason, removed, rolled back by one click, their history told."""

from typing import Any

import pytest

from accounts.audit import by_user
from accounts.models import AuditLog, Role, User
from prompts.labels import move_label
from prompts.models import Prompt, PromptLabelMove
from prompts.rules import protect_label, set_immutable_labels
from prompts.versions import add_labels, delete_versions
from tests.cast import Cast
from tests.prompts.admin.visiting import errors, make_version, text, url, visit
from tests.prompts.making import holder, key_author, person


@pytest.fixture
def prompt(cast: Cast) -> Prompt:
    """A prompt whose production went from version 1 to 2 by an API key."""
    version = make_version(cast.a.project_id, prompt="one", labels=["production"])
    make_version(cast.a.project_id, prompt="two")
    make_version(cast.a.project_id, prompt="three")
    add_labels(cast.a.project_id, "p", version=2, labels=["production"], author=key_author(cast.a))
    return version.prompt


def member(cast: Cast) -> User:
    user = person(cast.a, Role.MEMBER).user
    assert user is not None
    return user


def send(cast: Cast, page: str, prompt: Prompt, **fields: Any) -> Any:
    return visit(member(cast)).post(url(page, prompt), fields)


def test_the_form_says_who_loses_the_label(cast: Cast, prompt: Prompt) -> None:
    page = visit(cast.owner).get(url("move", prompt, label="production", version=3))
    assert "Version 2 loses" in text(page) and "version 3 gets it" in text(page)
    assert [s.title for s in page.context["diff"].sections] == ["Text"]
    free = text(visit(cast.owner).get(url("move", prompt, label="new-one", version=3)))
    assert "nobody loses it" in free


def test_a_label_moves_with_a_reason(cast: Cast, prompt: Prompt) -> None:
    assert send(cast, "move", prompt, label="production", version=3, reason="Tested").status_code == 302
    assert holder(cast.a.project_id, "production") == 3
    move = PromptLabelMove.objects.order_by("-created_at").first()
    assert move is not None
    assert (move.from_number, move.to_number, move.reason) == (2, 3, "Tested")
    audited = AuditLog.objects.filter(resource_type="prompt", action="update").latest("created_at")
    assert audited.user_id == move.user_id and "Tested" in (audited.after or "")


def test_a_look_judges_and_moves_nothing(cast: Cast, prompt: Prompt) -> None:
    answer = send(cast, "move", prompt, label="production", version=3, reason="", step="look")
    assert "Version 2 loses" in text(answer) and not answer.context["form"].errors
    assert holder(cast.a.project_id, "production") == 2


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"label": "Übel"}, "label", "lowercase"),
        ({"label": "a|b"}, "label", "lowercase"),
        ({"label": "latest"}, "label", "by itself"),
        ({"label": ""}, "label", "Choose"),
        ({"version": "9"}, "label", "version 9 not found"),
        ({"version": "x"}, "version", "whole number"),
        ({"version": "99999999999"}, "version", "less than"),
        ({"reason": ""}, "reason", "Say why"),
        ({"reason": "x" * 501}, "reason", "500"),
    ],
)
def test_what_is_wrong_is_told_and_kept(
    cast: Cast, prompt: Prompt, fields: dict[str, str], field: str, told: str
) -> None:
    sent = {"label": "production", "version": "3", "reason": "My reason"} | fields
    for page in ("move", "propose"):
        if page == "propose" and field == "reason":
            continue
        answer = send(cast, page, prompt, **sent)
        assert told in " ".join(errors(answer)[field]), page
        assert sent["reason"] in text(answer)
    assert holder(cast.a.project_id, "production") == 2


def test_an_immutable_label_is_set_once(cast: Cast, prompt: Prompt) -> None:
    set_immutable_labels(cast.a.project_id, ["v#.#.#"], author=by_user(cast.owner))
    assert send(cast, "move", prompt, label="v1.0.0", version=1, reason="Release").status_code == 302
    refused = send(cast, "move", prompt, label="v1.0.0", version=2, reason="Oh")
    assert "immutable" in errors(refused)["label"][0]
    assert send(cast, "remove", prompt, label="v1.0.0").status_code == 200
    assert holder(cast.a.project_id, "v1.0.0") == 1
    page = text(visit(cast.owner).get(url("labels", prompt)))
    assert "Never moves once set" in page


def test_a_protected_label_takes_an_admin(cast: Cast, prompt: Prompt) -> None:
    protect_label(cast.a.project_id, "production", author=by_user(cast.owner))
    for page in ("move", "remove", "rollback"):
        answer = send(cast, page, prompt, label="production", version=3, reason="r")
        assert "admins and owners move it" in text(answer), page
    assert holder(cast.a.project_id, "production") == 2
    assert "Roll back" not in text(visit(member(cast)).get(url("labels", prompt)))
    done = visit(cast.owner).post(url("move", prompt), {"label": "production", "version": 3, "reason": "r"})
    assert done.status_code == 302 and holder(cast.a.project_id, "production") == 3


def test_a_label_that_takes_approvals_is_proposed(cast: Cast, prompt: Prompt) -> None:
    protect_label(cast.a.project_id, "production", author=by_user(cast.owner), required_approvals=1)
    page = text(visit(cast.owner).get(url("move", prompt, label="production", version=3)))
    assert "needs 1 approval in this project" in page and "Propose it" in page
    fields = {"label": "production", "version": 3, "reason": "r"}
    refused = visit(cast.owner).post(url("move", prompt), fields)
    assert "propose a change" in errors(refused)["label"][0] and holder(cast.a.project_id, "production") == 2


def test_one_click_rolls_back(cast: Cast, prompt: Prompt) -> None:
    page = text(visit(cast.owner).get(url("labels", prompt)))
    assert "Roll back to 1" in page
    assert send(cast, "rollback", prompt, label="production", to=1).status_code == 302
    assert holder(cast.a.project_id, "production") == 1
    assert send(cast, "rollback", prompt, label="production", to=2).status_code == 302
    assert holder(cast.a.project_id, "production") == 2


def test_a_click_on_an_old_page_asks_again(cast: Cast, prompt: Prompt) -> None:
    move_label(cast.a.project_id, "p", label="production", version=3, author=by_user(cast.owner), reason="r")
    answer = send(cast, "rollback", prompt, label="production", to=1)
    assert "The label has moved since you looked" in text(answer) and "back to version 2" in text(answer)
    assert holder(cast.a.project_id, "production") == 3


def test_a_removed_label_comes_back_by_one_click(cast: Cast, prompt: Prompt) -> None:
    assert send(cast, "remove", prompt, label="production", reason="Broken").status_code == 302
    assert holder(cast.a.project_id, "production") is None
    assert "Roll back to 2" in text(visit(cast.owner).get(url("labels", prompt)))
    assert send(cast, "rollback", prompt, label="production", to=2).status_code == 302
    assert holder(cast.a.project_id, "production") == 2


def test_a_version_that_is_gone_is_told(cast: Cast, prompt: Prompt) -> None:
    delete_versions(cast.a.project_id, "p", version=1, label=None, author=by_user(cast.owner))
    answer = send(cast, "rollback", prompt, label="production", to=1)
    assert "is deleted" in text(answer) and holder(cast.a.project_id, "production") == 2


@pytest.mark.parametrize("label", ["", "latest", "never", "Ü", "x%00"])
def test_labels_that_are_not_there(cast: Cast, prompt: Prompt, label: str) -> None:
    for page in ("remove", "rollback"):
        assert visit(cast.owner).get(url(page, prompt, label=label)).status_code == 404


def test_history_tells_who_and_why(cast: Cast, prompt: Prompt) -> None:
    move_label(
        cast.a.project_id,
        "p",
        label="production",
        version=3,
        author=by_user(cast.owner),
        reason="Tests are green",
    )
    move_label(cast.a.project_id, "p", label="staging", version=1, author=by_user(cast.owner), reason="Other")
    page = text(visit(cast.owner).get(url("labels", prompt)))
    assert "Tests are green" in page and "2 → 3" in page and "Owner" in page
    assert f"key {cast.a.public_key}" in page and "1 → 2" in page
    only = visit(cast.owner).get(url("labels", prompt, label="staging"))
    assert [one.move.label for one in only.context["moves"]] == ["staging"]


def test_long_history_has_pages(cast: Cast, prompt: Prompt) -> None:
    for number in range(51):
        move_label(cast.a.project_id, "p", label="a", version=1 + number % 2, author=by_user(cast.owner))
    first = visit(cast.owner).get(url("labels", prompt, label="a"))
    second = visit(cast.owner).get(url("labels", prompt, label="a", page=2))
    assert [len(page.context["moves"]) for page in (first, second)] == [50, 1]


def test_a_viewer_is_not_told_which_key_moved_a_label(cast: Cast, prompt: Prompt) -> None:
    assert f"key {cast.a.public_key}" in text(visit(cast.owner).get(url("labels", prompt)))
    seen = text(visit(cast.viewer).get(url("labels", prompt)))
    assert "an API key" in seen and "pk-lf-" not in seen
