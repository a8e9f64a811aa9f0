"""Change requests in the admin: proposed, reviewed, and the label moved when the approvals are there."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.audit import by_user
from accounts.models import AuditLog, Role, User
from prompts.labels import move_label
from prompts.models import ChangeStatus, Prompt, PromptChangeRequest
from prompts.rules import protect_label
from tests import factories
from tests.cast import Cast
from tests.prompts.admin.visiting import errors, make_version, text, url, visit
from tests.prompts.making import holder, person

LIST = "/admin/prompts/promptchangerequest/"


@pytest.fixture
def prompt(cast: Cast) -> Prompt:
    version = make_version(cast.a.project_id, prompt="calm words", labels=["production"])
    make_version(cast.a.project_id, prompt="kind words", commitMessage="Kinder")
    return version.prompt


@pytest.fixture
def member(cast: Cast) -> User:
    return someone(cast, Role.MEMBER)


def someone(cast: Cast, role: Role) -> User:
    user = person(cast.a, role).user
    assert user is not None
    return user


def propose(user: User, prompt: Prompt, **fields: Any) -> PromptChangeRequest:
    sent = {"label": "production", "version": 2, "reason": "Customers asked"} | fields
    answer = visit(user).post(url("propose", prompt), sent)
    assert answer.status_code == 302, answer.context["form"].errors
    return PromptChangeRequest.objects.latest("created_at")


def address(change: PromptChangeRequest) -> str:
    return reverse("admin:prompts_promptchangerequest_change", args=[change.pk])


def act(user: User, change: PromptChangeRequest, action: str, said: str = "") -> Any:
    answer = visit(user).post(address(change), {"action": action, "text": said})
    change.refresh_from_db()
    return answer


def test_an_approval_of_another_moves_the_label(cast: Cast, prompt: Prompt, member: User) -> None:
    change = propose(member, prompt)
    page = text(visit(cast.owner).get(address(change)))
    assert "<mark>calm</mark>" in page and "<mark>kind</mark>" in page and "Customers asked" in page
    assert act(cast.owner, change, "approve").status_code == 302
    assert change.status == ChangeStatus.MERGED and holder(cast.a.project_id, "production") == 2
    assert AuditLog.objects.filter(
        resource_type="promptChangeRequest", action="approve", user_id=cast.owner.pk
    ).exists()
    assert "The change request" in text(visit(cast.viewer).get(url("labels", prompt)))


def test_the_authors_own_approval_does_not_count(cast: Cast, prompt: Prompt, member: User) -> None:
    change = propose(member, prompt)
    page = text(visit(member).get(address(change)))
    assert "your own request" in page and 'value="approve"' not in page
    assert "your own" in act(member, change, "approve", "me").context["error"]
    assert change.status == ChangeStatus.OPEN and holder(cast.a.project_id, "production") == 1


def test_a_rule_asks_for_two_admins(cast: Cast, prompt: Prompt, member: User) -> None:
    protect_label(cast.a.project_id, "production", author=by_user(cast.owner), required_approvals=2)
    change, admin = propose(member, prompt), someone(cast, Role.ADMIN)
    other = factories.make_user()
    factories.make_membership(other, cast.a.organization, role=Role.MEMBER)
    assert "admins and owners" in act(other, change, "approve", "fine").context["error"]
    act(cast.owner, change, "approve")
    assert "1 of 2" in text(visit(admin).get(address(change)))
    assert holder(cast.a.project_id, "production") == 1
    act(admin, change, "approve")
    assert holder(cast.a.project_id, "production") == 2


def test_a_rejection_and_a_comment_need_words(cast: Cast, prompt: Prompt, member: User) -> None:
    change = propose(member, prompt)
    for action in ("reject", "comment"):
        assert list(errors(act(cast.owner, change, action))) == ["text"]
    act(member, change, "comment", "Please look")
    act(cast.owner, change, "reject", "Too soft")
    page = text(visit(cast.viewer).get(address(change)))
    assert change.status == ChangeStatus.REJECTED and "Too soft" in page and "Please look" in page
    assert 'name="action"' not in page


def test_what_was_typed_stays_when_somebody_was_faster(cast: Cast, prompt: Prompt, member: User) -> None:
    change = propose(member, prompt)
    act(member, change, "withdraw")
    answer = act(cast.owner, change, "approve", "My long review")
    assert "withdrawn" in answer.context["error"] and "My long review" in text(answer)


@pytest.mark.parametrize(("action", "status"), [("withdraw", "withdrawn"), ("rebase", "open")])
def test_what_was_typed_before_a_step_stays_as_a_comment(
    cast: Cast, prompt: Prompt, member: User, action: str, status: str
) -> None:
    change = propose(member, prompt)
    assert act(member, change, action, "We try another way").status_code == 302
    assert (change.status, change.reviews.get().text) == (status, "We try another way")


def test_a_step_that_is_refused_keeps_what_was_typed_in_the_page_alone(
    cast: Cast, prompt: Prompt, member: User
) -> None:
    change = propose(cast.owner, prompt)
    answer = act(member, change, "withdraw", "Not mine")
    assert "Only its author" in answer.context["error"] and "Not mine" in text(answer)
    assert (change.status, change.reviews.count()) == ("open", 0)


def test_a_label_that_moved_meanwhile_is_told_and_rebased(cast: Cast, prompt: Prompt, member: User) -> None:
    make_version(cast.a.project_id, prompt="other words")
    change = propose(member, prompt)
    move_label(cast.a.project_id, "p", label="production", version=3, author=by_user(cast.owner), reason="r")
    act(cast.owner, change, "approve")
    assert change.status == ChangeStatus.APPROVED
    page = text(visit(member).get(address(change)))
    assert "has moved meanwhile" in page and "<mark>other</mark>" in page
    act(member, change, "rebase")
    assert "before the rebase" in text(visit(member).get(address(change)))
    act(cast.owner, change, "approve")
    assert holder(cast.a.project_id, "production") == 2


def test_a_label_that_no_version_has_is_proposed(cast: Cast, prompt: Prompt, member: User) -> None:
    change = propose(member, prompt, label="beta")
    assert "Nothing served" in text(visit(cast.owner).get(address(change)))
    act(cast.owner, change, "approve")
    assert holder(cast.a.project_id, "beta") == 2


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"reason": ""}, "reason", "reviewers"),
        ({"version": 1}, "label", "has label 'production' already"),
        ({"version": 9}, "label", "not found"),
        ({"label": "Ü"}, "label", "lowercase"),
    ],
)
def test_what_can_not_be_proposed(
    cast: Cast, prompt: Prompt, member: User, fields: dict[str, Any], field: str, told: str
) -> None:
    sent = {"label": "production", "version": 2, "reason": "My reason"} | fields
    answer = visit(member).post(url("propose", prompt), sent)
    assert told in " ".join(errors(answer)[field])
    assert not PromptChangeRequest.objects.exists()


def test_the_list_shows_open_ones_first_and_what_is_mine(cast: Cast, prompt: Prompt, member: User) -> None:
    closed = propose(member, prompt, label="closed")
    change = propose(member, prompt)
    newer = propose(cast.owner, prompt, label="newer")
    act(member, closed, "withdraw")

    def listed(user: User, query: str = "") -> list[str]:
        return [row.label for row in visit(user).get(LIST + query).context["cl"].result_list]

    assert listed(cast.viewer) == ["newer", "production", "closed"]
    assert listed(cast.owner, "?state=mine") == ["production"]
    assert listed(member, "?state=own") == ["production", "closed"]
    assert listed(member, "?state=withdrawn") == ["closed"]
    assert listed(cast.owner, "?q=newer") == ["newer"]
    act(cast.owner, change, "comment", "Hm")
    assert listed(cast.owner, "?state=mine") == ["production"]
    protect_label(cast.a.project_id, "production", author=by_user(cast.owner), required_approvals=2)
    act(cast.owner, change, "approve")
    assert listed(cast.owner, "?state=mine") == []
    assert newer.status == ChangeStatus.OPEN


def test_a_prompt_lists_its_own(cast: Cast, prompt: Prompt, member: User) -> None:
    propose(member, prompt)
    assert "Customers asked" in text(visit(cast.viewer).get(url("changes", prompt)))
    other = make_version(cast.a.project_id, "other").prompt
    assert "No change requests" in text(visit(cast.viewer).get(url("changes", other)))


@pytest.mark.parametrize("action", ["", "explode"])
def test_an_unknown_action_does_nothing(cast: Cast, prompt: Prompt, member: User, action: str) -> None:
    change = propose(member, prompt)
    assert act(cast.owner, change, action, "text").status_code == 200
    assert change.status == ChangeStatus.OPEN and not change.reviews.exists()
