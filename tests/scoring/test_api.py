"""The score routes: what they take, what they answer, what they refuse, to whom."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditLog
from scoring.models import Score
from tests.cast import Cast, Side
from tests.tracing.factories import NOON, make_observation, make_trace
from tracing.ingest.drain import drain_spool

V1, V2 = "/api/public/scores", "/api/public/v2/scores"
JSON = "application/json"
WHEN = "2026-05-04T12:00:00.000Z"


def make_score(side: Side, **values: Any) -> Score:
    defaults = {
        "id": "s",
        "timestamp": NOON,
        "created_at": NOON,
        "updated_at": NOON,
        "name": "n",
        "value": 1.0,
        "data_type": "NUMERIC",
        "source": "API",
        "trace_id": "t",
    }
    return Score.objects.create(project_id=side.project_id, **(defaults | values))


def post(auth: dict[str, Any], body: Any) -> Any:
    return Client().post(V1, body, content_type=JSON, **auth)


def get(side: Side, url: str, status: int = 200, **query: Any) -> Any:
    response = Client().get(url, query, **side.auth)
    assert response.status_code == status, response.content
    return response.json()


def ids(side: Side, url: str = V2, **query: Any) -> list[str]:
    return [one["id"] for one in get(side, url, **query)["data"]]


def filtered(side: Side, *conditions: dict[str, Any], url: str = V2) -> list[str]:
    return ids(side, url, filter=json.dumps(conditions))


SHAPE = {
    "id": "s",
    "name": "n",
    "value": 1,
    "stringValue": None,
    "dataType": "NUMERIC",
    "source": "API",
    "traceId": "t",
    "observationId": None,
    "sessionId": None,
    "datasetRunId": None,
    "timestamp": WHEN,
    "createdAt": WHEN,
    "updatedAt": WHEN,
    "authorUserId": None,
    "comment": None,
    "metadata": {"a": [1, "12345678901234567890"]},
    "configId": None,
    "queueId": None,
    "executionTraceId": None,
    "environment": "default",
}


def test_shapes(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t", user_id="u", session_id="x", tags=["a"], environment="prod")
    make_score(cast.a, metadata={"a": [1, 12345678901234567890]})
    shape = SHAPE | {"projectId": cast.a.project_id}
    trace = {"userId": "u", "tags": ["a"], "environment": "prod"}
    meta = {"page": 1, "limit": 50, "totalItems": 1, "totalPages": 1}
    assert get(cast.a, f"{V1}/s") == shape == get(cast.a, f"{V2}/s")
    assert get(cast.a, V1) == {"data": [shape | {"trace": trace}], "meta": meta}
    assert get(cast.a, V2) == {"data": [shape | {"trace": trace | {"sessionId": "x"}}], "meta": meta}
    assert get(cast.a, V2, fields="score")["data"] == [shape]


def test_text_has_no_number_and_correction_has_its_text(cast: Cast) -> None:
    make_score(cast.a, data_type="TEXT", value=0, string_value="good")
    make_score(cast.a, id="c", data_type="CORRECTION", value=0, long_string_value="better")
    text = get(cast.a, f"{V2}/s")
    assert ("value" in text, text["stringValue"]) == (False, "good")
    correction = get(cast.a, f"{V2}/c")
    assert (correction["value"], correction["stringValue"]) == (0, "better")


def test_first_version_knows_scores_of_traces_only(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t")
    make_score(cast.a, id="seen")
    make_score(cast.a, id="correction", data_type="CORRECTION")
    make_score(cast.a, id="early", trace_id="not yet")
    make_score(cast.a, id="session", trace_id=None, session_id="x")
    assert ids(cast.a, V1) == ["seen"]
    assert len(ids(cast.a, V2)) == 4
    assert get(cast.a, f"{V1}/early")["traceId"] == "not yet"
    assert get(cast.a, f"{V1}/correction", 404)["message"] == "Score not found"
    assert get(cast.a, V2, scoreIds="session")["data"][0]["trace"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"name": "wanted"},
        {"userId": "u"},
        {"configId": "c"},
        {"queueId": "q"},
        {"traceTags": "a,b"},
        {"dataType": "BOOLEAN"},
        {"source": "EVAL"},
        {"environment": "prod,dev"},
        {"value": "0.5", "operator": "<"},
        {"value": "0"},
        {"value": "1", "operator": "!="},
        {"scoreIds": "wanted,other"},
        {"fromTimestamp": "2026-05-05T00:00:00Z"},
        {"observationId": "o,p"},
        {"traceId": "t2"},
    ],
)
def test_list_filters(cast: Cast, query: dict[str, str]) -> None:
    make_trace(cast.a.project_id, id="t")
    make_trace(cast.a.project_id, id="t2", user_id="u", tags=["a", "b"])
    make_score(cast.a, id="plain")
    make_score(
        cast.a,
        id="wanted",
        name="wanted",
        trace_id="t2",
        observation_id="o",
        config_id="c",
        queue_id="q",
        data_type="BOOLEAN",
        value=0.0,
        source="EVAL",
        environment="prod",
        timestamp=NOON.replace(day=6),
    )
    assert ids(cast.a, **query) == ["wanted"]
    assert set(ids(cast.a, **dict.fromkeys(query, ""))) == {"plain", "wanted"}


def test_list_order_and_pages(cast: Cast) -> None:
    for day in (1, 3, 2):
        make_score(cast.a, id=f"s{day}", timestamp=NOON.replace(day=day))
    assert ids(cast.a) == ["s3", "s2", "s1"]
    assert ids(cast.a, limit=2, page=2) == ["s1"]
    assert ids(cast.a, toTimestamp="2026-05-02T12:00:00Z") == ["s1"]


@pytest.mark.parametrize(
    "query",
    [
        {"dataType": "number"},
        {"value": "abc"},
        {"operator": "~"},
        {"fromTimestamp": "2026-05-05T00:00:00"},
        {"limit": "101"},
        {"page": "0"},
        {"fields": "trace"},
        {"fields": "score", "userId": "u"},
        {"filter": "{"},
        {"filter": '[{"type":"string","column":"nothing","operator":"=","value":"x"}]'},
    ],
)
def test_list_refuses(cast: Cast, query: dict[str, str]) -> None:
    get(cast.a, V2, 400, **query)


def test_advanced_filter(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t", name="root", tags=["x"])
    make_score(cast.a, id="yes", data_type="BOOLEAN", metadata={"k": "v"})
    make_score(cast.a, id="no", data_type="BOOLEAN", value=0.0, trace_id="other")
    by_key = {"type": "stringObject", "column": "metadata", "key": "k", "operator": "=", "value": "v"}
    assert filtered(cast.a, by_key) == ["yes"]
    true = {"type": "boolean", "column": "booleanValue", "operator": "=", "value": True}
    assert filtered(cast.a, true) == ["yes"]
    named = {"type": "string", "column": "traceName", "operator": "contains", "value": "oo"}
    assert filtered(cast.a, named) == ["yes"]
    tagged = {"type": "arrayOptions", "column": "trace_tags", "operator": "any of", "value": ["x"]}
    assert filtered(cast.a, tagged) == ["yes"]


def test_traces_and_observations_are_found_by_scores(cast: Cast) -> None:
    for number in (1, 2):
        make_trace(cast.a.project_id, id=f"t{number}")
        make_observation(cast.a.project_id, id=f"o{number}", trace_id=f"t{number}")
        target = {"trace_id": f"t{number}", "observation_id": f"o{number}"}
        make_score(cast.a, id=f"n{number}", value=number, **target)
        make_score(cast.a, id=f"c{number}", data_type="CATEGORICAL", string_value=f"x{number}", **target)
        make_score(cast.a, id=f"b{number}", data_type="BOOLEAN", name="b", value=number - 1, **target)
    conditions: list[dict[str, Any]] = [
        {"type": "numberObject", "column": "scores_avg", "key": "n", "operator": ">", "value": 1.5},
        {
            "type": "categoryOptions",
            "column": "score_categories",
            "key": "n",
            "operator": "any of",
            "value": ["x2"],
        },
        {"type": "booleanObject", "column": "score_booleans", "key": "b", "operator": "=", "value": True},
    ]
    for condition in conditions:
        assert filtered(cast.a, condition, url="/api/public/traces") == ["t2"]
        assert filtered(cast.a, condition, url="/api/public/observations") == ["o2"]


def test_post_one(cast: Cast) -> None:
    answer = post(cast.a.auth, {"id": "", "traceId": "t", "name": "n", "value": 0.9, "metadata": {"a": 1}})
    assert answer.status_code == 200
    drain_spool()
    row = Score.objects.get(project_id=cast.a.project_id, id=answer.json()["id"])
    assert (row.value, row.metadata, row.api_key_id) == (0.9, {"a": 1}, cast.a.api_key.id)


def test_post_by_public_key_alone(cast: Cast) -> None:
    answer = post(cast.a.bearer, {"id": "s", "traceId": "t", "name": "n", "value": "none"})
    assert (answer.status_code, answer.json()) == (200, {"id": "s"})
    drain_spool()
    assert get(cast.a, f"{V2}/s")["stringValue"] == "none"
    assert Client().get(V1, **cast.a.bearer).status_code == 403


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"value": True, "dataType": "BOOLEAN"}, ["value"]),
        ({"value": None}, ["value"]),
        ({"value": 2, "dataType": "BOOLEAN"}, ["value"]),
        ({"value": "NaN"}, ["value"]),
        ({"name": ""}, ["name"]),
        ({"source": "EVAL"}, ["source"]),
        ({"source": "ANNOTATION"}, ["configId"]),
        ({"sessionId": "x"}, []),
        ({"id": "x" * 801}, ["id"]),
    ],
)
def test_post_refuses(cast: Cast, body: dict[str, Any], path: list[str]) -> None:
    answer = post(cast.a.auth, {"traceId": "t", "name": "n", "value": 1, **body})
    assert (answer.status_code, answer.json()["message"]) == (400, "Invalid request data")
    assert answer.json()["error"][0]["path"] == path


@pytest.mark.parametrize(("left_out", "path"), [("value", ["value"]), ("name", ["name"]), ("traceId", [])])
def test_post_names_what_is_missing(cast: Cast, left_out: str, path: list[str]) -> None:
    score = {"traceId": "t", "name": "n", "value": 1}
    del score[left_out]
    answer = post(cast.a.auth, score)
    assert (answer.status_code, answer.json()["error"][0]["path"]) == (400, path)
    assert answer.json()["error"][0]["message"]


@pytest.mark.parametrize("body", [b"{", b"3", b'"x"', b"", b"[" * 100_000])
def test_post_of_something_else(cast: Cast, body: bytes) -> None:
    assert post(cast.a.auth, body).status_code == 400


def test_post_many(cast: Cast) -> None:
    score = {"traceId": "t", "name": "n", "value": 1.0, "timestamp": "2026-01-01T00:00:00.123456Z"}
    accepted = post(cast.a.auth, [{**score, "id": "a"}, {**score, "id": "b"}])
    assert (accepted.status_code, accepted.json()) == (202, {"message": "Accepted"})
    mixed = post(cast.a.auth, [{**score, "id": "c"}, {**score, "name": ""}, 3, {**score, "source": "EVAL"}])
    assert mixed.status_code == 207
    assert (mixed.json()["accepted"], mixed.json()["rejected"], len(mixed.json()["errors"])) == (1, 3, 3)
    drain_spool()
    assert sorted(ids(cast.a)) == ["a", "b", "c"]
    assert Score.objects.get(id="a").timestamp.microsecond == 123456


GOOD = '{"id":"%s","traceId":"t","name":"n","value":1}'
NO_NUMBER = "value must be a finite number, or a string with a dataType"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ('"value":NaN', NO_NUMBER),
        ('"value":-Infinity', NO_NUMBER),
        ('"value":NaN,"dataType":"NUMERIC"', "value must be a number for a NUMERIC score"),
        ('"value":NaN,"dataType":"BOOLEAN"', "value must be a number for a BOOLEAN score"),
        ('"value":1e400', "value: Number out of range"),
        (
            '"value":1,"metadata":' + "[" * 50_000 + "]" * 50_000,
            "metadata: Arrays and objects are nested deeper than 128 levels",
        ),
        ('"value":1,"timestamp":"yesterday"', "timestamp: Invalid RFC3339 encoded datetime"),
        (
            '"value":1,"timestamp":"2026-01-01T00:00:00"',
            "timestamp: Expected `datetime` with a timezone component",
        ),
        (
            '"value":1,"timestamp":"0001-01-01T00:00:00Z"',
            "timestamp must lie between the years 2 and 9998",
        ),
        ("", "value: Object missing required field `value`"),
    ],
    ids=lambda text: str(text)[:40],
)
def test_poison_beside_good_scores(cast: Cast, fields: str, message: str) -> None:
    separated = f",{fields}" if fields else ""
    poison = '{"id":"p\\ud800","traceId":"t","name":"n\\u0000"' + separated + "}"
    answer = post(cast.a.auth, f"[{GOOD % 'a'},{poison},{GOOD % 'b'}]".encode())
    assert answer.status_code == 207
    assert answer.json() == {"accepted": 2, "rejected": 1, "errors": [{"message": message}]}
    drain_spool()
    assert set(ids(cast.a)) == {"a", "b"}


def test_a_category_may_be_called_as_it_likes(cast: Cast) -> None:
    score = {"traceId": "t", "name": "n", "value": "NaN", "dataType": "CATEGORICAL"}
    assert post(cast.a.auth, [score]).status_code == 202
    drain_spool()
    assert get(cast.a, V2)["data"][0]["stringValue"] == "NaN"


def test_scores_of_sdk_5(cast: Cast) -> None:
    when = "2025-12-31T23:00:00.123456Z"
    shared = {"name": "n", "timestamp": when, "environment": "prod"}
    posted = [
        {**shared, "id": "b", "traceId": "t", "value": 1.0, "dataType": "BOOLEAN"},
        {**shared, "id": "r", "datasetRunId": "run", "value": 0.5, "metadata": "m"},
        {**shared, "traceId": "t", "observationId": "o", "value": "x"},
    ]
    assert post(cast.a.auth, posted).status_code == 202
    drain_spool()
    boolean, of_run = get(cast.a, f"{V2}/b"), get(cast.a, f"{V2}/r")
    assert (boolean["value"], boolean["stringValue"]) == (1, "True")
    assert (boolean["timestamp"], boolean["environment"]) == ("2025-12-31T23:00:00.123Z", "prod")
    assert (of_run["datasetRunId"], of_run["metadata"]) == ("run", {"metadata": "m"})
    assert len(ids(cast.a)) == 3


@pytest.mark.parametrize("values", [("0.9", "0.1"), ("0.1", "0.9"), ('"b"', '"a"')])
def test_the_same_id_and_time_again_is_an_update(cast: Cast, values: tuple[str, str]) -> None:
    score = '[{"id":"s","traceId":"t","name":"n","timestamp":"2026-01-01T00:00:00Z","value":%s}]'
    for value in values:
        assert post(cast.a.auth, score % value).status_code == 202
    drain_spool()
    row = get(cast.a, f"{V2}/s")
    assert row["timestamp"] == "2026-01-01T00:00:00.000Z"
    assert json.loads(values[1]) == (row["value"] if row["stringValue"] is None else row["stringValue"])


def test_a_single_score_has_the_time_of_its_request(cast: Cast) -> None:
    said = {"timestamp": "2020-01-01T00:00:00Z", "givenAt": "2020-01-01T00:00:00Z"}
    assert post(cast.a.auth, {"id": "s", "traceId": "t", "name": "n", "value": 1, **said}).status_code == 200
    drain_spool()
    assert Score.objects.get(project_id=cast.a.project_id).timestamp.year > 2020


def test_delete_is_visible_at_once(cast: Cast) -> None:
    make_score(cast.a)
    for score_id in ("s", "unknown"):
        answer = Client().delete(f"{V1}/{score_id}", **cast.a.auth)
        assert (answer.status_code, answer.json()["message"]) == (202, "Score deletion queued successfully")
    assert ids(cast.a) == []
    assert AuditLog.objects.filter(resource_type="score", resource_id="s", action="delete").exists()


def test_tenants_do_not_see_each_other(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t")
    make_score(cast.a)
    for url in (V1, V2):
        assert ids(cast.b, url) == []
        get(cast.b, f"{url}/s", 404)
    Client().delete(f"{V1}/s", **cast.b.auth)
    assert ids(cast.a, V1) == ["s"]
    assert Client().get(V2, **cast.a.organization_auth).status_code == 403
