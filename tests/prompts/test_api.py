"""The prompt routes: what they take, what they answer, what they refuse."""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import AuditLog
from tests.cast import Cast, Side

URL = "/api/public/v2/prompts"
JSON = "application/json"


def create(side: Side, name: str = "movie", *, url: str = URL, **body: Any) -> Any:
    response = Client().post(url, {"name": name, "prompt": "text", **body}, content_type=JSON, **side.auth)
    assert response.status_code == 201, response.content
    return response.json()


def refused(side: Side, body: Any) -> Any:
    response = Client().post(URL, body, content_type=JSON, **side.auth)
    assert response.status_code == 400, response.content
    return response.json()


def get(side: Side, name: str = "movie", *, status: int = 200, **query: Any) -> Any:
    response = Client().get(f"{URL}/{name}", query, **side.auth)
    assert response.status_code == status, response.content
    return response.json()


def listed(side: Side, **query: Any) -> Any:
    response = Client().get(URL, query, **side.auth)
    assert response.status_code == 200, response.content
    return response.json()


def patch(side: Side, path: str, labels: list[str]) -> Any:
    return Client().patch(f"{URL}/{path}", {"newLabels": labels}, content_type=JSON, **side.auth)


def delete(side: Side, path: str) -> Any:
    return Client().delete(f"{URL}/{path}", **side.auth)


def test_shape(cast: Cast) -> None:
    made = create(cast.a, labels=["production"], tags=["t", "t"], commitMessage="m", config={"a": 1})
    assert get(cast.a) == {
        "id": made["id"],
        "createdAt": made["createdAt"],
        "updatedAt": made["updatedAt"],
        "projectId": cast.a.project_id,
        "createdBy": "API",
        "name": "movie",
        "version": 1,
        "type": "text",
        "prompt": "text",
        "config": {"a": 1},
        "labels": ["latest", "production"],
        "tags": ["t"],
        "commitMessage": "m",
        "isActive": True,
        "resolutionGraph": None,
    }


def test_chat_is_stripped_to_what_is_known(cast: Cast) -> None:
    messages = [
        {"type": "chatmessage", "role": "system", "content": "{{a}}", "extra": 1},
        {"type": "placeholder", "name": "history"},
    ]
    made = create(cast.a, type="chat", prompt=messages)
    assert made["prompt"] == [
        {"role": "system", "content": "{{a}}"},
        {"type": "placeholder", "name": "history"},
    ]
    assert (made["config"], made["tags"], made["commitMessage"]) == ({}, [], None)


def test_versions_count_and_labels_move(cast: Cast) -> None:
    create(cast.a, labels=["production", "a"])
    second = create(cast.a, labels=["production"])
    assert (second["version"], second["labels"]) == (2, ["latest", "production"])
    assert get(cast.a, version=1)["labels"] == ["a"]
    assert get(cast.a, label="a")["version"] == 1
    assert get(cast.a, label="latest")["version"] == 2


def test_without_production_there_is_no_default(cast: Cast) -> None:
    create(cast.a)
    assert get(cast.a, status=404) == {
        "message": "Prompt not found: 'movie' with label 'production'",
        "error": "LangfuseNotFoundError",
    }
    assert get(cast.a, status=404, version=3)["message"] == "Prompt not found: 'movie' with version 3"


def test_one_selector(cast: Cast) -> None:
    create(cast.a)
    assert get(cast.a, status=400, version=1, label="a")["message"] == "Cannot specify both version and label"
    assert get(cast.a, version=1, label="")["version"] == 1
    get(cast.a, status=400, version="one")


@pytest.mark.parametrize("name", ["a/b", "with space", "größe/日本", "a/versions/3", "50%", "line\nbreak"])
def test_names_in_paths(cast: Cast, name: str) -> None:
    create(cast.a, name, labels=["production"])
    assert get(cast.a, quote(name))["name"] == name
    assert get(cast.a, quote(name, safe=""))["name"] == name
    assert patch(cast.a, f"{quote(name, safe='')}/versions/1", ["x"]).json()["labels"] == [
        "latest",
        "production",
        "x",
    ]
    assert delete(cast.a, quote(name)).status_code == 204


