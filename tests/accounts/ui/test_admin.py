"""The admin: what is the installation's for its admins alone, without secrets, changing things by the services."""

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.admin_site import site
from accounts.models import ApiKey, AuditLog, Membership, Project, Role
from tests import factories
from tests.cast import Cast

OF_TEAMS = {"prompts"}
"""The apps that members of projects find in the admin, too: their own tests say what each sees."""
CHANGELISTS = sorted(
    f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    for model in site._registry
    if model._meta.app_label not in OF_TEAMS
)


@pytest.fixture
def admin(client: Client, db: None) -> Client:
    client.force_login(factories.make_user("admin@example.com", is_superuser=True))
    return client


@pytest.mark.parametrize("name", CHANGELISTS)
def test_every_list_opens_to_admins_and_to_nobody_else(client: Client, cast: Cast, name: str) -> None:
    assert client.get(reverse(name)).status_code == 302
    client.force_login(cast.owner)
    assert client.get(reverse(name), follow=True).status_code == 403
    client.force_login(factories.make_user(is_superuser=True))
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    assert cast.a.api_key.hashed_secret not in answer.content.decode()


def test_the_admin_opens_to_members_of_projects(client: Client, cast: Cast) -> None:
    index = reverse("admin:index")
    assert client.get(index).status_code == 302
    stranger, locked = factories.make_user(), factories.make_user(is_superuser=True)
    locked.is_active = False
    locked.save()
    for user, status in ((stranger, 403), (cast.viewer, 200), (cast.owner, 200)):
        client.force_login(user)
        assert client.get(index, follow=True).status_code == status, user
    client.force_login(locked)
    assert "sign-in" in client.get(index, follow=True).redirect_chain[-1][0]


def test_a_member_sees_nothing_of_the_installation(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    page = client.get(reverse("admin:index"), follow=True).content.decode()
    assert reverse("admin:accounts_user_changelist") not in page
    assert client.get(reverse("admin:app_list", args=["accounts"])).status_code == 404
    assert client.get(reverse("admin:accounts_user_change", args=[cast.owner.pk])).status_code == 403


def test_a_deleted_project_opens_the_admin_no_more(client: Client, cast: Cast) -> None:
    Project.objects.update(deleted_at=timezone.now())
    client.force_login(cast.owner)
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_people_sign_in_on_the_one_page(client: Client, db: None) -> None:
    assert client.get("/admin/login/?next=/admin/").headers["Location"] == "/auth/sign-in?next=/admin/"


def test_a_key_is_shown_without_its_hash_and_revoked(admin: Client, cast: Cast) -> None:
    page = admin.get(reverse("admin:accounts_apikey_change", args=[cast.a.api_key.id])).content.decode()
    assert cast.a.public_key in page
    assert cast.a.api_key.hashed_secret not in page
    chosen = {"action": "revoke", ACTION_CHECKBOX_NAME: [cast.a.api_key.id]}
    admin.post(reverse("admin:accounts_apikey_changelist"), chosen)
    assert not ApiKey.objects.filter(pk=cast.a.api_key.pk).exists()
    assert AuditLog.objects.filter(resource_id=cast.a.api_key.id, action="delete").exists()


def test_what_a_service_refuses_changes_nothing(admin: Client, cast: Cast) -> None:
    own = Membership.objects.get(user=cast.owner)
    answer = admin.post(
        reverse("admin:accounts_membership_change", args=[own.pk]), {"role": "VIEWER"}, follow=True
    )
    assert b"needs at least one owner" in answer.content
    own.refresh_from_db()
    assert own.role == Role.OWNER


def test_a_project_is_changed_by_its_service(admin: Client, cast: Cast) -> None:
    form: dict[str, Any] = {
        "name": "Renamed",
        "metadata": "{}",
        "keep_raw_bodies": "unknown",
        "retention_days": "7",
    }
    answer = admin.post(reverse("admin:accounts_project_change", args=[cast.a.project_id]), form)
    assert answer.status_code == 302, answer.content.decode()
    assert Project.objects.values_list("name", "retention_days").get(pk=cast.a.project_id) == ("Renamed", 7)
    assert (
        AuditLog.objects.get(resource_id=cast.a.project_id, action="update").project_id == cast.a.project_id
    )


def test_a_user_is_added_with_a_password(admin: Client) -> None:
    password = "a long password 42"
    form = {"email": "New@Example.com", "name": "N", "usable_password": "true", "password1": password}
    answer = admin.post(reverse("admin:accounts_user_add"), {**form, "password2": password})
    assert answer.status_code == 302, answer.content.decode()
    assert (
        Client().post("/auth/sign-in", {"login": "new@example.com", "password": password}).status_code == 302
    )
