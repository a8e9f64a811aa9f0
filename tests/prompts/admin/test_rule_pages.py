"""Rules of labels in the admin: made, changed and taken away by admins of the project, audited."""

import re
from typing import Any

import pytest
from django.urls import reverse

from accounts.audit import by_user
from accounts.models import AuditLog, Role
from langfuse_site.lib.errors import Forbidden
from prompts.models import PromptPolicy, ProtectedLabel
from prompts.rules import protect_label, rules_of
from prompts.versions import add_labels
from tests import factories
from tests.cast import Cast
from tests.prompts.admin.visiting import make_version, text, visit
from tests.prompts.making import key_author

RULES = reverse("admin:prompts_protectedlabel_add")
POLICIES = reverse("admin:prompts_promptpolicy_add")


def rule(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {"project": cast.a.project_id, "label": "production", "required_approvals": 2} | changes


def test_a_label_is_protected(cast: Cast) -> None:
    assert visit(cast.owner).post(RULES, rule(cast, covers_api_keys="on")).status_code == 302
    made = ProtectedLabel.objects.get()
    assert (made.required_approvals, made.own_approval_counts, made.covers_api_keys) == (2, False, True)
    assert made.created_by == cast.owner
    assert AuditLog.objects.filter(resource_type="promptProtectedLabel", user_id=cast.owner.pk).count() == 1
    make_version(cast.a.project_id)
    with pytest.raises(Forbidden, match="API keys may not"):
        add_labels(cast.a.project_id, "p", version=1, labels=["production"], author=key_author(cast.a))


def test_a_rule_is_changed_and_taken_away(cast: Cast) -> None:
    protect_label(cast.a.project_id, "production", author=by_user(cast.owner))
    made, client = ProtectedLabel.objects.get(), visit(cast.owner)
    address = reverse("admin:prompts_protectedlabel_change", args=[made.pk])
    assert "Admins and owners" in text(client.get(address)) or client.get(address).status_code == 200
    assert client.post(address, {"required_approvals": 3, "own_approval_counts": "on"}).status_code == 302
    made.refresh_from_db()
    assert (made.label, made.required_approvals, made.own_approval_counts) == ("production", 3, True)
    gone = reverse("admin:prompts_protectedlabel_delete", args=[made.pk])
    assert client.post(gone, {"post": "yes"}).status_code == 302
    assert not ProtectedLabel.objects.exists()
    actions = AuditLog.objects.filter(resource_type="promptProtectedLabel").order_by("created_at")
    assert list(actions.values_list("action", flat=True)) == ["create", "update", "delete"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"label": "Übel"}, "lowercase"),
        ({"label": "latest"}, "by itself"),
        ({"label": ""}, "required"),
        ({"required_approvals": 21}, "At most 20"),
        ({"required_approvals": -1}, "greater than or equal to 0"),
        ({"label": "taken"}, "already exists"),
    ],
)
def test_what_is_wrong_is_told_and_kept(cast: Cast, changes: dict[str, Any], told: str) -> None:
    protect_label(cast.a.project_id, "taken", author=by_user(cast.owner))
    sent = rule(cast, **changes)
    answer = visit(cast.owner).post(RULES, sent)
    assert answer.status_code == 200 and told in text(answer)
    assert answer.context["adminform"].form["label"].value() == sent["label"]
    assert ProtectedLabel.objects.count() == 1


def test_projects_of_others_can_not_be_chosen(cast: Cast) -> None:
    for address, form in ((RULES, rule(cast)), (POLICIES, {"patterns": "v#"})):
        answer = visit(cast.owner).post(address, {**form, "project": cast.b.project_id})
        assert "Select a valid choice" in text(answer)
        assert "Project B" not in text(visit(cast.owner).get(address))


def test_only_projects_where_one_is_admin(cast: Cast) -> None:
    other = factories.make_project(cast.a.organization, name="Other")
    membership = cast.a.organization.memberships.get(user=cast.viewer)
    factories.make_project_membership(membership, other, role=Role.ADMIN)
    client = visit(cast.viewer)
    assert "Select a valid choice" in text(client.post(RULES, rule(cast)))
    assert client.post(RULES, rule(cast, project=other.pk)).status_code == 302
    theirs = protect_label(cast.a.project_id, "a", author=by_user(cast.owner))
    address = reverse("admin:prompts_protectedlabel_change", args=[theirs.pk])
    assert client.post(address, {"required_approvals": 5}).status_code == 403
    gone = reverse("admin:prompts_protectedlabel_delete", args=[theirs.pk])
    assert client.post(gone, {"post": "yes"}).status_code == 403


def without_links(page: str) -> str:
    """Return the words of a page: addresses keep the name of the table."""
    return re.sub(r"<[^>]*>", " ", page).lower()


def test_immutable_labels_of_a_project(cast: Cast) -> None:
    client = visit(cast.owner)
    sent = {"project": cast.a.project_id, "patterns": "v#.#.#\nrelease-*\n\nv#.#.#"}
    assert client.post(POLICIES, sent).status_code == 302
    assert rules_of(cast.a.project_id).immutable == ("v#.#.#", "release-*")
    address = reverse("admin:prompts_promptpolicy_change", args=[cast.a.project_id])
    listed = reverse("admin:prompts_promptpolicy_changelist")
    pages = [text(client.get(page)) for page in (POLICIES, address, listed)]
    assert "release-*" in pages[1]
    assert all("mmutable labels" in page and "polic" not in without_links(page) for page in pages)
    wrong = client.post(address, {"patterns": "v#\nÜ"})
    assert "lowercase" in text(wrong) and "Ü" in text(wrong)
    assert client.post(address, {"patterns": ""}).status_code == 302
    assert PromptPolicy.objects.get().immutable_labels == []