@pytest.mark.parametrize(
    "name",
    ["", " ", "<b>x</b>", "a|b", "/a", "a/", "a//b", "new", "metrics", "prompt-detail", None, 3],
)
def test_names_refused(cast: Cast, name: Any) -> None:
    assert refused(cast.a, {"name": name, "prompt": "x"})["error"][0]["path"] == ["name"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"prompt": ["x"]}, ["prompt"]),
        ({"type": "chat", "prompt": "x"}, ["prompt"]),
        ({"type": "chat", "prompt": [{"role": "user"}]}, ["prompt", 0, "content"]),
        ({"type": "chat", "prompt": [{"type": "placeholder", "name": "1a"}]}, ["prompt", 0, "name"]),
        ({"type": "image"}, ["type"]),
        ({"labels": ["Upper"]}, ["labels", 0]),
        ({"labels": ["x" * 37]}, ["labels", 0]),
        ({"labels": "a"}, ["labels"]),
        ({"tags": [1]}, ["tags", 0]),
        ({"commitMessage": "x" * 501}, ["commitMessage"]),
    ],
)
def test_bodies_refused(cast: Cast, body: Any, path: list[Any]) -> None:
    answer = refused(cast.a, {"name": "n", "prompt": "x", **body})
    assert (answer["message"], answer["error"][0]["path"]) == ("Invalid request data", path)


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def test_configs_nested_too_deep(cast: Cast) -> None:
    assert create(cast.a, config=nested(200))["config"] == nested(200)
    answer = refused(cast.a, {"name": "n", "prompt": "x", "config": nested(201)})
    assert answer["error"][0]["path"] == ["config"]


def test_names_take_no_time_to_check(cast: Cast) -> None:
    name = "<" * 400_000
    assert create(cast.a, name)["name"] == name


@pytest.mark.parametrize("version", ["9" * 5_000, "-1", "1.5"])
def test_versions_that_are_no_numbers(cast: Cast, version: str) -> None:
    create(cast.a)
    get(cast.a, status=400, version=version)
    assert Client().get(URL, {"version": version}, **cast.a.auth).status_code == 400
    answer = patch(cast.a, f"movie/versions/{'9' * 5_000}", ["x"])
    assert (answer.status_code, answer.json()["error"][0]["path"]) == (400, ["version"])


def test_variable_and_placeholder_collide(cast: Cast) -> None:
    messages = [{"role": "user", "content": "{{ a }}"}, {"type": "placeholder", "name": "a"}]
    answer = refused(cast.a, {"name": "n", "type": "chat", "prompt": messages})
    assert answer["error"] == "InvalidRequestError"


def test_type_stays(cast: Cast) -> None:
    create(cast.a)
    answer = refused(cast.a, {"name": "movie", "type": "chat", "prompt": []})
    assert answer["message"].startswith("Previous versions have different prompt type.")
    assert listed(cast.a)["data"][0]["versions"] == [1]


def test_empty_text_and_nul(cast: Cast) -> None:
    assert create(cast.a, prompt="")["prompt"] == ""
    assert create(cast.a, prompt="a\x00b", config={"\x00": 1})["prompt"] == "a\ufffdb"


def test_tags_are_of_all_versions(cast: Cast) -> None:
    create(cast.a, tags=["a"])
    assert create(cast.a)["tags"] == ["a"]
    create(cast.a, tags=[])
    assert get(cast.a, version=1)["tags"] == []


def test_patch_adds_labels(cast: Cast) -> None:
    create(cast.a, labels=["a", "b"])
    create(cast.a)
    assert patch(cast.a, "movie/versions/2", ["a"]).json()["labels"] == ["a", "latest"]
    assert get(cast.a, version=1)["labels"] == ["b"]
    assert patch(cast.a, "movie/versions/2", []).json()["labels"] == ["a", "latest"]


def test_patch_refuses(cast: Cast) -> None:
    create(cast.a)
    assert patch(cast.a, "movie/versions/1", ["latest"]).status_code == 400
    missing = patch(cast.a, "movie/versions/9", ["a"])
    assert missing.status_code == 404
    assert missing.json()["message"] == "Prompt 'movie' version 9 not found in project"


