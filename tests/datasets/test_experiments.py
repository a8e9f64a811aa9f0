"""`GET /experiments`: what observations that name an experiment add up to, parameters, refusals, walks."""

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
from tests.scoring.test_api import make_score
from tests.tracing.factories import NOON, make_observation, reads_of
from tracing.models import Observation

URL = "/api/public/experiments"
FROM = "2026-05-04T00:00:00Z"
GROUPS = "core,metadata,scores"


def make_span(side: Side, id_: str, root: str | None = None, **values: Any) -> Observation:
    """Insert an observation of item `root` (its own by default); `experiment` is merged into what it says."""
    said = {"id": "e", "name": "first", "dataset_id": "d", "item_id": f"item of {root or id_}"}
    said |= {"root_observation_id": root or id_, **values.pop("experiment", {})}
    said = {name: value for name, value in said.items() if value is not None}
    defaults = {"trace_id": f"trace of {root or id_}", "environment": "sdk-experiment"}
    key = key_of(said["id"])
    return make_observation(
        side.project_id, id=id_, experiment_id=key, experiment=said, **(defaults | values)
    )


def get(side: Side, url: str = URL, status: int = 200, **query: Any) -> Any:
    response = Client().get(url, {"fromStartTime": FROM, **query}, **side.auth)
    assert response.status_code == status, response.content
    return response.json()


def ids(side: Side, **query: Any) -> list[str]:
    return [one["id"] for one in get(side, **query)["data"]]


def test_an_experiment_is_its_observations(cast: Cast) -> None:
    said = {"description": "what for", "metadata": {"big": 12345678901234567890}}
    make_span(cast.a, "root", experiment=said, start_time=NOON, end_time=NOON + timedelta(seconds=1))
    make_span(cast.a, "child", "root", end_time=NOON + timedelta(seconds=3))
    make_span(cast.a, "second", start_time=NOON - timedelta(seconds=1))
    make_observation(cast.a.project_id, id="no experiment")
    core = {
        **{"id": "e", "name": "first", "description": "what for", "datasetId": "d", "itemCount": 2},
        **{"startTime": "2026-05-04T11:59:59.000Z", "endTime": "2026-05-04T12:00:03.000Z"},
    }
    assert get(cast.a) == {"data": [core], "meta": {}}
    metadata = {"metadata": {"big": "12345678901234567890"}}
    assert get(cast.a, fields="metadata") == {"data": [core | metadata], "meta": {}}
    assert get(cast.a, fields="core,scores")["data"] == [core | {"scores": []}]


def test_what_nobody_said_is_null(cast: Cast) -> None:
    make_span(cast.a, "root", experiment={"name": None, "dataset_id": None})
    row = get(cast.a, fields=GROUPS)["data"][0]
    assert (row["name"], row["description"], row["datasetId"], row["metadata"]) == ("e", None, None, None)
    assert (
        list(mismatches(row | {"scores": [{}]}, contract.EXPERIMENT | {"scores": [contract.mapping]})) == []
    )


def test_metadata_that_is_no_object_goes_into_one(cast: Cast) -> None:
    make_span(cast.a, "root", experiment={"metadata": "words"})
    assert get(cast.a, fields="metadata")["data"][0]["metadata"] == {"metadata": "words"}


def test_only_the_time_that_is_asked_for_counts(cast: Cast) -> None:
    for hour in (8, 12, 16):
        make_span(cast.a, f"at {hour}", start_time=NOON.replace(hour=hour))
    row = get(cast.a, fromStartTime="2026-05-04T12:00:00Z", toStartTime="2026-05-04T16:00:00Z")["data"][0]
    assert (row["itemCount"], row["startTime"]) == (1, "2026-05-04T12:00:00.000Z")
    assert row["endTime"] == row["startTime"]
    assert ids(cast.a, fromStartTime="2026-05-05T00:00:00Z") == []


