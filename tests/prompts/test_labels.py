"""Labels: moved, removed, rolled back, each move remembered; protected and immutable ones."""

import pytest

from accounts.audit import SYSTEM, by_user
from accounts.models import AuditLog, Role
from langfuse_site.lib.errors import ApiError, Conflict, Forbidden, InvalidData, InvalidRequest, NotFound
from prompts.labels import move_label, remove_label, roll_back
from prompts.models import PromptLabelMove, PromptVersion
from prompts.queries import list_moves
from prompts.rules import protect_label, set_immutable_labels, unprotect_label
from prompts.versions import add_labels, create_version, delete_versions, set_tags
from prompts.wire import read_new_version
from tests.cast import Cast
from tests.prompts.making import holder, key_author, make_version, person, prompt_of

Move = tuple[str, int | None, int | None]


def moves(project_id: str) -> list[Move]:
    return [(m.cause, m.from_number, m.to_number) for m in list_moves(project_id, "p", label="production")][
        ::-1
    ]


def test_every_path_is_remembered(cast: Cast) -> None:
    project_id, owner = cast.a.project_id, by_user(cast.owner)
    make_version(project_id, labels=["production"], author=key_author(cast.a))
    make_version(project_id, author=owner)
    add_labels(project_id, "p", version=2, labels=["production"], author=key_author(cast.a))
    move_label(project_id, "p", label="production", version=1, author=owner, reason="worse")
    roll_back(project_id, "p", label="production", author=owner)
    remove_label(project_id, "p", label="production", author=owner)
    roll_back(project_id, "p", label="production", author=owner)
    delete_versions(project_id, "p", version=2, label=None, author=owner)
    assert moves(project_id) == [
        ("create", None, 1),
        ("label", 1, 2),
        ("label", 2, 1),
        ("roll_back", 1, 2),
        ("remove", 2, None),
        ("roll_back", None, 2),
        ("delete", 2, None),
    ]
    told = PromptLabelMove.objects.get(reason="worse")
    assert (told.actor, told.user, told.api_key_id) == ("USER", cast.owner, None)
    assert PromptLabelMove.objects.filter(api_key_id=cast.a.api_key.id, actor="API_KEY").count() == 2
    with pytest.raises(InvalidRequest, match="is deleted"):
        roll_back(project_id, "p", label="production", author=owner)


def test_what_does_not_move_is_not_remembered(cast: Cast) -> None:
    make_version(cast.a.project_id, labels=["production"])
    add_labels(cast.a.project_id, "p", version=1, labels=["production"], author=SYSTEM)
    assert moves(cast.a.project_id) == [("create", None, 1)]
    with pytest.raises(InvalidRequest, match="no other version before"):
        roll_back(cast.a.project_id, "p", label="production", author=SYSTEM)


def test_moves_refused(cast: Cast) -> None:
    project_id = cast.a.project_id
    make_version(project_id)
    for label in ("latest", "Upper", "", "x" * 37):
        with pytest.raises(InvalidData):
            move_label(project_id, "p", label=label, version=1, author=SYSTEM)
    with pytest.raises(NotFound):
        move_label(project_id, "p", label="a", version=2, author=SYSTEM)
    with pytest.raises(NotFound):
        remove_label(project_id, "p", label="a", author=SYSTEM)
    with pytest.raises(NotFound):
        move_label(cast.b.project_id, "p", label="a", version=1, author=SYSTEM)


@pytest.mark.parametrize("author", [lambda cast: by_user(cast.viewer), lambda cast: by_user(cast.outsider)])
def test_who_may_not_edit(cast: Cast, author: object) -> None:
    project_id = cast.a.project_id
    make_version(project_id, labels=["a"])
    who = author(cast)  # type: ignore[operator]
    attempts = (
        lambda: make_version(project_id, author=who),
        lambda: add_labels(project_id, "p", version=1, labels=["b"], author=who),
        lambda: move_label(project_id, "p", label="b", version=1, author=who),
        lambda: remove_label(project_id, "p", label="a", author=who),
        lambda: roll_back(project_id, "p", label="a", author=who),
        lambda: set_tags(project_id, "p", tags=["t"], author=who),
        lambda: delete_versions(project_id, "p", version=1, label=None, author=who),
        lambda: protect_label(project_id, "a", author=who),
        lambda: set_immutable_labels(project_id, ["v#"], author=who),
    )
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
    assert holder(project_id, "a") == 1 and PromptVersion.objects.count() == 1


def test_protected_labels_take_the_scope(cast: Cast) -> None:
    project_id, member, admin = cast.a.project_id, person(cast.a), person(cast.a, Role.ADMIN)
    make_version(project_id, labels=["production"])
    protect_label(project_id, "production", author=admin)
    make_version(project_id, author=member)
    attempts = (
        lambda: make_version(project_id, labels=["production"], author=member),
        lambda: add_labels(project_id, "p", version=2, labels=["a", "production"], author=member),
        lambda: remove_label(project_id, "p", label="production", author=member),
        lambda: delete_versions(project_id, "p", version=1, label=None, author=member),
        lambda: unprotect_label(project_id, "production", author=member),
    )
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
    assert (holder(project_id, "production"), holder(project_id, "a"), holder(project_id, "latest")) == (
        1,
        None,
        2,
    )
    make_version(project_id, labels=["production"], author=key_author(cast.a))
    move_label(project_id, "p", label="production", version=1, author=admin)
    assert holder(project_id, "production") == 1
    unprotect_label(project_id, "production", author=admin)
    move_label(project_id, "p", label="production", version=2, author=member)


