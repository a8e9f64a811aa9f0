"""The way in, from signing up to keys that work."""

import re

import pytest
from django.test import Client

from accounts.keys import authenticate
from accounts.models import ApiKey, AuditLog, Membership, Organization, Project, Role, User
from tests import factories
from tests.cast import Cast, basic

PASSWORD = "a long password 42"


def sign_up(client: Client, email: str = "ada@example.com", **more: str) -> None:
    form = {"name": "Ada", "email": email, "password1": PASSWORD, **more}
    answer = client.post("/auth/sign-up", form)
    assert answer.status_code == 302, answer.content.decode()


@pytest.mark.django_db
def test_from_sign_up_to_a_key_that_is_shown_once(client: Client) -> None:
    sign_up(client)
    assert b"Create an organization" in client.get("/").content
    project_setup = client.post("/setup", {"name": "Acme"}).headers["Location"]
    page = client.post(project_setup, {"name": "Assistant"}).headers["Location"]
    shown = client.post(page).content.decode()
    public_key, secret_key = (re.search(rf"{kind}-lf-[0-9a-f-]{{36}}", shown) for kind in ("pk", "sk"))
    assert public_key and secret_key
    access = authenticate(basic(public_key[0], secret_key[0])["HTTP_AUTHORIZATION"])
    assert access.project_id == Project.objects.get().id
    project = Project.objects.get()
    for again in (page, f"/project/{project.id}/settings/api-keys"):
        assert secret_key[0] not in client.get(again).content.decode()


@pytest.mark.django_db
def test_who_founds_an_organization_owns_it(client: Client) -> None:
    sign_up(client, "Ada@Example.com")
    client.post("/setup", {"name": "Acme"})
    membership = Membership.objects.get()
    assert (membership.user.email, membership.user.name, membership.role) == (
        "ada@example.com",
        "Ada",
        "OWNER",
    )
    assert set(AuditLog.objects.values_list("resource_type", flat=True)) >= {"organization"}


@pytest.mark.django_db
def test_sign_up_can_be_closed(client: Client, settings: object) -> None:
    settings.AUTH_DISABLE_SIGNUP = True  # type: ignore[attr-defined]
    answer = client.post("/auth/sign-up", {"name": "A", "email": "a@example.com", "password1": PASSWORD})
    assert b"Sign-up is closed" in answer.content
    assert not User.objects.exists()


@pytest.mark.django_db
def test_signing_in_with_an_address_in_other_case(client: Client) -> None:
    user = factories.make_user("ada@example.com")
    user.set_password(PASSWORD)
    user.save()
    answer = client.post("/auth/sign-in", {"login": "ADA@example.com", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\x00b"])
def test_a_bad_name_is_told_of_and_creates_nothing(client: Client, name: str) -> None:
    client.force_login(factories.make_user())
    answer = client.post("/setup", {"name": name})
    assert answer.status_code == 200
    assert b"errorlist" in answer.content
    assert not Organization.objects.exists()


def test_a_second_project_of_the_same_name_is_told_of(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    answer = client.post(f"/organization/{cast.a.organization.id}/setup", {"name": cast.a.project.name})
    assert b"already exists" in answer.content
    assert cast.a.organization.projects.count() == 1


def test_a_member_who_may_create_no_project_is_refused(client: Client, cast: Cast) -> None:
    client.force_login(cast.viewer)
    assert client.post(f"/organization/{cast.a.organization.id}/setup", {"name": "x"}).status_code == 403
    client.force_login(cast.outsider)
    assert client.post(f"/organization/{cast.a.organization.id}/setup", {"name": "x"}).status_code == 404


def test_a_revoked_key_is_refused(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    answer = client.post(f"/project/{cast.a.project_id}/api-keys/{cast.a.api_key.id}/revoke", follow=True)
    assert b"is revoked" in answer.content
    assert not ApiKey.objects.filter(pk=cast.a.api_key.pk).exists()
    assert client.get("/api/public/projects", **cast.a.auth).status_code == 401


def test_a_key_of_another_project_is_not_found(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    answer = client.post(f"/project/{cast.a.project_id}/api-keys/{cast.b.api_key.id}/revoke")
    assert answer.status_code == 404
    assert ApiKey.objects.filter(pk=cast.b.api_key.pk).exists()


def test_the_last_owner_stays(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    own = Membership.objects.get(user=cast.owner)
    members = f"/organization/{cast.a.organization.id}/members/{own.pk}"
    answers = [
        client.post(members, {"role": "VIEWER"}, follow=True),
        client.post(f"{members}/remove", follow=True),
    ]
    assert all(b"needs at least one owner" in answer.content for answer in answers)
    own.refresh_from_db()
    assert own.role == Role.OWNER


def test_deleting_asks_for_the_name(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    delete = f"/project/{cast.a.project_id}/delete"
    assert b"This is not the name" in client.post(delete, {"confirmation": "another"}).content
    assert client.post(delete, {"confirmation": cast.a.project.name}).status_code == 302
    assert client.get(f"/project/{cast.a.project_id}/traces").status_code == 404
