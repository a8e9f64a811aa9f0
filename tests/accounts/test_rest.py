"""The routes of projects, keys and memberships: shapes, refusals, tenants."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiKey, AuditLog, Membership, Project, ProjectMembership, Role
from tests import factories
from tests.cast import Cast, basic

API = "/api/public"


def send(client: Client, method: str, path: str, body: Any = None, **auth: Any) -> Any:
    return client.generic(
        method, f"{API}{path}", "" if body is None else _json(body), "application/json", **auth
    )


def _json(body: Any) -> str:
    return json.dumps(body)


def test_a_key_reads_its_project(client: Client, cast: Cast) -> None:
    response = send(client, "GET", "/projects", **cast.a.auth)
    assert response.json() == {
        "data": [
            {
                "id": cast.a.project_id,
                "name": "Project A",
                "organization": {"id": cast.a.organization.id, "name": "Organization A"},
                "metadata": {},
            }
        ]
    }


def test_an_organization_key_has_no_project_of_its_own(client: Client, cast: Cast) -> None:
    response = send(client, "GET", "/projects", **cast.a.organization_auth)
    assert response.status_code == 403
    assert response.json() == {"message": "Invalid API key. Are you using an organization key?"}


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("POST", "/projects", "message"),
        ("PUT", "/projects/x", "message"),
        ("GET", "/projects/x/apiKeys", "message"),
        ("GET", "/projects/x/memberships", "error"),
        ("GET", "/organizations/projects", "error"),
        ("GET", "/organizations/apiKeys", "error"),
        ("GET", "/organizations/memberships", "error"),
    ],
)
def test_organization_routes_want_an_organization_key(
    client: Client, cast: Cast, method: str, path: str, field: str
) -> None:
    response = send(client, method, path, **cast.a.auth)
    assert response.status_code == 403
    assert response.json() == {
        field: "Invalid API key. Organization-scoped API key required for this operation."
    }
    assert send(client, method, path).status_code == 401


def test_a_project_is_created_changed_and_deleted(client: Client, cast: Cast) -> None:
    auth = cast.a.organization_auth
    body = {"name": "New", "retention": 30, "metadata": {"team": "x"}}
    made = send(client, "POST", "/projects", body, **auth).json()
    assert {k: made[k] for k in ("name", "metadata", "retentionDays")} == {
        "name": "New",
        "metadata": {"team": "x"},
        "retentionDays": 30,
    }
    changed = send(client, "PUT", f"/projects/{made['id']}", {"name": "Newer", "retention": 0}, **auth).json()
    assert changed == {
        "id": made["id"],
        "name": "Newer",
        "organization": {"id": cast.a.organization.id, "name": "Organization A"},
        "metadata": {"team": "x"},
    }
    gone = send(client, "DELETE", f"/projects/{made['id']}", **auth)
    assert (gone.status_code, gone.json()["success"]) == (202, True)
    assert send(client, "GET", f"/projects/{made['id']}/apiKeys", **auth).status_code == 404
    actions = AuditLog.objects.filter(project_id=made["id"]).order_by("created_at")
    assert [line.action for line in actions] == ["create", "update", "delete"]
    assert {line.type for line in actions} == {"API_KEY"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": 5, "retention": 0},
        {"name": " ", "retention": 0},
        {"name": "x", "retention": 2},
        [],
        "x",
        5,
    ],
)
def test_a_bad_project_is_refused(client: Client, cast: Cast, body: Any) -> None:
    response = send(client, "POST", "/projects", body, **cast.a.organization_auth)
    assert response.status_code == 400
    assert response.json()["message"].startswith("Invalid request data: ")
    assert Project.objects.filter(organization=cast.a.organization).count() == 1


def test_a_name_is_taken_once(client: Client, cast: Cast) -> None:
    body = {"name": "Project A", "retention": 0}
    response = send(client, "POST", "/projects", body, **cast.a.organization_auth)
    assert response.status_code == 409
    assert response.json() == {"message": "A project with this name already exists in your organization"}


def test_an_issued_key_works_until_it_is_revoked(client: Client, cast: Cast) -> None:
    auth, path = cast.a.organization_auth, f"/projects/{cast.a.project_id}/apiKeys"
    made = send(client, "POST", path, {"note": "CI"}, **auth).json()
    assert (made["note"], made["displaySecretKey"]) == ("CI", f"sk-lf-...{made['secretKey'][-4:]}")
    with_it = basic(made["publicKey"], made["secretKey"])
    assert send(client, "GET", "/projects", **with_it).status_code == 200
    listed = send(client, "GET", path, **auth).json()["apiKeys"]
    assert {key["id"] for key in listed} == {cast.a.api_key.id, made["id"]}
    assert "secretKey" not in listed[0]
    assert send(client, "DELETE", f"{path}/{made['id']}", **auth).json() == {"success": True}
    assert send(client, "GET", "/projects", **with_it).status_code == 401


def test_a_chosen_pair_is_kept(client: Client, cast: Cast) -> None:
    path = f"/projects/{cast.a.project_id}/apiKeys"
    body = {"publicKey": "pk-lf-own", "secretKey": "sk-lf-own"}
    assert send(client, "POST", path, body, **cast.a.organization_auth).json()["publicKey"] == "pk-lf-own"
    assert send(client, "GET", "/projects", **basic("pk-lf-own", "sk-lf-own")).status_code == 200
    assert send(client, "POST", path, body, **cast.a.organization_auth).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"publicKey": "pk-lf-own"},
        {"secretKey": "sk-lf-own"},
        {"publicKey": "own", "secretKey": "sk-lf-own"},
        {"publicKey": "pk-lf-own", "secretKey": "own"},
        {"publicKey": "pk-lf-a:b", "secretKey": "sk-lf-own"},
        {"publicKey": "pk-lf-a\nb", "secretKey": "sk-lf-own"},
    ],
)
def test_half_or_odd_pairs_are_refused(client: Client, cast: Cast, body: Any) -> None:
    path = f"/projects/{cast.a.project_id}/apiKeys"
    assert send(client, "POST", path, body, **cast.a.organization_auth).status_code == 400
    assert ApiKey.objects.filter(project=cast.a.project).count() == 1


def test_the_organization_lists_what_it_has(client: Client, cast: Cast) -> None:
    auth = cast.a.organization_auth
    projects = send(client, "GET", "/organizations/projects", **auth).json()["projects"]
    assert [(project["id"], project["name"]) for project in projects] == [(cast.a.project_id, "Project A")]
    keys = send(client, "GET", "/organizations/apiKeys", **auth).json()["apiKeys"]
    assert [key["publicKey"] for key in keys] == [cast.a.organization_public_key]


def test_members_come_change_and_go(client: Client, cast: Cast) -> None:
    auth, path = cast.a.organization_auth, "/organizations/memberships"
    user = factories.make_user("new@example.com", name="New")
    added = send(client, "PUT", path, {"userId": user.pk, "role": "MEMBER"}, **auth).json()
    assert added == {"userId": user.pk, "role": "MEMBER", "email": "new@example.com", "name": "New"}
    assert send(client, "PUT", path, {"userId": user.pk, "role": "ADMIN"}, **auth).json()["role"] == "ADMIN"
    assert len(send(client, "GET", path, **auth).json()["memberships"]) == 3
    gone = send(client, "DELETE", path, {"userId": user.pk}, **auth)
    assert gone.json() == {"message": "Membership deleted successfully", "userId": user.pk}
    assert not Membership.objects.filter(user=user).exists()


def test_the_last_owner_stays(client: Client, cast: Cast) -> None:
    auth, path = cast.a.organization_auth, "/organizations/memberships"
    body = {"userId": cast.owner.pk, "role": "MEMBER"}
    assert send(client, "PUT", path, body, **auth).status_code == 403
    response = send(client, "DELETE", path, {"userId": cast.owner.pk}, **auth)
    assert (response.status_code, response.json()) == (
        403,
        {"error": "An organization needs at least one owner"},
    )
    assert Membership.objects.get(user=cast.owner).role == Role.OWNER


def test_a_project_role_is_for_members_of_the_organization(client: Client, cast: Cast) -> None:
    auth, path = cast.a.organization_auth, f"/projects/{cast.a.project_id}/memberships"
    set_ = send(client, "PUT", path, {"userId": cast.viewer.pk, "role": "ADMIN"}, **auth)
    assert (set_.json()["email"], set_.json()["role"]) == ("viewer@example.com", "ADMIN")
    stranger = send(client, "PUT", path, {"userId": cast.outsider.pk, "role": "ADMIN"}, **auth)
    assert stranger.status_code == 404
    assert [m["userId"] for m in send(client, "GET", path, **auth).json()["memberships"]] == [cast.viewer.pk]
    assert send(client, "DELETE", path, {"userId": cast.viewer.pk}, **auth).status_code == 200
    assert not ProjectMembership.objects.exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/projects/{project}"),
        ("DELETE", "/projects/{project}"),
        ("GET", "/projects/{project}/apiKeys"),
        ("POST", "/projects/{project}/apiKeys"),
        ("DELETE", "/projects/{project}/apiKeys/{key}"),
        ("GET", "/projects/{project}/memberships"),
        ("PUT", "/projects/{project}/memberships"),
    ],
)
def test_another_organizations_project_is_not_there(
    client: Client, cast: Cast, method: str, path: str
) -> None:
    path = path.format(project=cast.a.project_id, key=cast.a.api_key.id)
    response = send(client, method, path, {"name": "mine"}, **cast.b.organization_auth)
    assert response.status_code == 404
    assert "Project not found or you don't have access to it" in response.json().values()
    cast.a.project.refresh_from_db()
    assert (cast.a.project.name, cast.a.project.deleted_at) == ("Project A", None)
