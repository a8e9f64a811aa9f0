"""A visitor of the admin in; in which projects they may do what out."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.admin_site import Visitor
from accounts.models import Role
from tests import factories
from tests.cast import Cast


def test_a_visitor_may_what_their_role_in_each_project_says(cast: Cast) -> None:
    membership = factories.make_membership(cast.viewer, cast.b.organization, role=Role.MEMBER)
    visitor = Visitor(cast.viewer)
    assert visitor.projects_with("prompts:read") == [cast.a.project, cast.b.project]
    assert visitor.projects_with("prompts:CUD") == [cast.b.project]
    assert visitor.can("prompts:CUD") and not visitor.can("prompts:CUD", cast.a.project_id)
    assert not visitor.can("promptProtectedLabels:CUD")
    factories.make_project_membership(membership, cast.b.project, role=Role.VIEWER)
    assert not Visitor(cast.viewer).can("prompts:CUD")


def test_roles_are_read_once_a_visit(cast: Cast) -> None:
    visitor = Visitor(cast.owner)
    visitor.can("prompts:read")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert visitor.can("prompts:CUD", cast.a.project_id)
        assert visitor.scopes_in(cast.b.project_id) == frozenset()
    assert len(queries) == 0


def test_a_superuser_may_all_and_a_locked_one_nothing(cast: Cast) -> None:
    admin = factories.make_user(is_superuser=True)
    assert Visitor(admin).can("prompts:CUD", cast.b.project_id)
    admin.is_active = False
    assert not Visitor(admin).can("prompts:read")
    assert Visitor(admin).projects_with("prompts:read") == []
