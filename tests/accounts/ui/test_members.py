"""Invitations by link, roles of members, roles in one project."""

from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import Invitation, Membership, ProjectMembership, Role
from accounts.services.invitations import invitation_url
from tests import factories
from tests.accounts.ui.test_setup import sign_up
from tests.cast import Cast


def invited(client: Client, cast: Cast, **more: str) -> str:
    """Invite somebody as the owner; return the path of the link."""
    client.force_login(cast.owner)
    form = {"email": "new@example.com", "role": "MEMBER", **more}
    answer = client.post(f"/organization/{cast.a.organization.id}/invitations", form)
    assert answer.status_code == 302, answer.content.decode()
    client.logout()
    return urlsplit(invitation_url(Invitation.objects.get())).path


def test_somebody_new_follows_the_link(client: Client, cast: Cast) -> None:
    link = invited(client, cast, project=cast.a.project_id, project_role="ADMIN")
    assert b"Join Organization A" in client.get(link).content
    sign_up(client, "new@example.com", next=link)
    assert client.post(link).status_code == 302
    membership = Membership.objects.get(user__email="new@example.com")
    assert (membership.organization, membership.role) == (cast.a.organization, Role.MEMBER)
    assert ProjectMembership.objects.get(membership=membership).role == Role.ADMIN
    assert client.post(link).status_code == 404


def test_an_address_that_nobody_proved_opens_no_organization(client: Client, cast: Cast) -> None:
    invited(client, cast)
    sign_up(client, "new@example.com")
    assert not Membership.objects.filter(user__email="new@example.com").exists()
    assert client.get(f"/organization/{cast.a.organization.id}").status_code == 404


def test_a_proved_address_accepts_at_sign_in(client: Client, cast: Cast) -> None:
    user = factories.make_user("new@example.com")
    user.set_password("a long password 42")
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    invited(client, cast)
    client.post("/auth/sign-in", {"login": user.email, "password": "a long password 42"})
    assert Membership.objects.get(user=user).organization == cast.a.organization


def test_a_link_that_was_changed_or_withdrawn(client: Client, cast: Cast) -> None:
    link = invited(client, cast)
    client.force_login(cast.outsider)
    assert client.post(link[:-2]).status_code == 404
    Invitation.objects.get().delete()
    answer = client.post(link)
    assert answer.status_code == 404
    assert b"No longer valid" in answer.content
    assert not Membership.objects.filter(user=cast.outsider, organization=cast.a.organization).exists()


def test_an_admin_makes_no_owner(client: Client, cast: Cast) -> None:
    admin = factories.make_user()
    factories.make_membership(admin, cast.a.organization, role=Role.ADMIN)
    client.force_login(admin)
    viewer = Membership.objects.get(user=cast.viewer)
    base = f"/organization/{cast.a.organization.id}"
    client.post(f"{base}/members/{viewer.pk}", {"role": "OWNER"})
    client.post(f"{base}/invitations", {"email": "x@example.com", "role": "OWNER"})
    viewer.refresh_from_db()
    assert viewer.role == Role.VIEWER
    assert not Invitation.objects.exists()


def test_a_role_in_one_project_and_back(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    viewer = Membership.objects.get(user=cast.viewer)
    change = f"/project/{cast.a.project_id}/members/{viewer.pk}"
    client.post(change, {"role": "ADMIN"})
    assert ProjectMembership.objects.get().role == Role.ADMIN
    client.post(change, {"role": ""})
    assert not ProjectMembership.objects.exists()


def test_a_viewer_may_leave_but_remove_nobody(client: Client, cast: Cast) -> None:
    client.force_login(cast.viewer)
    base = f"/organization/{cast.a.organization.id}/members"
    owner, own = (Membership.objects.get(user=user) for user in (cast.owner, cast.viewer))
    client.post(f"{base}/{owner.pk}/remove")
    assert Membership.objects.filter(pk=owner.pk).exists()
    assert client.post(f"{base}/{own.pk}/remove").headers["Location"] == "/"
    assert not Membership.objects.filter(pk=own.pk).exists()


def test_members_are_found_by_name_or_address(client: Client, cast: Cast) -> None:
    for number in range(120):
        factories.make_membership(factories.make_user(f"p{number}@example.com"), cast.a.organization)
    client.force_login(cast.owner)
    page = f"/organization/{cast.a.organization.id}/settings/members"
    assert b"1\xe2\x80\x93100 of 122" in client.get(page).content
    found = client.get(page, {"q": "P119@"}).content
    assert b"p119@example.com" in found
    assert b"p118@example.com" not in found