def test_a_rule_may_cover_keys(cast: Cast) -> None:
    project_id, key = cast.a.project_id, key_author(cast.a)
    make_version(project_id, labels=["production"])
    protect_label(project_id, "production", author=by_user(cast.owner), covers_api_keys=True)
    add_labels(project_id, "p", version=1, labels=["production"], author=key)
    make_version(project_id, author=key)
    attempts = (
        lambda: make_version(project_id, labels=["production"], author=key),
        lambda: add_labels(project_id, "p", version=2, labels=["a", "production"], author=key),
        lambda: delete_versions(project_id, "p", version=None, label=None, author=key),
    )
    for attempt in attempts:
        with pytest.raises(Forbidden, match="API keys may not move it"):
            attempt()
    assert [holder(project_id, label) for label in ("production", "latest", "a")] == [1, 2, None]


def test_approvals_forbid_to_move_directly_but_not_to_roll_back(cast: Cast) -> None:
    project_id, owner = cast.a.project_id, by_user(cast.owner)
    make_version(project_id, labels=["production"])
    make_version(project_id, labels=["production"])
    protect_label(project_id, "production", author=owner, required_approvals=1)
    with pytest.raises(Forbidden, match="needs 1 approval in this project"):
        move_label(project_id, "p", label="production", version=1, author=owner)
    roll_back(project_id, "p", label="production", author=owner)
    assert holder(project_id, "production") == 1
    with pytest.raises(Forbidden):
        roll_back(project_id, "p", label="production", author=person(cast.a))


def test_immutable_labels_never_move(cast: Cast) -> None:
    project_id, owner = cast.a.project_id, by_user(cast.owner)
    set_immutable_labels(project_id, ["v#.#.#", "rc-*"], author=owner)
    make_version(project_id, labels=["v1.2.30", "v1.2", "rc-a"])
    make_version(project_id)
    attempts = (
        lambda: move_label(project_id, "p", label="v1.2.30", version=2, author=owner),
        lambda: make_version(project_id, labels=["rc-a"], author=key_author(cast.a)),
        lambda: remove_label(project_id, "p", label="v1.2.30", author=owner),
        lambda: delete_versions(project_id, "p", version=1, label=None, author=owner),
        lambda: delete_versions(project_id, "p", version=None, label=None, author=SYSTEM),
    )
    for attempt in attempts:
        with pytest.raises(InvalidRequest, match="immutable"):
            attempt()
    assert (holder(project_id, "v1.2.30"), holder(project_id, "rc-a"), holder(project_id, "latest")) == (
        1,
        1,
        2,
    )
    move_label(project_id, "p", label="v1.2", version=2, author=owner)
    move_label(project_id, "p", label="v2.0.0", version=2, author=owner)


@pytest.mark.parametrize("patterns", [["V#"], [""], ["*a*b*"], ["(a+)+"], ["v#"] * 21, ["a" * 37]])
def test_patterns_refused(cast: Cast, patterns: list[str]) -> None:
    with pytest.raises(InvalidData):
        set_immutable_labels(cast.a.project_id, patterns, author=SYSTEM)


def test_rules_refused(cast: Cast) -> None:
    with pytest.raises(InvalidRequest):
        protect_label(cast.a.project_id, "latest", author=SYSTEM)
    for label, approvals in (("No", 0), ("a", -1), ("a", 21)):
        with pytest.raises(InvalidData):
            protect_label(cast.a.project_id, label, author=SYSTEM, required_approvals=approvals)


def test_a_stale_form_is_told(cast: Cast) -> None:
    new = read_new_version({"name": "p", "prompt": "x"})
    create_version(cast.a.project_id, new, author=SYSTEM, expected_latest=0)
    with pytest.raises(Conflict, match="has version 1 by now"):
        create_version(cast.a.project_id, new, author=SYSTEM, expected_latest=0)
    assert create_version(cast.a.project_id, new, author=SYSTEM, expected_latest=1).version == 2


def test_tags_are_of_all_versions(cast: Cast) -> None:
    make_version(cast.a.project_id)
    set_tags(cast.a.project_id, "p", tags=["b", "a", "b"], author=SYSTEM)
    assert prompt_of(cast.a.project_id).tags == ["b", "a"]


def test_rules_are_audited(cast: Cast) -> None:
    owner = by_user(cast.owner)
    protect_label(cast.a.project_id, "a", author=owner)
    protect_label(cast.a.project_id, "a", author=owner, required_approvals=2)
    unprotect_label(cast.a.project_id, "a", author=owner)
    logged = AuditLog.objects.filter(resource_type="promptProtectedLabel", user_id=cast.owner.pk)
    assert [one.action for one in logged.order_by("created_at")] == ["create", "update", "delete"]


def test_nothing_of_a_refusal_stays(cast: Cast) -> None:
    project_id = cast.a.project_id
    protect_label(project_id, "production", author=SYSTEM, covers_api_keys=True)
    with pytest.raises(ApiError):
        make_version(project_id, "other", labels=["a", "production"], tags=["t"], author=key_author(cast.a))
    assert not PromptVersion.objects.exists() and not PromptLabelMove.objects.exists()
    assert not AuditLog.objects.filter(resource_type="prompt").exists()
