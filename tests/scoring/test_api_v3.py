"""`GET /v3/scores`: its shape, each parameter, what it refuses, and walks from page to page."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from langfuse_site.lib.ids import key_of
from tests import contract
from tests.cast import Cast, Side
from tests.contract import mismatches
from tests.scoring.test_api import WHEN, get, make_score
from tests.tracing.factories import NOON, reads_of

V3 = "/api/public/v3/scores"
GROUPS = "core,details,subject,annotation"


def ids(side: Side, **query: Any) -> set[str]:
    return {one["id"] for one in get(side, V3, **query)["data"]}


def refused(side: Side, **query: Any) -> list[Any]:
    body = get(side, V3, 400, **query)
    assert body["message"] == "Invalid request data"
    return [one["path"] for one in body["error"]]


def test_fields_come_in_groups(cast: Cast) -> None:
    make_score(cast.a, metadata={"a": 1}, config_id="c", queue_id="q", author_user_id="u", comment="words")
    core = {
        **{"id": "s", "projectId": cast.a.project_id, "name": "n", "value": 1, "dataType": "NUMERIC"},
        **{
            "source": "API",
            "timestamp": WHEN,
            "environment": "default",
            "createdAt": WHEN,
            "updatedAt": WHEN,
        },
    }
    groups: dict[str, Any] = {
        "core": {},
        "": {},
        "details": {"comment": "words", "configId": "c", "metadata": {"a": 1}},
        "subject": {"subject": {"kind": "trace", "id": "t"}},
        "annotation": {"authorUserId": "u", "queueId": "q"},
    }
    for name, more in groups.items():
        assert get(cast.a, V3, fields=name) == {"data": [core | more], "meta": {"limit": 50}}
    both = get(cast.a, V3, fields="details, annotation", limit=7)
    assert both == {"data": [core | groups["details"] | groups["annotation"]], "meta": {"limit": 7}}


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"data_type": "NUMERIC", "value": 0.5}, 0.5),
        ({"data_type": "BOOLEAN", "value": 1.0, "string_value": "True"}, True),
        ({"data_type": "BOOLEAN", "value": 0.0, "string_value": "False"}, False),
        ({"data_type": "CATEGORICAL", "value": 3, "string_value": "good"}, "good"),
        ({"data_type": "TEXT", "value": 0, "string_value": "words"}, "words"),
        ({"data_type": "CORRECTION", "value": 0, "long_string_value": "better"}, "better"),
        ({"data_type": "CORRECTION", "value": 0}, ""),
    ],
)
def test_the_value_is_of_the_type_that_is_said(cast: Cast, values: dict[str, Any], shown: Any) -> None:
    make_score(cast.a, **values)
    value = get(cast.a, V3)["data"][0]["value"]
    assert (type(value), value) == (type(shown), shown)


@pytest.mark.parametrize(
    ("values", "subject"),
    [
        ({}, {"kind": "trace", "id": "t"}),
        ({"observation_id": "o"}, {"kind": "observation", "id": "o", "traceId": "t"}),
        ({"trace_id": None, "session_id": "x"}, {"kind": "session", "id": "x"}),
        ({"trace_id": None, "dataset_run_id": "r"}, {"kind": "experiment", "id": "r"}),
        ({"observation_id": "o", "dataset_run_id": "r"}, {"kind": "experiment", "id": "r"}),
        ({"trace_id": None}, None),
    ],
)
def test_what_a_score_is_of(cast: Cast, values: dict[str, Any], subject: Any) -> None:
    make_score(cast.a, **values)
    row = get(cast.a, V3, fields=GROUPS)["data"][0]
    assert row["subject"] == subject
    if subject:
        assert list(mismatches(row, contract.SCORE_V3 | {"subject": contract.mapping})) == []


def test_long_ids_come_back_and_are_found(cast: Cast) -> None:
    long_id = "\U0001f600" * 100
    long_ids = {"id": long_id, "trace_id": long_id}
    make_score(cast.a, id=key_of(long_id), trace_id=key_of(long_id), long_ids=long_ids)
    row = get(cast.a, V3, id=long_id, traceId=long_id, fields="subject")["data"][0]
    assert (row["id"], row["subject"]["id"]) == (long_id, long_id)


@pytest.fixture
def varied(cast: Cast) -> Cast:
    make_score(cast.a, id="number", value=0.5, name="n" * 70 + "1", environment="prod")
    make_score(cast.a, id="other", value=2.0, name="n" * 70 + "2", trace_id="t2", config_id="c")
    make_score(cast.a, id="true", data_type="BOOLEAN", value=1.0, queue_id="q", observation_id="o")
    make_score(cast.a, id="false", data_type="BOOLEAN", value=0.0, author_user_id="u")
    make_score(cast.a, id="category", data_type="CATEGORICAL", value=0.5, string_value="0.5", source="EVAL")
    make_score(cast.a, id="session", trace_id=None, session_id="x", timestamp=NOON.replace(day=6), value=9.0)
    make_score(cast.a, id="run", trace_id=None, dataset_run_id="r", source="ANNOTATION", value=9.0)
    make_score(cast.b, id="of b", value=0.5)
    return cast


EVERYTHING = "number other true false category session run"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", EVERYTHING),
        ("id=number,other,unknown", "number other"),
        ("id= number , other ", "number other"),
        ("name=" + "n" * 70 + "1", "number"),
        ("name=" + "n" * 70, ""),
        ("name=n,x", "true false category session run"),
        ("source=eval", "category"),
        ("source=Eval,ANNOTATION", "category run"),
        ("dataType=boolean", "true false"),
        ("dataType=Boolean,categorical", "true false category"),
        ("environment=prod,dev", "number"),
        ("configId=c,d", "other"),
        ("queueId=q", "true"),
        ("authorUserId=u", "false"),
        ("traceId=t2,t3", "other"),
        ("sessionId=x", "session"),
        ("experimentId=r,s", "run"),
        ("traceId=t&observationId=o,p", "true"),
        ("traceId=t2&observationId=o", ""),
        ("dataType=NUMERIC&value=0.5,2", "number other"),
        ("dataType=numeric&value=5e-1", "number"),
        ("dataType=BOOLEAN&value=true", "true"),
        ("dataType=boolean&value=false,true", "true false"),
        ("dataType=CATEGORICAL&value=0.5,x", "category"),
        ("dataType=NUMERIC&valueMin=2", "other session run"),
        ("dataType=NUMERIC&valueMax=2&valueMin=1", "other"),
        ("dataType=NUMERIC&valueMin=0", "number other session run"),
        ("fromTimestamp=2026-05-06T12:00:00Z", "session"),
        ("toTimestamp=2026-05-06T12:00:00.000Z", "number other true false category run"),
        ("fromTimestamp=2026-05-06T13:00:00%2B02:00", "session"),
        (
            "id=&name=&source=&dataType=&value=&valueMin=&traceId=&fromTimestamp=&limit=&cursor=&fields=",
            EVERYTHING,
        ),
        ("id=,", EVERYTHING),
    ],
)
def test_each_parameter_narrows(varied: Cast, query: str, found: str) -> None:
    response = Client().get(f"{V3}?{query}", **varied.a.auth)
    assert response.status_code == 200, response.content
    assert {one["id"] for one in response.json()["data"]} == set(found.split())


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"userId": "u"}, []),
        ({"traceTags": "a"}, []),
        ({"page": "1"}, []),
        ({"filter": "[]"}, []),
        ({"datasetRunId": "r"}, []),
        ({"id": ["a", "b"]}, ["id"]),
        ({"limit": "101"}, ["limit"]),
        ({"limit": "0"}, ["limit"]),
        ({"limit": "x"}, ["limit"]),
        ({"fields": "core,score"}, ["fields"]),
        ({"source": "api,human"}, ["source"]),
        ({"dataType": "number"}, ["dataType"]),
        ({"value": "1"}, ["value"]),
        ({"value": "1", "dataType": "NUMERIC,BOOLEAN"}, ["value"]),
        ({"value": "x", "dataType": "TEXT"}, ["value"]),
        ({"value": "x", "dataType": "CORRECTION"}, ["value"]),
        ({"value": "1,x", "dataType": "NUMERIC"}, ["value"]),
        ({"value": "inf", "dataType": "NUMERIC"}, ["value"]),
        ({"value": "nan", "dataType": "NUMERIC"}, ["value"]),
        ({"value": "1", "dataType": "BOOLEAN"}, ["value"]),
        ({"value": "True", "dataType": "BOOLEAN"}, ["value"]),
        ({"valueMin": "1"}, ["valueMin"]),
        ({"valueMin": "0", "dataType": "BOOLEAN"}, ["valueMin"]),
        ({"valueMax": "1", "dataType": "NUMERIC,BOOLEAN"}, ["valueMax"]),
        ({"valueMax": "x", "dataType": "NUMERIC"}, ["valueMax"]),
        ({"valueMax": "inf", "dataType": "NUMERIC"}, ["valueMax"]),
        ({"observationId": "o"}, ["observationId"]),
        ({"traceId": "t", "sessionId": "s"}, ["sessionId"]),
        ({"traceId": "t", "experimentId": "r"}, ["experimentId"]),
        ({"sessionId": "s", "experimentId": "r"}, ["experimentId"]),
        ({"fromTimestamp": "2026-05-05T00:00:00"}, ["fromTimestamp"]),
        ({"toTimestamp": "yesterday"}, ["toTimestamp"]),
    ],
)
def test_refusals_name_the_parameter(cast: Cast, query: dict[str, Any], path: list[str]) -> None:
    assert refused(cast.a, **query) == [path]


def cursor(**fields: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "?",
        "AAAA",
        "é",
        "A" * 10_000,
        cursor(),
        cursor(v=2, lastTimestamp=WHEN, lastId="s"),
        cursor(v=1, lastTimestamp="x", lastId="s"),
        cursor(v=1, lastTimestamp="2026-05-04T12:00:00", lastId="s"),
        cursor(v=1, lastTimestamp=WHEN, lastId=3),
        cursor(v=1, lastTimestamp=WHEN, lastId="a\0"),
        cursor(v=1, lastTimestamp=WHEN),
    ],
)
def test_a_cursor_that_is_none(cast: Cast, text: str) -> None:
    assert get(cast.a, V3, 400, cursor=text)["message"] == "Invalid cursor format"


def test_a_cursor_is_versioned_json(cast: Cast) -> None:
    for number in range(2):
        make_score(cast.a, id=f"s{number}", timestamp=NOON + timedelta(microseconds=1))
    text = get(cast.a, V3, limit=1)["meta"]["cursor"]
    place = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert place == {"v": 1, "lastTimestamp": "2026-05-04T12:00:00.000001Z", "lastId": "s1"}
    assert ids(cast.a, cursor=cursor(**place)) == {"s0"}
    assert ids(cast.a, cursor=cursor(**place) + "=") == {"s0"}


@pytest.mark.parametrize("limit", [1, 3, 7, 24, 25, 100])
def test_a_walk_meets_every_score_once_in_order(cast: Cast, limit: int) -> None:
    for number in range(24):
        moment = NOON + timedelta(microseconds=number // 8)
        make_score(cast.a, id=f"é{number:02}" if number % 3 else f"Z{number:02}", timestamp=moment)
        make_score(cast.b, id=f"b{number:02}", timestamp=moment)
    whole = [one["id"] for one in get(cast.a, V3, limit=100)["data"]]
    walked, query = list[str](), dict[str, Any](limit=limit)
    while True:
        page = get(cast.a, V3, **query)
        walked += [one["id"] for one in page["data"]]
        if "cursor" not in page["meta"]:
            break
        assert len(page["data"]) == limit
        query["cursor"] = page["meta"]["cursor"]
    assert walked == whole
    assert len(set(walked)) == 24


def test_a_page_is_one_statement(varied: Cast) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        get(varied.a, V3, traceId="t", fields=GROUPS)
    assert len([sql for sql in reads_of(captured) if "scores" in sql]) == 1


def test_what_opens_it(varied: Cast) -> None:
    assert ids(varied.b) == {"of b"}
    assert ids(varied.b, id="number") == set()
    statuses = [
        Client().get(V3, **auth).status_code
        for auth in ({}, varied.a.bearer, varied.a.organization_auth, varied.a.auth)
    ]
    assert statuses == [401, 403, 403, 200]
    assert Client().post(V3, "{}", content_type="application/json", **varied.a.auth).status_code == 405
