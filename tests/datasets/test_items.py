"""`GET /experiment-items`: the roots of items, groups of fields, parameters, scores, walks."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import contract
from tests.cast import Cast, Side
from tests.contract import mismatches
from tests.datasets.test_experiments import get as get_of
from tests.datasets.test_experiments import make_span
from tests.scoring.test_api import make_score
from tests.tracing.factories import NOON, make_observation, reads_of
from tracing.models.traces import PayloadForm

URL = "/api/public/experiment-items"
GROUPS = "core,dataset,io,metadata,itemMetadata,experimentMetadata,scores"


def get(side: Side, **query: Any) -> Any:
    return get_of(side, URL, **query)


def ids(side: Side, **query: Any) -> list[str]:
    return [one["id"] for one in get(side, **query)["data"]]


CORE = {
    **{"id": "root", "traceId": "trace of root", "level": "DEFAULT", "environment": "sdk-experiment"},
    **{"startTime": "2026-05-04T12:00:00.000Z", "endTime": None},
    **{"experimentId": "e", "experimentName": "first", "experimentItemId": "item of root"},
}
DATASET = {"experimentDatasetId": "d", "experimentItemVersion": "2026-01-02T03:04:05.678Z"}
GIVEN: dict[str, dict[str, Any]] = {
    "core": {},
    "dataset": DATASET,
    "io": {"input": {"q": 1}, "output": "words", "expectedOutput": {"a": [1]}},
    "metadata": {"metadata": {"k": "v"}},
    "itemMetadata": {"experimentItemMetadata": {"difficulty": "hard"}},
    "experimentMetadata": {"experimentMetadata": {"model": "m"}, "experimentDescription": "what for"},
    "scores": {"scores": []},
}


def make_full(side: Side) -> None:
    said = {"description": "what for", "metadata": {"model": "m"}, "item_metadata": {"difficulty": "hard"}}
    said |= {"expected_output": '{"a": [1]}', "item_version": "2026-01-02T03:04:05.678901+00:00"}
    payloads: dict[str, Any] = {"input": '{"q": 1}', "input_form": PayloadForm.JSON, "output": "words"}
    make_span(side, "root", experiment=said, metadata={"k": "v"}, **payloads)


def test_fields_come_in_groups(cast: Cast) -> None:
    make_full(cast.a)
    make_span(cast.a, "child", "root")
    make_observation(cast.a.project_id, id="no experiment")
    assert get(cast.a) == {"data": [CORE | DATASET], "meta": {}}
    for group, fields in GIVEN.items():
        assert get(cast.a, fields=group) == {"data": [CORE | fields], "meta": {}}
    row = get(cast.a, fields=GROUPS)["data"][0]
    assert row == {**CORE, **{name: value for fields in GIVEN.values() for name, value in fields.items()}}
    assert list(mismatches(row, contract.EXPERIMENT_ITEM)) == []


def test_what_nobody_said_is_null(cast: Cast) -> None:
    make_span(cast.a, "root", experiment={"name": None, "item_id": None, "dataset_id": None})
    row = get(cast.a, fields=GROUPS)["data"][0]
    assert (row["experimentName"], row["experimentItemId"]) == ("e", "root")
    names = ("experimentDatasetId", "experimentItemVersion", "input", "output", "expectedOutput")
    assert [row[name] for name in names] == [None] * 5
    others = ("experimentItemMetadata", "experimentMetadata", "experimentDescription")
    assert [row[name] for name in others] == [None] * 3
    assert row["metadata"] == {}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Paris", "Paris"),
        ("3", 3),
        ("[1, 12345678901234567890]", [1, "12345678901234567890"]),
        ("", None),
        ("{", "{"),
    ],
)
def test_an_expected_output_is_json_where_it_can_be(cast: Cast, text: str, shown: Any) -> None:
    make_span(cast.a, "root", experiment={"expected_output": text})
    assert get(cast.a, fields="io")["data"][0]["expectedOutput"] == shown


@pytest.mark.parametrize(
    ("version", "shown"),
    [
        ("2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02", "2026-01-02T00:00:00.000Z"),
        ("no date", None),
    ],
)
def test_the_version_of_an_item_is_a_moment(cast: Cast, version: str, shown: str | None) -> None:
    make_span(cast.a, "root", experiment={"item_version": version})
    assert get(cast.a)["data"][0]["experimentItemVersion"] == shown


@pytest.fixture
def four(cast: Cast) -> Cast:
    for number in range(1, 5):
        said = {"id": f"e{number % 2}", "name": f"name {number % 2}", "item_id": f"i{number}"}
        moment = NOON.replace(hour=8 + number)
        make_span(
            cast.a, f"r{number}", experiment=said | {"dataset_id": f"d{number // 3}"}, start_time=moment
        )
    make_span(cast.b, "of b", experiment={"id": "e1"})
    return cast


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "r4 r3 r2 r1"),
        ({"experimentId": "e1,e9"}, "r3 r1"),
        ({"experimentName": "name 0"}, "r4 r2"),
        ({"experimentItemId": "i1, i4"}, "r4 r1"),
        ({"datasetId": "d1"}, "r4 r3"),
        ({"datasetId": "d1", "experimentId": "e1"}, "r3"),
        ({"fromStartTime": "2026-05-04T10:00:00Z", "toStartTime": "2026-05-04T12:00:00Z"}, "r3 r2"),
        (
            dict.fromkeys(("experimentId", "experimentName", "experimentItemId", "datasetId"), ""),
            "r4 r3 r2 r1",
        ),
    ],
)
def test_each_parameter_narrows(four: Cast, query: dict[str, str], found: str) -> None:
    assert ids(four.a, **query) == found.split()


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("experimentId", "e1", "r3 r1"),
        ("experimentName", "name 0", "r4 r2"),
        ("experimentItemId", "i3", "r3"),
        ("datasetId", "d0", "r2 r1"),
        ("Dataset ID", "d0", "r2 r1"),
    ],
)
def test_filter(four: Cast, column: str, value: str, found: str) -> None:
    condition = {"type": "string", "column": column, "operator": "=", "value": value}
    assert ids(four.a, filter=json.dumps([condition])) == found.split()
    others = {**condition, "type": "stringOptions", "operator": "none of", "value": [value]}
    assert {*ids(four.a, filter=json.dumps([others])), *found.split()} == {"r1", "r2", "r3", "r4"}
    assert len(ids(four.a, filter=json.dumps([others]))) + len(found.split()) == 4


def test_the_filter_goes_before_the_simple_parameter(four: Cast) -> None:
    condition = {"type": "string", "column": "experimentId", "operator": "=", "value": "e1"}
    assert ids(four.a, experimentId="e0", filter=json.dumps([condition])) == ["r3", "r1"]


def test_scores_are_those_of_the_item_and_its_trace(four: Cast) -> None:
    targets: dict[str, dict[str, Any]] = {
        "item": {"trace_id": "trace of r1", "observation_id": "r1"},
        "trace": {"trace_id": "trace of r1", "timestamp": NOON + timedelta(seconds=1)},
        "child": {"trace_id": "trace of r1", "observation_id": "child"},
        "elsewhere": {"trace_id": "other", "observation_id": "r1"},
        "experiment": {"trace_id": None, "dataset_run_id": "e1"},
    }
    for id_, target in targets.items():
        make_score(four.a, id=id_, **target)
    make_score(four.b, id="of b", trace_id="trace of r1", observation_id="r1")
    rows = {row["id"]: row for row in get(four.a, fields="scores")["data"]}
    assert {id_: [one["id"] for one in row["scores"]] for id_, row in rows.items()} == {
        **dict.fromkeys(("r4", "r3", "r2"), []),
        "r1": ["trace", "item"],
    }
    assert list(mismatches(rows["r1"]["scores"], [contract.SCORE_V3])) == []
    few = get(four.a, fields="scores", scoreLimit=1, experimentItemId="i1")["data"][0]
    assert [one["id"] for one in few["scores"]] == ["trace"]


def test_items_of_one_trace_share_its_scores(cast: Cast) -> None:
    for id_ in ("r1", "r2"):
        make_span(cast.a, id_, trace_id="t")
        make_score(cast.a, id=f"of {id_}", trace_id="t", observation_id=id_)
    make_score(cast.a, id="shared", trace_id="t", timestamp=NOON + timedelta(seconds=1))
    rows = {row["id"]: [one["id"] for one in row["scores"]] for row in get(cast.a, fields="scores")["data"]}
    assert rows == {"r1": ["shared", "of r1"], "r2": ["shared", "of r2"]}


@pytest.mark.parametrize("limit", [1, 2, 5, 12, 13])
def test_a_walk_meets_every_item_once_in_order(cast: Cast, limit: int) -> None:
    for number in range(12):
        moment = NOON + timedelta(microseconds=number // 6)
        for side in (cast.a, cast.b):
            make_span(side, f"r{number:02}", trace_id=f"t{number // 3}", start_time=moment)
    walked, query = list[str](), dict[str, Any](limit=limit)
    while True:
        page = get(cast.a, **query)
        walked += [one["id"] for one in page["data"]]
        if "cursor" not in page["meta"]:
            break
        assert len(page["data"]) == limit
        query["cursor"] = page["meta"]["cursor"]
    assert walked == [f"r{number:02}" for number in reversed(range(12))]


def test_tenants_see_their_own(four: Cast) -> None:
    assert ids(four.b) == ["of b"]


def test_a_page_is_one_statement_and_one_for_scores(four: Cast) -> None:
    for fields, statements in (("core,io,metadata", 1), (GROUPS, 2)):
        with CaptureQueriesContext(connection) as captured:
            get(four.a, fields=fields)
        assert len([sql for sql in reads_of(captured) if '"project_id" =' in sql]) == statements
