"""Invitations in, memberships out: by their link, or by an address that is proved."""

from datetime import timedelta
from functools import partial

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.audit import by_user
from accounts.models import AuditLog, Invitation, Membership, ProjectMembership, Role, User
from accounts.services.invitations import (
    accept_invitation,
    accept_verified_invitations,
    create_invitation,
    invitation_url,
    revoke_invitation,
    token_of,
)
from langfuse_site.lib.errors import Conflict, Forbidden, InvalidData, NotFound
from tests import factories
from tests.cast import Cast
from tests.flows.threads import at_once, slow


def invite(cast: Cast, email: str = "New@Example.com", role: Role = Role.MEMBER) -> Invitation:
    return create_invitation(cast.a.organization, author=by_user(cast.owner), email=email, role=role)


def test_who_follows_the_link_becomes_a_member(cast: Cast) -> None:
    invitation = invite(cast)
    assert invitation.email == "new@example.com"
    assert invitation_url(invitation).endswith(token_of(invitation))
    user = factories.make_user("other@example.com")
    membership = accept_invitation(token_of(invitation), user)
    assert (membership.organization_id, membership.role) == (cast.a.organization.id, Role.MEMBER)
    actions = AuditLog.objects.filter(resource_type="membershipInvitation").order_by("created_at")
    assert [line.action for line in actions] == ["create", "accept"]


def test_a_link_works_once(cast: Cast) -> None:
    token = token_of(invite(cast))
    accept_invitation(token, factories.make_user())
    with pytest.raises(NotFound):
        accept_invitation(token, factories.make_user())


@pytest.mark.django_db(transaction=True)
def test_a_link_works_once_for_two_at_once(cast: Cast) -> None:
    token = token_of(invite(cast))

    def accept(user: User) -> bool:
        try:
            return bool(accept_invitation(token, user))
        except NotFound:
            return False

    users = [factories.make_user(), factories.make_user()]
    with slow("memberships", seconds=0.5):
        accepted = at_once(*(partial(accept, user) for user in users))
    assert sorted(accepted) == [False, True]
    assert Membership.objects.filter(user__in=users).count() == 1


@pytest.mark.parametrize("token", ["", "x", "WyJhIl0:1:x"])
def test_a_forged_link(cast: Cast, token: str) -> None:
    with pytest.raises(NotFound):
        accept_invitation(token, cast.outsider)


def test_an_expired_link(cast: Cast) -> None:
    invitation = invite(cast)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(NotFound, match="expired"):
        accept_invitation(token_of(invitation), cast.outsider)
    assert not Membership.objects.filter(user=cast.outsider, organization=cast.a.organization).exists()


def test_a_withdrawn_link(cast: Cast) -> None:
    invitation = invite(cast)
    token = token_of(invitation)
    revoke_invitation(invitation, author=by_user(cast.owner))
    with pytest.raises(NotFound):
        accept_invitation(token, cast.outsider)


def test_a_proved_address_is_enough(cast: Cast) -> None:
    invite(cast)
    user = factories.make_user("new@example.com")
    EmailAddress.objects.create(user=user, email="new@example.com", verified=True, primary=True)
    assert [membership.user for membership in accept_verified_invitations(user)] == [user]
    assert not Invitation.objects.exists()


def test_an_address_that_nobody_proved_is_not(cast: Cast) -> None:
    invite(cast)
    user = factories.make_user("new@example.com")
    EmailAddress.objects.create(user=user, email="new@example.com", verified=False, primary=True)
    assert accept_verified_invitations(user) == []
    assert Invitation.objects.count() == 1


def test_an_invitation_to_one_project(cast: Cast) -> None:
    invitation = create_invitation(
        cast.a.organization,
        author=by_user(cast.owner),
        email="new@example.com",
        role=Role.NONE,
        project=cast.a.project,
        project_role=Role.MEMBER,
    )
    accept_invitation(token_of(invitation), cast.outsider)
    own = ProjectMembership.objects.get()
    assert (own.project, own.role, own.membership.role) == (cast.a.project, Role.MEMBER, Role.NONE)


def test_a_member_keeps_a_higher_role(cast: Cast) -> None:
    token = token_of(invite(cast, role=Role.VIEWER))
    assert accept_invitation(token, cast.owner).role == Role.OWNER


def test_a_member_gets_a_higher_role(cast: Cast) -> None:
    token = token_of(invite(cast, role=Role.ADMIN))
    assert accept_invitation(token, cast.viewer).role == Role.ADMIN


def test_nobody_is_invited_twice_or_as_a_member(cast: Cast) -> None:
    invite(cast)
    with pytest.raises(Conflict, match="already invited"):
        invite(cast, email="new@example.com")
    with pytest.raises(Conflict, match="already a member"):
        invite(cast, email="VIEWER@example.com")


def test_an_expired_invitation_is_renewed(cast: Cast) -> None:
    invite(cast)
    Invitation.objects.update(expires_at=timezone.now())
    assert invite(cast, role=Role.ADMIN).role == Role.ADMIN
    assert Invitation.objects.count() == 1


def test_what_is_no_address(cast: Cast) -> None:
    with pytest.raises(InvalidData):
        invite(cast, email="nobody")


def test_nobody_invites_above_their_role_or_into_anothers_project(cast: Cast) -> None:
    admin = factories.make_user()
    factories.make_membership(admin, cast.a.organization, role=Role.ADMIN)
    with pytest.raises(Forbidden):
        create_invitation(cast.a.organization, author=by_user(admin), email="x@example.com", role=Role.OWNER)
    with pytest.raises(NotFound):
        create_invitation(
            cast.a.organization,
            author=by_user(cast.owner),
            email="x@example.com",
            role=Role.MEMBER,
            project=cast.b.project,
            project_role=Role.MEMBER,
        )