def test_list_shows_prompts_by_their_matching_versions(cast: Cast) -> None:
    create(cast.a, "b", labels=["x"], tags=["t"], config={"v": 1})
    create(cast.a, "b", config={"v": 2})
    create(cast.a, "a")
    answer = listed(cast.a, limit=1, page=2)
    assert answer["data"][0]["versions"] == [1, 2]
    assert answer["data"][0]["lastConfig"] == {"v": 2}
    assert answer["meta"] == {"page": 2, "limit": 1, "totalItems": 2, "totalPages": 2} == answer["pagination"]
    matching = listed(cast.a, label="x")["data"]
    assert [(one["name"], one["versions"], one["labels"]) for one in matching] == [("b", [1], ["x"])]
    assert [one["name"] for one in listed(cast.a, tag="t")["data"]] == ["b"]
    assert [one["name"] for one in listed(cast.a, name="a", version="")["data"]] == ["a"]


def test_list_by_time(cast: Cast) -> None:
    made = create(cast.a)
    assert listed(cast.a, fromUpdatedAt=made["updatedAt"])["meta"]["totalItems"] == 1
    assert listed(cast.a, toUpdatedAt=made["updatedAt"])["meta"]["totalItems"] == 0
    naive = Client().get(URL, {"fromUpdatedAt": "2026-01-01T00:00:00"}, **cast.a.auth)
    assert naive.status_code == 400


@pytest.mark.parametrize(
    "query",
    [{"version": "x"}, {"version": "-1"}, {"version": "1.5"}, {"limit": "101"}, {"toUpdatedAt": "soon"}],
)
def test_list_refuses(cast: Cast, query: dict[str, str]) -> None:
    response = Client().get(URL, query, **cast.a.auth)
    assert response.status_code == 400
    assert response.json()["error"][0]["path"] == list(query)


def test_delete_reattaches_latest(cast: Cast) -> None:
    create(cast.a)
    create(cast.a, labels=["a"])
    assert delete(cast.a, "movie?label=a").status_code == 204
    assert get(cast.a, label="latest")["version"] == 1
    assert create(cast.a)["version"] == 2


def test_delete_one_or_all(cast: Cast) -> None:
    create(cast.a)
    create(cast.a)
    assert delete(cast.a, "movie?version=1&label=a").status_code == 400
    assert delete(cast.a, "movie?version=1").status_code == 204
    assert listed(cast.a)["data"][0]["versions"] == [2]
    assert delete(cast.a, "movie").status_code == 204
    gone = delete(cast.a, "movie")
    assert (gone.status_code, gone.json()["message"]) == (404, "Prompt not found")
    assert create(cast.a, type="chat", prompt=[])["version"] == 1


def test_first_version_of_the_api(cast: Cast) -> None:
    made = create(cast.a, "a b", url="/api/public/prompts", isActive=True)
    assert made["labels"] == ["latest", "production"]
    for name in ("a b", "a%20b"):
        got = Client().get("/api/public/prompts", {"name": name}, **cast.a.auth)
        assert got.json()["id"] == made["id"]
    body = {"name": "n", "prompt": "x"}
    missing = Client().post("/api/public/prompts", body, content_type=JSON, **cast.a.auth)
    assert missing.status_code == 400


def test_keys_that_do_not_open_prompts(cast: Cast) -> None:
    told = "Access denied - need to use basic auth with secret key to GET prompts"
    for auth in (cast.a.bearer, cast.a.organization_auth):
        response = Client().get(f"{URL}/movie", **auth)
        assert response.status_code == 403
        assert response.json() == {"message": told, "error": "ForbiddenError"}
    assert Client().get(URL).json()["error"] == "UnauthorizedError"


def test_tenants_do_not_see_each_other(cast: Cast) -> None:
    create(cast.a, labels=["production"])
    get(cast.b, status=404)
    assert listed(cast.b)["data"] == []
    assert patch(cast.b, "movie/versions/1", ["x"]).status_code == 404
    assert delete(cast.b, "movie").status_code == 404
    assert create(cast.b)["version"] == 1


def test_audit(cast: Cast) -> None:
    made = create(cast.a)
    patch(cast.a, "movie/versions/1", ["x"])
    delete(cast.a, "movie")
    entries = AuditLog.objects.filter(resource_type="prompt", resource_id=made["id"]).order_by("created_at")
    assert [(one.action, one.api_key_id, one.project_id) for one in entries] == [
        (action, cast.a.api_key.id, cast.a.project_id) for action in ("create", "update", "delete")
    ]
