"""GET /sessions, /sessions/{id} and /users."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from langfuse_site.lib.ids import key_of
from tests.cast import Cast
from tests.tracing.factories import NOON, long, make_session, make_trace


def get(cast: Cast, url: str, **query: Any) -> Any:
    response = Client().get(f"/api/public/{url}", query, **cast.a.auth)
    assert response.status_code == 200, response.content
    return response.json()


def test_list_of_sessions(cast: Cast) -> None:
    make_session(cast.a.project_id, id="old", environment="prod")
    make_session(cast.a.project_id, id="new", created_at=NOON + timedelta(minutes=1))
    make_session(cast.b.project_id, id="theirs")
    body = get(cast, "sessions")
    assert [session["id"] for session in body["data"]] == ["new", "old"]
    assert body["data"][1] == {
        "id": "old",
        "createdAt": "2026-05-04T12:00:00.000Z",
        "projectId": cast.a.project_id,
        "environment": "prod",
    }
    assert body["meta"] == {"page": 1, "limit": 50, "totalItems": 2, "totalPages": 1}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"environment": "prod"}, ["old"]),
        ({"fromTimestamp": "2026-05-04T12:01:00Z"}, ["new"]),
        ({"toTimestamp": "2026-05-04T12:01:00Z"}, ["old"]),
    ],
)
def test_parameters_of_sessions(cast: Cast, query: dict[str, str], found: list[str]) -> None:
    make_session(cast.a.project_id, id="old", environment="prod")
    make_session(cast.a.project_id, id="new", created_at=NOON + timedelta(minutes=1))
    assert [session["id"] for session in get(cast, "sessions", **query)["data"]] == found


def test_one_session_with_its_traces(cast: Cast) -> None:
    make_session(cast.a.project_id, id="a/b")
    make_trace(cast.a.project_id, id="second", session_id="a/b", timestamp=NOON + timedelta(minutes=1))
    make_trace(cast.a.project_id, id="first", session_id="a/b", input="hi")
    make_trace(cast.a.project_id, id="other", session_id="c")
    body = get(cast, "sessions/a%2Fb")
    assert [trace["id"] for trace in body["traces"]] == ["first", "second"]
    assert (body["traces"][0]["input"], body["traces"][0]["externalId"]) == ("hi", None)
    assert {"observations", "scores", "htmlPath", "latency"}.isdisjoint(body["traces"][0])


def test_long_session_ids(cast: Cast) -> None:
    wire_id = "😀" * 800
    make_session(cast.a.project_id, id=key_of(wire_id), long_id=wire_id)
    make_trace(cast.a.project_id, id="t", **long("session_id", wire_id))
    body = get(cast, f"sessions/{quote(wire_id)}")
    assert (body["id"], body["traces"][0]["sessionId"]) == (wire_id, wire_id)


def test_unknown_session(cast: Cast) -> None:
    make_session(cast.b.project_id, id="theirs")
    response = Client().get("/api/public/sessions/theirs", **cast.a.auth)
    assert response.status_code == 404
    assert response.json()["message"] == "Session not found within authorized project"


def test_users_are_summed_from_their_traces(cast: Cast) -> None:
    project = cast.a.project_id
    values = {"observation_count": 2, "input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    make_trace(project, user_id="ann", total_cost="0.5", **values)
    make_trace(project, user_id="ann", total_cost="0.25", timestamp=NOON + timedelta(hours=1))
    make_trace(project, user_id="bob", environment="prod")
    make_trace(project)
    body = get(cast, "users")
    assert body["meta"]["totalItems"] == 2
    assert body["data"][0] == {
        "userId": "ann",
        "firstTrace": "2026-05-04T12:00:00.000Z",
        "lastTrace": "2026-05-04T13:00:00.000Z",
        "totalTraces": 2,
        "totalObservations": 2,
        "totalPromptTokens": 3,
        "totalCompletionTokens": 4,
        "totalTokens": 7,
        "sumCalculatedTotalCost": 0.75,
    }
    assert [user["userId"] for user in get(cast, "users", environment="prod")["data"]] == ["bob"]
    second = get(cast, "users", page=2, limit=1)
    assert ([user["userId"] for user in second["data"]], second["meta"]["totalItems"]) == (["bob"], 2)
