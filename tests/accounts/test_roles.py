"""The scope matrix: a role and a scope in, yes or no out."""

import pytest
from django.utils import timezone

from accounts.models import Membership, Role
from accounts.roles import (
    can,
    effective_role,
    organization_scopes_of,
    projects_of,
    role_in_project,
    roles_in_projects,
    scopes_of,
)
from tests import factories
from tests.cast import Cast


@pytest.mark.parametrize(
    ("role", "count"),
    [(Role.OWNER, 56), (Role.ADMIN, 55), (Role.MEMBER, 42), (Role.VIEWER, 18), (Role.NONE, 0)],
)
def test_each_role_has_its_number_of_scopes(role: Role, count: int) -> None:
    assert len(scopes_of(role)) == count


@pytest.mark.parametrize(
    ("scope", "least"),
    [
        ("project:delete", Role.OWNER),
        ("apiKeys:CUD", Role.ADMIN),
        ("traces:delete", Role.ADMIN),
        ("promptProtectedLabels:CUD", Role.ADMIN),
        ("apiKeys:read", Role.MEMBER),
        ("prompts:CUD", Role.MEMBER),
        ("scores:CUD", Role.MEMBER),
        ("prompts:read", Role.VIEWER),
        ("project:read", Role.VIEWER),
    ],
)
def test_a_scope_begins_at_its_least_role(scope: str, least: Role) -> None:
    assert {role for role in Role if scope in scopes_of(role)} == {r for r in Role if r.rank >= least.rank}


def test_scopes_of_organizations() -> None:
    assert organization_scopes_of(Role.OWNER) - organization_scopes_of(Role.ADMIN) == {
        "organization:CRUD_apiKeys",
        "organization:delete",
        "langfuseCloudBilling:CRUD",
    }
    assert organization_scopes_of(Role.MEMBER) == {"organizationMembers:read"}
    assert organization_scopes_of(Role.VIEWER) == organization_scopes_of(Role.NONE) == frozenset()


@pytest.mark.parametrize(
    ("in_organization", "in_project", "effective"),
    [
        (Role.VIEWER, None, Role.VIEWER),
        (Role.VIEWER, Role.ADMIN, Role.ADMIN),
        (Role.ADMIN, Role.VIEWER, Role.VIEWER),
        (Role.ADMIN, Role.NONE, Role.ADMIN),
        (Role.NONE, Role.MEMBER, Role.MEMBER),
        (Role.NONE, None, Role.NONE),
    ],
)
def test_a_project_role_goes_over_the_organizations(
    in_organization: Role, in_project: Role | None, effective: Role
) -> None:
    assert effective_role(in_organization, in_project) is effective


def test_the_cast_may_what_their_roles_say(cast: Cast) -> None:
    assert can(cast.owner, "project:delete", project=cast.a.project)
    assert can(cast.viewer, "prompts:read", project=cast.a.project)
    assert not can(cast.viewer, "prompts:CUD", project=cast.a.project)
    assert not can(cast.outsider, "project:read", project=cast.a.project)
    assert not can(cast.outsider, "organizationMembers:read", organization=cast.a.organization)


def test_a_superuser_may_all_and_a_locked_one_nothing(cast: Cast) -> None:
    admin = factories.make_user(is_superuser=True)
    assert can(admin, "project:delete", project=cast.a.project)
    admin.is_active = False
    assert not can(admin, "project:read", project=cast.a.project)


def test_nobody_may_anything_in_a_deleted_project(cast: Cast) -> None:
    cast.a.project.deleted_at = timezone.now()
    assert not can(cast.owner, "project:read", project=cast.a.project)


def test_one_project_for_who_is_nothing_in_the_organization(cast: Cast) -> None:
    other = factories.make_project(cast.a.organization)
    guest = factories.make_user()
    membership = factories.make_membership(guest, cast.a.organization, role=Role.NONE)
    factories.make_project_membership(membership, cast.a.project, role=Role.MEMBER)
    assert role_in_project(guest, cast.a.project) is Role.MEMBER
    assert role_in_project(guest, other) is Role.NONE
    assert projects_of(guest) == [cast.a.project]
    assert roles_in_projects(guest) == [(cast.a.project, Role.MEMBER)]


def test_projects_of_each(cast: Cast) -> None:
    assert projects_of(cast.viewer) == [cast.a.project]
    assert projects_of(cast.outsider) == [cast.b.project]
    assert projects_of(factories.make_user(is_superuser=True)) == [cast.a.project, cast.b.project]
    Membership.objects.filter(user=cast.viewer).delete()
    assert projects_of(cast.viewer) == []
