"""GET and DELETE /traces: shapes, parameters, ids, pages, tenants."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.tracing.factories import NOON, long, make_observation, make_trace, reads_of
from tracing.models.traces import PayloadForm

URL = "/api/public/traces"


def get(cast: Cast, url: str = URL, **query: Any) -> Any:
    response = Client().get(url, query, **cast.a.auth)
    assert response.status_code == 200, response.content
    return response.json()


def ids_of(cast: Cast, **query: Any) -> list[str]:
    return [trace["id"] for trace in get(cast, **query)["data"]]


def test_list_shape(cast: Cast) -> None:
    project = cast.a.project_id
    make_trace(
        project, id="t", name="n", tags=["a"], input="{}", input_form=1, latency=1.5, total_cost="0.25"
    )
    make_observation(project, id="o2", trace_id="t", start_time=NOON + timedelta(seconds=1))
    make_observation(project, id="o1", trace_id="t")
    assert get(cast) == {
        "data": [
            {
                "id": "t",
                "externalId": None,
                "timestamp": "2026-05-04T12:00:00.000Z",
                "name": "n",
                "userId": None,
                "sessionId": None,
                "metadata": {},
                "release": None,
                "version": None,
                "projectId": project,
                "environment": "default",
                "public": False,
                "bookmarked": False,
                "tags": ["a"],
                "input": {},
                "output": None,
                "createdAt": "2026-05-04T12:00:00.000Z",
                "updatedAt": "2026-05-04T12:00:00.000Z",
                "htmlPath": f"/project/{project}/traces/t",
                "latency": 1.5,
                "totalCost": 0.25,
                "observations": ["o1", "o2"],
                "scores": [],
            }
        ],
        "meta": {"page": 1, "limit": 50, "totalItems": 1, "totalPages": 1},
    }


def test_pages_and_exact_totals(cast: Cast) -> None:
    for minute in range(5):
        make_trace(cast.a.project_id, id=f"t{minute}", timestamp=NOON + timedelta(minutes=minute))
    body = get(cast, page=2, limit=2)
    assert [trace["id"] for trace in body["data"]] == ["t2", "t1"]
    assert body["meta"] == {"page": 2, "limit": 2, "totalItems": 5, "totalPages": 3}
    assert get(cast, page=9, limit=2) == {
        "data": [],
        "meta": {"page": 9, "limit": 2, "totalItems": 5, "totalPages": 3},
    }


def test_one_query_a_page_and_one_for_each_kind_of_ids(cast: Cast) -> None:
    for number in range(5):
        make_trace(cast.a.project_id, id=f"t{number}")
        make_observation(cast.a.project_id, trace_id=f"t{number}")
    # The savepoint's two, its limit of time, the page, the total, the ids of observations and of scores.
    with CaptureQueriesContext(connection) as captured:
        get(cast, limit=3)
    assert len(reads_of(captured)) == 7


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"userId": "u"}, ["mine"]),
        ({"name": "mine"}, ["mine"]),
        ({"sessionId": "s"}, ["mine"]),
        ({"version": "1"}, ["mine"]),
        ({"release": "r"}, ["mine"]),
        ({"tags": ["a", "b"]}, ["mine"]),
        ({"tags": "b,a"}, ["mine"]),
        ({"tags": "a"}, ["other", "mine"]),
        ({"environment": "prod"}, ["mine"]),
        ({"environment": ["prod", "default"]}, ["other", "mine"]),
        ({"fromTimestamp": "2026-05-04T12:00:01Z"}, ["other"]),
        ({"fromTimestamp": "2026-05-04T14:00:00+02:00", "toTimestamp": "2026-05-04T12:01:00Z"}, ["mine"]),
        ({"userId": "", "name": "", "page": "", "limit": "", "filter": ""}, ["other", "mine"]),
        ({"useEventsTable": "true"}, ["other", "mine"]),
    ],
)
def test_parameters(cast: Cast, query: dict[str, Any], found: list[str]) -> None:
    values = {"name": "mine", "user_id": "u", "session_id": "s", "version": "1", "release": "r"}
    make_trace(cast.a.project_id, id="mine", tags=["a", "b"], environment="prod", **values)
    make_trace(cast.a.project_id, id="other", tags=["a"], timestamp=NOON + timedelta(minutes=1), user_id="v")
    assert ids_of(cast, **query) == found


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"fromTimestamp": "2026-05-04T12:00:00"}, "fromTimestamp"),
        ({"toTimestamp": "yesterday"}, "toTimestamp"),
        ({"page": "0"}, "page"),
        ({"limit": "101"}, "limit"),
        ({"orderBy": "input.asc"}, "orderBy"),
        ({"orderBy": "name"}, "orderBy"),
    ],
)
def test_bad_parameters(cast: Cast, query: dict[str, str], parameter: str) -> None:
    response = Client().get(URL, query, **cast.a.auth)
    assert response.status_code == 400
    body = response.json()
    assert body["message"] == "Invalid request data"
    assert [issue["path"] for issue in body["error"]] == [[parameter]]


def test_the_advanced_filter_goes_before_the_simple_parameter(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="x", name="x", user_id="u")
    make_trace(cast.a.project_id, id="y", name="y", user_id="u")
    advanced = '[{"type": "string", "column": "name", "operator": "=", "value": "y"}]'
    assert ids_of(cast, name="x", filter=advanced) == ["y"]
    assert ids_of(cast, name="x", userId="v", filter=advanced) == []


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("timestamp.asc", ["a", "b", "c"]),
        ("timestamp.desc", ["c", "b", "a"]),
        ("name.asc", ["c", "a", "b"]),
        ("name.desc", ["a", "c", "b"]),
        ("id.desc", ["c", "b", "a"]),
    ],
)
def test_order(cast: Cast, order: str, found: list[str]) -> None:
    for minute, (id_, name) in enumerate([("a", "z"), ("b", None), ("c", "y")]):
        make_trace(cast.a.project_id, id=id_, name=name, timestamp=NOON + timedelta(minutes=minute))
    assert ids_of(cast, orderBy=order) == found


def test_groups_of_fields(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t", input="hello", metadata={"a": 1}, latency=2, total_cost=1)
    make_observation(cast.a.project_id, trace_id="t")
    core = get(cast, fields="core,unknown")["data"][0]
    assert (core["input"], core["output"], core["metadata"]) == (None, None, {})
    assert (core["latency"], core["totalCost"]) == (-1, -1)
    assert (core["observations"], core["scores"]) == ([], [])
    everything = get(cast, fields="unknown")["data"][0]
    assert (everything["input"], everything["metadata"], everything["latency"]) == ("hello", {"a": 1}, 2)
    alone = get(cast, f"{URL}/t", fields="core,metrics")
    assert (alone["observations"], alone["input"], alone["totalCost"]) == ([], None, 1)


def test_one_trace_whole(cast: Cast) -> None:
    project = cast.a.project_id
    later = NOON + timedelta(seconds=2)
    make_trace(
        project,
        id="t",
        first_start=NOON,
        last_start=later,
        last_end=later,
        latency=2,
        total_cost=Decimal("0.5"),
    )
    make_observation(project, id="child", trace_id="t", start_time=later, end_time=later)
    make_observation(project, id="root", trace_id="t", input_tokens=3, prices={"input": 0.001})
    body = get(cast, f"{URL}/t")
    assert (body["latency"], body["totalCost"], body["scores"]) == (2, 0.5, [])
    root, child = body["observations"]
    assert (root["id"], root["promptTokens"], root["inputPrice"]) == ("root", 3, 0.001)
    assert (child["id"], child["inputPrice"], child["latency"]) == ("child", 0, 0)


def test_latency_of_a_trace_without_any_end(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t", first_start=NOON, last_start=NOON + timedelta(seconds=3))
    make_trace(cast.a.project_id, id="bare")
    assert get(cast, f"{URL}/t")["latency"] == 3
    assert get(cast, f"{URL}/bare")["latency"] == 0


@pytest.mark.parametrize(
    ("text", "form", "shown"),
    [
        ("hi", PayloadForm.TEXT, "hi"),
        ("", PayloadForm.TEXT, None),
        ('{"a": [1, 0.1]}', PayloadForm.JSON, {"a": [1, 0.1]}),
        ("123", PayloadForm.JSON, 123),
        ('{"n": 12345678901234567890}', PayloadForm.CAREFUL, {"n": "12345678901234567890"}),
        (
            '["9007199254740993", 9007199254740991]',
            PayloadForm.CAREFUL,
            ["9007199254740993", 9007199254740991],
        ),
        (
            "[0.12345678901234567890, -1e400, 1.50]",
            PayloadForm.CAREFUL,
            ["0.12345678901234567890", "-1e400", 1.5],
        ),
    ],
)
def test_payloads(cast: Cast, text: str, form: int, shown: Any) -> None:
    make_trace(cast.a.project_id, id="t", input=text, input_form=form)
    assert get(cast, f"{URL}/t")["input"] == shown


def test_metadata_keeps_every_digit(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t", metadata={"big": 2**60, "small": 7, "text": "1" * 20})
    assert get(cast, f"{URL}/t")["metadata"] == {"big": str(2**60), "small": 7, "text": "1" * 20}


@pytest.mark.parametrize("wire_id", ["a/b", "a b?c#d%", "日本\n2", "..x", "%2F", "observations/1"])
def test_any_id_in_the_path(cast: Cast, wire_id: str) -> None:
    make_trace(cast.a.project_id, id=wire_id)
    body = get(cast, f"{URL}/{quote(wire_id, safe='')}")
    assert body["id"] == wire_id


def test_long_ids_come_back_as_they_were_sent(cast: Cast) -> None:
    wire_id = "😀" * 800
    make_trace(cast.a.project_id, **long("id", wire_id), session_id="s")
    assert get(cast, f"{URL}/{quote(wire_id)}")["id"] == wire_id
    assert ids_of(cast) == [wire_id]


def test_a_user_id_of_100_kilobytes_is_found(cast: Cast) -> None:
    user = "u" * 100_000
    make_trace(cast.a.project_id, id="t", user_id=user)
    make_trace(cast.a.project_id, id="other", user_id="u" * 99_999)
    assert ids_of(cast, userId=user) == ["t"]


def test_unknown_trace(cast: Cast) -> None:
    response = Client().get(f"{URL}/nope", **cast.a.auth)
    assert response.status_code == 404
    assert response.json() == {
        "message": "Trace nope not found within authorized project",
        "error": "LangfuseNotFoundError",
    }


def test_the_outsider_sees_and_deletes_nothing(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t")
    assert Client().get(f"{URL}/t", **cast.b.auth).status_code == 404
    assert Client().get(URL, **cast.b.auth).json()["meta"]["totalItems"] == 0
    assert Client().delete(f"{URL}/t", **cast.b.auth).status_code == 200
    assert ids_of(cast) == ["t"]