@pytest.fixture
def three(cast: Cast) -> Cast:
    for number, hour in ((1, 10), (2, 14), (3, 12)):
        said = {"id": f"e{number}", "name": f"name {number}", "dataset_id": f"d{number % 2}"}
        make_span(cast.a, f"root {number}", experiment=said, start_time=NOON.replace(hour=hour))
        # Children may say less than their root.
        less = {"id": f"e{number}", "name": None, "dataset_id": None}
        make_span(
            cast.a, f"child {number}", f"root {number}", experiment=less, start_time=NOON.replace(hour=9)
        )
    make_span(cast.b, "root of b", experiment={"id": "e1", "name": "name of b"})
    return cast


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "e2 e3 e1"),
        ({"id": "e1,e2,unknown"}, "e2 e1"),
        ({"name": "name 1, name 3"}, "e3 e1"),
        ({"name": "name"}, ""),
        ({"datasetId": "d1"}, "e3 e1"),
        ({"datasetId": "d1", "name": "name 1"}, "e1"),
        ({"toStartTime": "2026-05-04T09:00:00Z"}, ""),
        ({"fromStartTime": "2026-05-04T12:00:00.001Z"}, "e2"),
        (
            dict.fromkeys(("id", "name", "datasetId", "toStartTime", "filter", "limit", "cursor"), ""),
            "e2 e3 e1",
        ),
    ],
)
def test_each_parameter_narrows(three: Cast, query: dict[str, str], found: str) -> None:
    assert ids(three.a, **query) == found.split()


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"type": "stringOptions", "column": "id", "operator": "any of", "value": ["e1"]}, "e1"),
        ({"type": "stringOptions", "column": "id", "operator": "none of", "value": ["e1"]}, "e2 e3"),
        ({"type": "string", "column": "name", "operator": "contains", "value": "3"}, "e3"),
        ({"type": "stringOptions", "column": "name", "operator": "none of", "value": ["name 3"]}, "e2 e1"),
        ({"type": "string", "column": "datasetId", "operator": "=", "value": "d0"}, "e2"),
        ({"type": "null", "column": "datasetId", "operator": "is null", "value": ""}, ""),
        ({"type": "null", "column": "Dataset ID", "operator": "is not null", "value": ""}, "e2 e3 e1"),
    ],
)
def test_filter(three: Cast, condition: dict[str, Any], found: str) -> None:
    assert ids(three.a, filter=json.dumps([condition])) == found.split()
    # Whole experiments are filtered: what children leave unsaid still counts for them.
    for row in get(three.a, filter=json.dumps([condition]))["data"]:
        assert row["startTime"] == "2026-05-04T09:00:00.000Z"


def test_the_filter_goes_before_the_simple_parameter(three: Cast) -> None:
    condition = {"type": "string", "column": "name", "operator": "=", "value": "name 1"}
    assert ids(three.a, name="name 2", filter=json.dumps([condition])) == ["e1"]
    assert ids(three.a, datasetId="d0", filter=json.dumps([condition])) == []


@pytest.mark.parametrize("url", [URL, "/api/public/experiment-items"])
@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"fromStartTime": ""}, ["fromStartTime"]),
        ({"fromStartTime": "2026-05-04"}, ["fromStartTime"]),
        ({"fromStartTime": "2026-05-04T00:00:00"}, ["fromStartTime"]),
        ({"toStartTime": "x"}, ["toStartTime"]),
        ({"fields": "core,nothing"}, ["fields"]),
        ({"limit": "101"}, ["limit"]),
        ({"limit": "0"}, ["limit"]),
        ({"scoreLimit": "51"}, ["scoreLimit"]),
        ({"scoreLimit": "0"}, ["scoreLimit"]),
        ({"filter": '[{"type":"string","column":"id"}]'}, ["filter", 0]),
    ],
)
def test_refusals_name_the_parameter(cast: Cast, url: str, query: dict[str, str], path: list[Any]) -> None:
    body = get(cast.a, url, 400, **query)
    assert (body["message"], body["error"][0]["path"][: len(path)]) == ("Invalid request data", path)


