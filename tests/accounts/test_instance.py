"""The installation's admin key in; organizations and keys made, changed and removed out."""

from typing import Any

import pytest
from django.test import Client
from django.urls import include, path

from accounts.api.projects import ProjectsView
from accounts.models import ApiKey, Organization
from tests.accounts.test_rest import send
from tests.cast import Cast, basic

ADMIN = {"HTTP_AUTHORIZATION": "Bearer the admin's key"}
NOT_MINE: list[dict[str, Any]] = [
    {},
    {"HTTP_AUTHORIZATION": "Bearer other"},
    {"HTTP_AUTHORIZATION": "Bearer \u00e9"},
]

urlpatterns = [
    path("api/public/projects", ProjectsView.as_view()),
    path("api/public/admin/", include("accounts.api.instance_urls")),
]


@pytest.fixture(autouse=True)
def _configured(settings: Any) -> None:
    settings.ADMIN_API_KEY = "the admin's key"
    settings.ROOT_URLCONF = __name__


def test_an_organization_is_made_changed_and_deleted(client: Client, db: None) -> None:
    made = send(client, "POST", "/admin/organizations", {"name": "New", "metadata": {"a": 1}}, **ADMIN)
    assert made.status_code == 201
    assert (made.json()["name"], made.json()["metadata"], made.json()["projects"]) == ("New", {"a": 1}, [])
    url = f"/admin/organizations/{made.json()['id']}"
    assert send(client, "PUT", url, {"name": "Newer"}, **ADMIN).json()["name"] == "Newer"
    assert send(client, "GET", url, **ADMIN).json()["metadata"] == {"a": 1}
    assert send(client, "DELETE", url, **ADMIN).json()["success"] is True
    assert not Organization.objects.exists()


def test_organizations_are_listed_with_their_projects(client: Client, cast: Cast) -> None:
    listed = send(client, "GET", "/admin/organizations", **ADMIN).json()["organizations"]
    assert [(o["name"], [p["name"] for p in o["projects"]]) for o in listed] == [
        ("Organization A", ["Project A"]),
        ("Organization B", ["Project B"]),
    ]


def test_an_organizations_key_comes_and_goes(client: Client, cast: Cast) -> None:
    url = f"/admin/organizations/{cast.a.organization.id}/apiKeys"
    made = send(client, "POST", url, {"note": "ops"}, **ADMIN).json()
    assert made["secretKey"].startswith("sk-lf-")
    assert len(send(client, "GET", url, **ADMIN).json()["apiKeys"]) == 2
    assert send(client, "DELETE", f"{url}/{cast.a.api_key.id}", **ADMIN).status_code == 404
    assert send(client, "DELETE", f"{url}/{made['id']}", **ADMIN).json() == {"success": True}
    assert not ApiKey.objects.filter(pk=made["id"]).exists()


def test_a_projects_keys_are_deleted_at_once(client: Client, cast: Cast) -> None:
    assert send(client, "GET", "/projects", **cast.a.auth).status_code == 200
    body = {"action": "delete", "projectIds": [cast.a.project_id]}
    assert send(client, "POST", "/admin/api-keys", body, **ADMIN).json() == {"message": "1 API keys: deleted"}
    assert send(client, "GET", "/projects", **cast.a.auth).status_code == 401
    assert send(client, "GET", "/projects", **cast.b.auth).status_code == 200


@pytest.mark.parametrize("auth", NOT_MINE)
def test_another_key_opens_nothing(client: Client, cast: Cast, auth: dict[str, Any]) -> None:
    response = send(client, "GET", "/admin/organizations", **auth)
    assert (response.status_code, response.json()) == (401, {"error": "Invalid admin API key"})


def test_a_projects_key_opens_nothing(client: Client, cast: Cast) -> None:
    for auth in (cast.a.auth, cast.a.bearer, cast.a.organization_auth, basic("the admin's key", "")):
        assert send(client, "GET", "/admin/organizations", **auth).status_code == 401


def test_without_a_key_there_is_no_admin(client: Client, db: None, settings: Any) -> None:
    settings.ADMIN_API_KEY = ""
    response = send(client, "GET", "/admin/organizations", HTTP_AUTHORIZATION="Bearer ")
    assert (response.status_code, response.json()) == (500, {"error": "ADMIN_API_KEY is not configured"})


def test_an_organization_with_projects_is_not_deleted(client: Client, cast: Cast) -> None:
    response = send(client, "DELETE", f"/admin/organizations/{cast.a.organization.id}", **ADMIN)
    assert (response.status_code, response.json()) == (
        409,
        {"error": "Delete the organization's projects first"},
    )
