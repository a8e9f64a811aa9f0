"""Change requests: proposed, reviewed, merged by the last approval, stale, rebased, withdrawn."""

import pytest

from accounts.audit import SYSTEM, Author, by_user
from accounts.models import AuditLog, Role
from langfuse_site.lib.errors import Forbidden, InvalidRequest, NotFound
from prompts.changes import propose_change, rebase_change, review_change, standing_of, withdraw_change
from prompts.labels import move_label
from prompts.models import PromptChangeRequest, PromptLabelMove, Verdict
from prompts.rules import protect_label, set_immutable_labels
from prompts.versions import delete_versions
from tests.cast import Cast
from tests.prompts.making import holder, key_author, make_version, person

APPROVE, REJECT, COMMENT = Verdict.APPROVE, Verdict.REJECT, Verdict.COMMENT


def proposal(cast: Cast, author: Author, *, version: int = 2) -> PromptChangeRequest:
    return propose_change(
        cast.a.project_id, "p", label="production", version=version, author=author, message="better"
    )


def review(cast: Cast, change: PromptChangeRequest, verdict: Verdict, author: Author) -> str:
    return review_change(cast.a.project_id, change.pk, verdict=verdict, author=author, text="said").status


@pytest.fixture
def member(cast: Cast) -> Author:
    make_version(cast.a.project_id, labels=["production"])
    make_version(cast.a.project_id)
    return person(cast.a)


def test_the_last_approval_moves_the_label(cast: Cast, member: Author) -> None:
    protect_label(cast.a.project_id, "production", author=SYSTEM, required_approvals=2)
    change = proposal(cast, member)
    first, second = person(cast.a, Role.ADMIN), by_user(cast.owner)
    assert review(cast, change, APPROVE, first) == "open"
    assert review(cast, change, APPROVE, first) == "open"
    assert (standing_of(change).approvals, standing_of(change).required) == (1, 2)
    assert holder(cast.a.project_id, "production") == 1
    assert review(cast, change, APPROVE, second) == "merged"
    assert holder(cast.a.project_id, "production") == 2
    move = PromptLabelMove.objects.get(change_request=change)
    assert (move.cause, move.from_number, move.to_number, move.reason) == ("change_request", 1, 2, "better")
    assert (move.user, change.reviews.count()) == (cast.owner, 3)


def test_without_a_rule_one_other_member_approves(cast: Cast, member: Author) -> None:
    change = proposal(cast, member)
    with pytest.raises(Forbidden, match="your own"):
        review(cast, change, APPROVE, member)
    assert review(cast, change, COMMENT, member) == "open"
    assert review(cast, change, APPROVE, person(cast.a)) == "merged"


def test_protected_labels_are_approved_by_admins(cast: Cast, member: Author) -> None:
    protect_label(cast.a.project_id, "production", author=SYSTEM, required_approvals=1)
    change = proposal(cast, member)
    for verdict in (APPROVE, REJECT):
        with pytest.raises(Forbidden):
            review(cast, change, verdict, person(cast.a))
    with pytest.raises(Forbidden):
        review(cast, change, COMMENT, by_user(cast.viewer))
    assert holder(cast.a.project_id, "production") == 1
    assert review(cast, change, APPROVE, by_user(cast.owner)) == "merged"


def test_a_rule_may_count_the_own_approval(cast: Cast, member: Author) -> None:
    protect_label(
        cast.a.project_id, "production", author=SYSTEM, required_approvals=1, own_approval_counts=True
    )
    change = proposal(cast, by_user(cast.owner))
    assert review(cast, change, APPROVE, by_user(cast.owner)) == "merged"


def test_a_rejection_closes(cast: Cast, member: Author) -> None:
    change = proposal(cast, member)
    assert review(cast, change, REJECT, by_user(cast.owner)) == "rejected"
    with pytest.raises(InvalidRequest, match="is rejected"):
        review(cast, change, APPROVE, by_user(cast.owner))
    assert proposal(cast, member).status == "open"


def test_a_label_that_moved_meanwhile_makes_it_stale(cast: Cast, member: Author) -> None:
    make_version(cast.a.project_id)
    change = proposal(cast, member)
    move_label(cast.a.project_id, "p", label="production", version=3, author=SYSTEM)
    change.refresh_from_db()
    assert (standing_of(change).is_stale, standing_of(change).holder) == (True, 3)
    assert review(cast, change, APPROVE, by_user(cast.owner)) == "approved"
    assert holder(cast.a.project_id, "production") == 3
    rebased = rebase_change(cast.a.project_id, change.pk, author=member)
    assert (rebased.status, rebased.base_number, standing_of(rebased).approvals) == ("open", 3, 0)
    assert review(cast, change, APPROVE, by_user(cast.owner)) == "merged"
    assert holder(cast.a.project_id, "production") == 2


def test_a_deleted_base_is_stale_too(cast: Cast, member: Author) -> None:
    change = proposal(cast, member)
    delete_versions(cast.a.project_id, "p", version=1, label=None, author=SYSTEM)
    change.refresh_from_db()
    assert standing_of(change).is_stale
    rebase_change(cast.a.project_id, change.pk, author=member)
    assert review(cast, change, APPROVE, by_user(cast.owner)) == "merged"


def test_proposals_refused(cast: Cast, member: Author) -> None:
    with pytest.raises(InvalidRequest, match="already"):
        proposal(cast, member, version=1)
    with pytest.raises(NotFound):
        proposal(cast, member, version=9)
    with pytest.raises(Forbidden):
        proposal(cast, key_author(cast.a))
    with pytest.raises(Forbidden):
        proposal(cast, by_user(cast.viewer))
    proposal(cast, member)
    with pytest.raises(InvalidRequest, match="is proposed"):
        proposal(cast, member)
    set_immutable_labels(cast.a.project_id, ["production"], author=SYSTEM)
    make_version(cast.a.project_id)
    with pytest.raises(InvalidRequest, match="immutable"):
        proposal(cast, member, version=3)


def test_who_withdraws(cast: Cast, member: Author) -> None:
    change = proposal(cast, member)
    with pytest.raises(Forbidden):
        withdraw_change(cast.a.project_id, change.pk, author=person(cast.a))
    assert withdraw_change(cast.a.project_id, change.pk, author=member).status == "withdrawn"
    other = proposal(cast, member)
    assert withdraw_change(cast.a.project_id, other.pk, author=by_user(cast.owner)).closed_at is not None


def test_other_tenants_find_nothing(cast: Cast, member: Author) -> None:
    change = proposal(cast, member)
    for attempt in (rebase_change, withdraw_change):
        with pytest.raises(NotFound):
            attempt(cast.b.project_id, change.pk, author=by_user(cast.outsider))
    with pytest.raises(NotFound):
        review_change(cast.b.project_id, change.pk, verdict=APPROVE, author=by_user(cast.outsider))
    with pytest.raises(Forbidden):
        review(cast, change, APPROVE, by_user(cast.outsider))


def test_all_of_it_is_audited(cast: Cast, member: Author) -> None:
    change = proposal(cast, member)
    review(cast, change, COMMENT, member)
    review(cast, change, APPROVE, by_user(cast.owner))
    logged = AuditLog.objects.filter(resource_type="promptChangeRequest", resource_id=change.pk)
    assert [one.action for one in logged.order_by("created_at")] == ["create", "comment", "approve"]