@pytest.mark.parametrize("url", [URL, "/api/public/experiment-items"])
def test_other_refusals(cast: Cast, url: str) -> None:
    for name, value, message in (
        ("cursor", "AAAA", "Invalid cursor format"),
        ("filter", "{", "Invalid JSON in filter parameter"),
        (
            "filter",
            '[{"type":"string","column":"level","operator":"=","value":"x"}]',
            "Invalid filter column: level",
        ),
    ):
        assert get(cast.a, url, 400, **{name: value})["message"].startswith(message)
    assert Client().get(url, **cast.a.auth).json()["error"][0]["path"] == ["fromStartTime"]
    for auth, status in (({}, 401), (cast.a.bearer, 403), (cast.a.organization_auth, 403)):
        assert Client().get(url, {"fromStartTime": FROM}, **auth).status_code == status
    assert Client().post(f"{url}?fromStartTime={FROM}", **cast.a.auth).status_code == 405


def test_scores_are_those_of_the_experiment_itself(three: Cast) -> None:
    for number in range(3):
        moment = NOON + timedelta(seconds=number)
        make_score(three.a, id=f"s{number}", trace_id=None, dataset_run_id="e1", timestamp=moment)
    make_score(three.a, id="other", trace_id=None, dataset_run_id="e2", value=0.0, data_type="BOOLEAN")
    make_score(three.a, id="of a trace", trace_id="trace of root 1")
    make_score(three.b, id="of b", trace_id=None, dataset_run_id="e1")
    rows = {row["id"]: row for row in get(three.a, fields="scores")["data"]}
    assert {id_: [one["id"] for one in row["scores"]] for id_, row in rows.items()} == {
        "e1": ["s2", "s1", "s0"],
        "e2": ["other"],
        "e3": [],
    }
    assert list(mismatches(rows["e1"]["scores"], [contract.SCORE_V3])) == []
    assert rows["e2"]["scores"][0]["value"] is False
    assert rows["e1"]["scores"][0]["subject"] == {"kind": "experiment", "id": "e1"}
    few = get(three.a, fields="scores", scoreLimit=2, id="e1")["data"][0]
    assert [one["id"] for one in few["scores"]] == ["s2", "s1"]


@pytest.mark.parametrize("limit", [1, 2, 5, 9, 10, 100])
def test_a_walk_meets_every_experiment_once_in_order(cast: Cast, limit: int) -> None:
    for number in range(9):
        moment = NOON + timedelta(microseconds=number // 3)
        make_span(cast.a, f"root {number}", experiment={"id": f"e{number}"}, start_time=moment)
        make_span(cast.b, f"root {number}", experiment={"id": f"e{number}"}, start_time=moment)
    walked, query = list[str](), dict[str, Any](limit=limit)
    while True:
        page = get(cast.a, **query)
        walked += [one["id"] for one in page["data"]]
        if "cursor" not in page["meta"]:
            break
        assert len(page["data"]) == limit
        query["cursor"] = page["meta"]["cursor"]
    assert walked == ids(cast.a) == [f"e{number}" for number in (8, 7, 6, 5, 4, 3, 2, 1, 0)]


def test_long_ids_come_back(cast: Cast) -> None:
    long_id = "\U0001f600" * 100
    make_span(cast.a, "root", experiment={"id": long_id})
    assert ids(cast.a, id=long_id) == [long_id]


def test_tenants_see_their_own(three: Cast) -> None:
    assert [(row["id"], row["name"]) for row in get(three.b)["data"]] == [("e1", "name of b")]


def test_a_page_is_one_statement_and_one_for_scores(three: Cast) -> None:
    for fields, statements in (("core,metadata", 1), (GROUPS, 2)):
        with CaptureQueriesContext(connection) as captured:
            get(three.a, fields=fields)
        assert len([sql for sql in reads_of(captured) if '"project_id" =' in sql]) == statements
