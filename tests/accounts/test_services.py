"""Changes of accounts in, rows and lines of the audit log out; what breaks a rule leaves both as they were."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from accounts.access import Unauthorized
from accounts.audit import SYSTEM, by_user
from accounts.keys import authenticate
from accounts.models import ApiKey, AuditLog, Membership, Organization, Project, ProjectMembership, Role
from accounts.services.api_keys import create_api_key, revoke_api_key
from accounts.services.members import add_member, change_role, remove_member, set_project_role
from accounts.services.organizations import (
    create_organization,
    delete_organization,
    may_create_organization,
    update_organization,
)
from accounts.services.projects import (
    create_project,
    delete_project,
    purge_deleted_projects,
    update_project,
)
from accounts.services.signup import join_default_organization
from langfuse_site.lib.errors import Conflict, Forbidden, InvalidData, NotFound
from tests import factories
from tests.cast import Cast, basic

purged: list[str] = []


def remember_purge(project_id: str) -> None:
    purged.append(project_id)


def last_line() -> AuditLog:
    return AuditLog.objects.latest("created_at")


def test_a_founder_owns_the_organization(db: None) -> None:
    user = factories.make_user()
    organization = create_organization("  Acme ", author=by_user(user), owner=user)
    assert organization.name == "Acme"
    assert Membership.objects.get(organization=organization).role == Role.OWNER
    line = last_line()
    assert (line.action, line.resource_type, line.resource_id) == ("create", "organization", organization.id)
    assert (line.type, line.user_id, line.organization_role) == ("USER", user.pk, "OWNER")
    assert json.loads(line.after or "") == {"id": organization.id, "name": "Acme", "metadata": {}}


def test_a_renaming_keeps_both_names_in_the_log(cast: Cast) -> None:
    update_organization(cast.a.organization, author=by_user(cast.owner), name="New")
    line = last_line()
    assert Organization.objects.get(pk=cast.a.organization.pk).name == "New"
    assert (json.loads(line.before or "")["name"], json.loads(line.after or "")["name"]) == (
        "Organization A",
        "New",
    )


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\x00b", 5, None])
def test_names_that_are_none(db: None, name: Any) -> None:
    with pytest.raises(InvalidData):
        create_organization(name, author=SYSTEM)
    assert not Organization.objects.exists()


def test_an_organization_with_projects_stays(cast: Cast) -> None:
    with pytest.raises(Conflict):
        delete_organization(cast.a.organization, author=by_user(cast.owner))
    delete_project(cast.a.project, author=by_user(cast.owner))
    delete_organization(cast.a.organization, author=by_user(cast.owner))
    assert not Organization.objects.filter(name="Organization A").exists()
    assert not Project.objects.filter(name="Project A").exists()


def test_who_may_found_organizations(db: None, settings: Any) -> None:
    user = factories.make_user("founder@example.com")
    assert may_create_organization(user)
    settings.ORGANIZATION_CREATORS = frozenset({"other@example.com"})
    assert not may_create_organization(user)
    settings.ORGANIZATION_CREATORS = frozenset({"founder@example.com"})
    assert may_create_organization(user)


@pytest.mark.parametrize(("given", "kept"), [(None, None), (0, None), (3, 3), (90, 90)])
def test_retention(cast: Cast, given: int | None, kept: int | None) -> None:
    project = create_project(cast.a.organization, author=SYSTEM, name="New", retention_days=given)
    project.refresh_from_db()
    assert project.retention_days == kept


@pytest.mark.parametrize("days", [1, 2, -1, 10**6, "7", True])
def test_bad_retention(cast: Cast, days: Any) -> None:
    with pytest.raises(InvalidData):
        update_project(cast.a.project, {"retention_days": days}, author=SYSTEM)


def test_a_name_is_free_again_after_its_project(cast: Cast) -> None:
    with pytest.raises(Conflict):
        create_project(cast.a.organization, author=SYSTEM, name="Project A")
    delete_project(cast.a.project, author=SYSTEM)
    assert create_project(cast.a.organization, author=SYSTEM, name="Project A").id != cast.a.project_id


def test_a_deleted_projects_keys_stop_at_once(cast: Cast) -> None:
    authorization = basic(cast.a.public_key, cast.a.secret_key)["HTTP_AUTHORIZATION"]
    authenticate(authorization)
    delete_project(cast.a.project, author=by_user(cast.owner))
    with pytest.raises(Unauthorized):
        authenticate(authorization)
    assert not ApiKey.objects.filter(project=cast.a.project).exists()
    assert not Project.objects.living().filter(pk=cast.a.project_id).exists()


def test_purging_takes_the_rows_of_the_apps_above_first(
    cast: Cast, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    settings.PROJECT_DELETERS = [f"{__name__}.remember_purge"]
    delete_project(cast.a.project, author=SYSTEM)
    assert purge_deleted_projects() == 0
    Project.objects.filter(pk=cast.a.project_id).update(deleted_at=timezone.now() - timedelta(minutes=2))
    assert purge_deleted_projects() == 1
    told = [record for record in caplog.records if record.message == "project_purged"]
    assert [vars(record)["project_id"] for record in told] == [cast.a.project_id]
    assert purged == [cast.a.project_id]
    assert not Project.objects.filter(pk=cast.a.project_id).exists()
    assert purge_deleted_projects() == 0


def test_a_revoked_key_stops_at_once_in_its_process(cast: Cast) -> None:
    authorization = basic(cast.a.public_key, cast.a.secret_key)["HTTP_AUTHORIZATION"]
    authenticate(authorization)
    revoke_api_key(cast.a.api_key, author=by_user(cast.owner))
    with pytest.raises(Unauthorized):
        authenticate(authorization)
    line = last_line()
    assert (line.action, line.resource_type, line.project_id) == ("delete", "apiKey", cast.a.project_id)


def test_no_secret_is_kept_anywhere(cast: Cast) -> None:
    issued = create_api_key(cast.a.project, author=by_user(cast.owner), note="CI")
    line = last_line()
    kept = str(ApiKey.objects.filter(pk=issued.row.pk).values().get()) + (line.after or "")
    assert issued.secret_key not in kept
    assert issued.row.hashed_secret not in (line.after or "")


def test_nobody_gives_a_role_above_their_own(cast: Cast) -> None:
    admin, user = factories.make_user(), factories.make_user()
    factories.make_membership(admin, cast.a.organization, role=Role.ADMIN)
    with pytest.raises(Forbidden):
        add_member(cast.a.organization, user, Role.OWNER, author=by_user(admin))
    with pytest.raises(Forbidden):
        change_role(Membership.objects.get(user=cast.owner), Role.VIEWER, author=by_user(admin))
    with pytest.raises(Forbidden):
        remove_member(Membership.objects.get(user=cast.owner), author=by_user(admin))
    assert add_member(cast.a.organization, user, Role.ADMIN, author=by_user(admin)).role == Role.ADMIN
    with pytest.raises(Conflict):
        add_member(cast.a.organization, user, Role.VIEWER, author=by_user(admin))


def test_the_last_owner_can_neither_leave_nor_step_down(cast: Cast) -> None:
    membership = Membership.objects.get(user=cast.owner)
    with pytest.raises(Forbidden, match="at least one owner"):
        remove_member(membership, author=by_user(cast.owner))
    with pytest.raises(Forbidden, match="at least one owner"):
        change_role(membership, Role.ADMIN, author=by_user(cast.owner))
    change_role(Membership.objects.get(user=cast.viewer), Role.OWNER, author=by_user(cast.owner))
    remove_member(membership, author=by_user(cast.owner))
    assert Membership.objects.get(organization=cast.a.organization).user == cast.viewer


def test_a_member_may_leave(cast: Cast) -> None:
    remove_member(Membership.objects.get(user=cast.viewer), author=by_user(cast.viewer))
    assert not Membership.objects.filter(user=cast.viewer).exists()


def test_a_project_role_is_set_and_changed(cast: Cast) -> None:
    for role in (Role.ADMIN, Role.MEMBER):
        set_project_role(cast.a.project, cast.viewer, role, author=by_user(cast.owner))
        assert ProjectMembership.objects.get().role == role
    with pytest.raises(NotFound):
        set_project_role(cast.a.project, cast.outsider, Role.VIEWER, author=by_user(cast.owner))
    with pytest.raises(Forbidden):
        set_project_role(cast.a.project, cast.viewer, Role.OWNER, author=by_user(cast.viewer))


@pytest.mark.parametrize("statement", ["update audit_logs set action = 'x'", "delete from audit_logs"])
def test_the_database_refuses_to_change_the_log(cast: Cast, statement: str) -> None:
    update_organization(cast.a.organization, author=SYSTEM, name="New")
    with (
        pytest.raises(ProgrammingError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert last_line().action == "update"


def test_the_models_refuse_to_change_the_log(cast: Cast) -> None:
    update_organization(cast.a.organization, author=SYSTEM, name="New")
    line = last_line()
    for change in (line.save, line.delete, AuditLog.objects.all().delete, AuditLog.objects.all().update):
        with pytest.raises(TypeError, match="append-only"):
            change()


def test_new_users_join_the_default_organization(cast: Cast, settings: Any) -> None:
    settings.DEFAULT_ORG_ID, settings.DEFAULT_ORG_ROLE = cast.a.organization.id, "MEMBER"
    settings.DEFAULT_PROJECT_ID, settings.DEFAULT_PROJECT_ROLE = cast.a.project_id, "ADMIN"
    user = factories.make_user()
    join_default_organization(user)
    join_default_organization(user)
    membership = Membership.objects.get(user=user)
    assert (membership.organization_id, membership.role) == (cast.a.organization.id, "MEMBER")
    assert ProjectMembership.objects.get(membership=membership).role == "ADMIN"


def test_without_a_default_new_users_join_nothing(cast: Cast) -> None:
    user = factories.make_user()
    join_default_organization(user)
    assert not Membership.objects.filter(user=user).exists()
