"""Saved dashboards and widgets over the API: made, listed, changed, placed, deleted; each in its project."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditLog
from analytics.models import Dashboard, Widget
from tests.cast import Cast, Side

WIDGETS = "/api/public/unstable/dashboard-widgets"
DASHBOARDS = "/api/public/unstable/dashboards"
COST = {
    "name": "Cost by model",
    "view": "observations",
    "dimensions": [{"field": "providedModelName"}],
    "metrics": [{"measure": "totalCost", "agg": "sum"}],
    "filters": [
        {"column": "environment", "operator": "any of", "type": "stringOptions", "value": ["default"]}
    ],
    "chartType": "BAR_TIME_SERIES",
}


def send(client: Client, side: Side, method: str, path: str, body: Any = None) -> Any:
    answer = getattr(client, method)(path, body, content_type="application/json", **side.auth)
    assert answer.status_code == 200, answer.content
    return answer.json()


def refused(client: Client, side: Side, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = getattr(client, method)(path, body, content_type="application/json", **side.auth)
    assert set(answer.json()) <= {"message", "code", "details"}
    return answer.status_code, answer.json()["code"]


def test_a_widget_from_birth_to_death(client: Client, cast: Cast) -> None:
    made = send(client, cast.a, "post", WIDGETS, COST)
    assert made["description"] == "" and made["chartConfig"] == {"type": "BAR_TIME_SERIES"}
    assert {name: made[name] for name in COST} == COST
    path = f"{WIDGETS}/{made['id']}"
    change = {"name": "Money", "chartType": "PIE", "chartConfig": {"row_limit": 5}}
    changed = send(client, cast.a, "patch", path, change)
    assert changed["chartConfig"] == {"type": "PIE", "row_limit": 5}
    assert send(client, cast.a, "get", path) == changed
    assert changed["name"] == "Money" and changed["dimensions"] == COST["dimensions"]
    assert "deleted" in send(client, cast.a, "delete", path)["message"]
    assert refused(client, cast.a, "get", path) == (404, "resource_not_found")
    actions = AuditLog.objects.filter(resource_type="dashboardWidget").order_by("created_at")
    assert [row.action for row in actions] == ["create", "update", "delete"]


def test_a_dashboard_with_its_places(client: Client, cast: Cast) -> None:
    widget = send(client, cast.a, "post", WIDGETS, COST)["id"]
    made = send(client, cast.a, "post", DASHBOARDS, {"name": "Team"})
    assert made["definition"] == {"widgets": []} and made["filters"] == [] and made["description"] == ""
    places = f"{DASHBOARDS}/{made['id']}/placements"
    first = send(client, cast.a, "post", places, {"type": "widget", "widgetId": widget})
    assert {name: first[name] for name in ("x", "y", "width", "height")} == {
        "x": 0,
        "y": 0,
        "width": 6,
        "height": 6,
    }
    second = send(
        client, cast.a, "post", places, {"type": "widget", "widgetId": widget, "id": "mine", "x": 6}
    )
    assert (second["id"], second["y"]) == ("mine", 6)
    moved = send(client, cast.a, "patch", f"{places}/mine", {"y": 0, "height": 4})
    assert moved == second | {"y": 0, "height": 4}
    shown = send(client, cast.a, "get", f"{DASHBOARDS}/{made['id']}")
    assert shown["definition"]["widgets"] == [first, moved]
    assert refused(client, cast.a, "delete", f"{WIDGETS}/{widget}") == (409, "conflict")
    again = {"type": "widget", "widgetId": widget, "id": "mine"}
    assert refused(client, cast.a, "post", places, again) == (409, "conflict")
    send(client, cast.a, "delete", f"{places}/mine")
    assert refused(client, cast.a, "delete", f"{places}/mine") == (404, "resource_not_found")
    send(client, cast.a, "delete", f"{DASHBOARDS}/{made['id']}")
    send(client, cast.a, "delete", f"{WIDGETS}/{widget}")
    assert not Dashboard.objects.exists() and not Widget.objects.exists()


def test_lists_have_the_last_changed_first(client: Client, cast: Cast) -> None:
    ids = [send(client, cast.a, "post", DASHBOARDS, {"name": name})["id"] for name in "abc"]
    send(client, cast.a, "patch", f"{DASHBOARDS}/{ids[0]}", {"description": "new"})
    page = send(client, cast.a, "get", f"{DASHBOARDS}?limit=2")
    assert [one["name"] for one in page["data"]] == ["a", "c"]
    assert page["meta"] == {"page": 1, "limit": 2, "totalItems": 3, "totalPages": 2}


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": None},
        {"view": "traces"},
        {"view": "nonsense"},
        {"metrics": []},
        {"metrics": [{"measure": "nothing", "agg": "sum"}]},
        {"metrics": [{"measure": "totalCost", "agg": "median"}]},
        {"metrics": [{"measure": "totalCost", "agg": "histogram"}]},
        {"dimensions": [{"field": "nowhere"}]},
        {"dimensions": [{"field": "userId"}]},
        {"filters": [{"column": "environment"}]},
        {"filters": [{"column": "nowhere", "operator": "=", "type": "string", "value": "x"}]},
        {"chartType": "SPIDER"},
        {"chartConfig": {"type": "PIE"}},
        {"chartConfig": {"row_limit": 0}},
    ],
)
def test_widgets_that_ask_nothing_that_can_be_asked(
    client: Client, cast: Cast, change: dict[str, Any]
) -> None:
    assert refused(client, cast.a, "post", WIDGETS, COST | change) == (400, "invalid_body")
    assert not Widget.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "widget"},
        {"type": "thing", "widgetId": "w"},
        {"type": "preset", "presetId": "p", "x": 12},
        {"type": "preset", "presetId": "p", "x": 8, "width": 6},
        {"type": "preset", "presetId": "p", "height": 0},
    ],
)
def test_places_that_are_none(client: Client, cast: Cast, body: dict[str, Any]) -> None:
    dashboard = send(client, cast.a, "post", DASHBOARDS, {"name": "Team"})
    path = f"{DASHBOARDS}/{dashboard['id']}/placements"
    assert refused(client, cast.a, "post", path, body) == (400, "invalid_body")
    assert Dashboard.objects.get().placements == []


def test_nothing_of_another_project(client: Client, cast: Cast) -> None:
    widget = send(client, cast.a, "post", WIDGETS, COST)["id"]
    dashboard = send(client, cast.a, "post", DASHBOARDS, {"name": "Team"})["id"]
    own = send(client, cast.b, "post", DASHBOARDS, {"name": "Theirs"})["id"]
    missing = (404, "resource_not_found")
    for method in ("get", "patch", "delete"):
        assert refused(client, cast.b, method, f"{WIDGETS}/{widget}", {}) == missing
        assert refused(client, cast.b, method, f"{DASHBOARDS}/{dashboard}", {}) == missing
    place = {"type": "widget", "widgetId": widget}
    assert refused(client, cast.b, "post", f"{DASHBOARDS}/{own}/placements", place) == missing
    assert send(client, cast.b, "get", WIDGETS)["data"] == []


def test_keys_and_methods(client: Client, cast: Cast) -> None:
    assert client.get(DASHBOARDS).json()["code"] == "authentication_failed"
    assert client.get(DASHBOARDS, **cast.a.bearer).json()["code"] == "access_denied"
    assert refused(client, cast.a, "put", DASHBOARDS, {}) == (405, "method_not_allowed")
    assert refused(client, cast.a, "get", f"{DASHBOARDS}?page=0") == (400, "invalid_body")
