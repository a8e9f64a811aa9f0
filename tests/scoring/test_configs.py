"""The score config routes: what they take, what they answer, what they refuse."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditLog
from tests.cast import Cast, Side

URL = "/api/public/score-configs"
JSON = "application/json"
LABELS = [{"label": "good", "value": 1}, {"label": "bad", "value": 0}]


def create(side: Side, **body: Any) -> Any:
    fields = {"name": "quality", "dataType": "NUMERIC", **body}
    response = Client().post(URL, fields, content_type=JSON, **side.auth)
    assert response.status_code == 200, response.content
    return response.json()


def patch(side: Side, config_id: str, body: Any) -> Any:
    return Client().patch(f"{URL}/{config_id}", body, content_type=JSON, **side.auth)


def test_shape(cast: Cast) -> None:
    made = create(cast.a, minValue=0, maxValue=1, description="d")
    assert made == {
        "id": made["id"],
        "name": "quality",
        "createdAt": made["createdAt"],
        "updatedAt": made["updatedAt"],
        "projectId": cast.a.project_id,
        "dataType": "NUMERIC",
        "isArchived": False,
        "minValue": 0,
        "maxValue": 1,
        "categories": None,
        "description": "d",
    }
    assert Client().get(f"{URL}/{made['id']}", **cast.a.auth).json() == made


def test_categories(cast: Cast) -> None:
    assert create(cast.a, dataType="CATEGORICAL", categories=LABELS)["categories"] == LABELS
    boolean = create(cast.a, dataType="BOOLEAN")["categories"]
    assert sorted(boolean, key=lambda one: one["value"]) == [
        {"label": "False", "value": 0},
        {"label": "True", "value": 1},
    ]
    assert create(cast.a, dataType="TEXT")["categories"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "x" * 36},
        {"name": "a/b"},
        {"name": None},
        {"dataType": "CORRECTION"},
        {"minValue": 1, "maxValue": 1},
        {"minValue": "1"},
        {"minValue": True},
        {"categories": LABELS},
        {"dataType": "CATEGORICAL"},
        {"dataType": "CATEGORICAL", "categories": []},
        {"dataType": "CATEGORICAL", "categories": [{"label": "", "value": 1}]},
        {"dataType": "CATEGORICAL", "categories": [*LABELS, {"label": "good", "value": 3}]},
        {"dataType": "CATEGORICAL", "categories": [*LABELS, {"label": "other", "value": 1}]},
        {"dataType": "BOOLEAN", "categories": LABELS},
        {"dataType": "TEXT", "minValue": 1},
    ],
)
def test_refused(cast: Cast, body: Any) -> None:
    fields = {"name": "quality", "dataType": "NUMERIC", **body}
    response = Client().post(URL, fields, content_type=JSON, **cast.a.auth)
    assert response.status_code == 400
    assert Client().get(URL, **cast.a.auth).json()["data"] == []


def test_name_takes_letters_of_any_script(cast: Cast) -> None:
    assert create(cast.a, name="Qualität_2 (日本).-")["name"] == "Qualität_2 (日本).-"


def test_patch(cast: Cast) -> None:
    made = create(cast.a, minValue=0, maxValue=1)
    changed = patch(cast.a, made["id"], {"isArchived": True, "maxValue": 5, "name": None}).json()
    assert (changed["isArchived"], changed["minValue"], changed["maxValue"]) == (True, 0, 5)
    assert changed["name"] == "quality"
    actions = AuditLog.objects.filter(resource_type="scoreConfig", resource_id=made["id"])
    assert set(actions.values_list("action", flat=True)) == {"create", "update"}


@pytest.mark.parametrize(
    "body", [{}, {"other": 1}, {"minValue": 2}, {"categories": LABELS}, {"name": ""}, []]
)
def test_patch_refuses(cast: Cast, body: Any) -> None:
    made = create(cast.a, maxValue=1)
    assert patch(cast.a, made["id"], body).status_code == 400
    assert Client().get(f"{URL}/{made['id']}", **cast.a.auth).json() == made


def test_list(cast: Cast) -> None:
    made = [create(cast.a, name=f"c{number}")["id"] for number in range(3)]
    answer = Client().get(URL, {"limit": 2}, **cast.a.auth).json()
    assert [one["id"] for one in answer["data"]] == made[:0:-1]
    assert answer["meta"] == {"page": 1, "limit": 2, "totalItems": 3, "totalPages": 2}


def test_tenants_do_not_see_each_other(cast: Cast) -> None:
    made = create(cast.a)
    assert Client().get(URL, **cast.b.auth).json()["data"] == []
    missing = Client().get(f"{URL}/{made['id']}", **cast.b.auth)
    assert missing.status_code == 404
    assert missing.json()["message"] == "Score config not found within authorized project"
    assert patch(cast.b, made["id"], {"name": "stolen"}).status_code == 404
