"""The advanced `filter` of `/v2/observations`: its own columns, search in payloads, what goes first."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast
from tests.tracing.api.test_filters import condition
from tests.tracing.factories import NOON, make_observation, make_trace
from tests.tracing.ingest.pipeline import event, ingest
from tracing.queries.columns_v2 import observations_v2_view

URL = "/api/public/v2/observations"


def found(cast: Cast, *conditions: dict[str, Any], **query: str) -> list[str]:
    response = Client().get(URL, {"filter": json.dumps(conditions), **query}, **cast.a.auth)
    assert response.status_code == 200, response.content
    return sorted(row["id"] for row in response.json()["data"])


@pytest.fixture
def pair(cast: Cast) -> Cast:
    """One observation with a value in every column, one with hardly any."""
    project = cast.a.project_id
    metadata = {"tier": "gold", "n": 5, "of": "trace"}
    values: dict[str, Any] = {"name": "chat", "environment": "prod", "metadata": metadata}
    make_trace(
        project, id="t1", clocks=None, user_id="ann", session_id="s", tags=["a"], release="r", **values
    )
    make_trace(project, id="t2")
    experiment = {"id": "x", "name": "first try", "dataset_id": "d", "root_observation_id": "full"}
    make_observation(
        project,
        id="full",
        trace_id="t1",
        parent_observation_id="root",
        type="GENERATION",
        name="answer",
        completion_start_time=NOON + timedelta(seconds=1),
        end_time=NOON + timedelta(seconds=4),
        start_time=NOON,
        environment="prod",
        level="WARNING",
        status_message="slow",
        version="1",
        input='{"q": "100% Sure_?"}',
        output="Yes",
        metadata={"of": "observation", "deep": {"x": 7, "list": ["Needle"]}, "a.b": "dotted"},
        model="gpt-4o",
        model_id="m",
        input_tokens=10,
        output_tokens=20,
        total_tokens=30,
        input_cost="0.25",
        output_cost="0.5",
        total_cost="0.75",
        prompt_id="p",
        prompt_name="greet",
        prompt_version=2,
        tool_names=["search", "add"],
        tool_call_names=["add"],
        experiment_id="x",
        experiment=experiment,
        otel="{}",
        api_key_id=cast.a.api_key.id,
        sdk_name="python",
        sdk_version="4.0.0",
    )
    make_observation(project, id="bare", trace_id="t2", start_time=NOON - timedelta(days=1))
    scores = [("number", 0.9), ("category", "good"), ("boolean", 1)]
    for index, (name, value) in enumerate(scores):
        kind = {"dataType": "BOOLEAN"} if name == "boolean" else {}
        for observation in ({}, {"observationId": "full"}):
            name_ = f"own {name}" if observation else name
            body = {"id": name_, "traceId": "t1", "name": name_, "value": value, **kind, **observation}
            ingest(cast.a, [event("score-create", body, id_=f"{index}{name_}")])
    return cast


FULL: dict[str, list[dict[str, Any]]] = {
    column: [condition("string", column, "=", value)]
    for column, value in {
        "id": "full",
        "type": "GENERATION",
        "name": "answer",
        "traceId": "t1",
        "parentObservationId": "root",
        "level": "WARNING",
        "statusMessage": "slow",
        "model": "gpt-4o",
        "modelId": "m",
        "version": "1",
        "promptName": "greet",
        "environment": "prod",
        "userId": "ann",
        "sessionId": "s",
        "traceName": "chat",
        "traceEnvironment": "prod",
        "release": "r",
        "input": '{"q": "100% Sure_?"}',
        "output": "Yes",
        "experimentId": "x",
        "experimentName": "first try",
        "experimentDatasetId": "d",
        "ingestionSdkName": "python",
        "ingestionSdkVersion": "4.0.0",
        "ingestionSource": "otel",
    }.items()
}
FULL |= {
    column: [condition("number", column, "=", value)]
    for column, value in {
        "latency": 4,
        "timeToFirstToken": 1,
        "tokensPerSecond": 5,
        "inputCost": 0.25,
        "outputCost": 0.5,
        "totalCost": 0.75,
        "inputTokens": 10,
        "outputTokens": 20,
        "totalTokens": 30,
        "promptVersion": 2,
    }.items()
}
FULL |= {
    column: [condition("boolean", column, "=", True)]
    for column in ("hasParentObservation", "hasInput", "hasOutput", "isExperimentItemRootSpan")
}
FULL |= {
    "isRootObservation": [condition("boolean", "isRootObservation", "=", False)],
    "startTime": [condition("datetime", "startTime", ">=", NOON.isoformat())],
    "endTime": [condition("datetime", "endTime", ">", NOON.isoformat())],
    "traceTags": [
        condition("arrayOptions", "traceTags", "any of", ["a"]),
        condition("arrayOptions", "tags", "all of", ["a"]),
    ],
    "metadata": [
        condition("stringObject", "metadata", "=", "gold", key="tier"),
        condition("stringObject", "metadata", "=", "observation", key="of"),
        condition("stringObject", "metadata", "=", "7", key="deep.x"),
        condition("stringObject", "metadata", "=", "dotted", key="a.b"),
        condition("stringObject", "metadata", "matches", "Needle", key="deep"),
        condition("numberObject", "metadata", ">", 6, key="deep.x"),
        condition("numberObject", "metadata", "=", 5, key="n"),
        condition("categoryOptions", "metadata", "any of", ["gold"], key="tier"),
        condition("null", "metadata", "is not null"),
    ],
    "scores_avg": [condition("numberObject", "scores_avg", ">", 0.5, key="own number")],
    "score_categories": [
        condition("categoryOptions", "score_categories", "any of", ["good"], key="own category")
    ],
    "score_booleans": [condition("booleanObject", "score_booleans", "=", True, key="own boolean")],
    "trace_scores_avg": [condition("numberObject", "trace_scores_avg", ">", 0.5, key="number")],
    "trace_score_categories": [
        condition("categoryOptions", "trace_score_categories", "any of", ["good"], key="category")
    ],
    "toolNames": [condition("arrayOptions", "toolNames", "all of", ["search", "add"])],
    "calledToolNames": [condition("arrayOptions", "calledToolNames", "any of", ["add"])],
    "toolDefinitions": [condition("number", "toolDefinitions", "=", 2)],
    "toolCalls": [condition("number", "toolCalls", "=", 1)],
    "trace_score_booleans": [condition("booleanObject", "trace_score_booleans", "=", True, key="boolean")],
}


@pytest.mark.parametrize("wanted", [one for conditions in FULL.values() for one in conditions])
def test_every_column(pair: Cast, wanted: dict[str, Any]) -> None:
    assert found(pair, wanted) == ["full"]


def test_no_column_is_without_a_case() -> None:
    columns = {column.id for column in observations_v2_view().columns.values()}
    assert columns == set(FULL) | {"ingestionApiKey"}


def test_by_the_key_that_it_came_with(pair: Cast) -> None:
    assert found(pair, condition("string", "ingestionApiKey", "=", pair.a.public_key)) == ["full"]
    assert found(pair, condition("null", "ingestionApiKey", "is null")) == ["bare"]


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (condition("string", "providedModelName", "=", "gpt-4o"), ["full"]),
        (condition("string", "ingestionSource", "=", "ingestion-api"), ["bare"]),
        (condition("boolean", "hasInput", "=", False), ["bare"]),
        (condition("boolean", "isExperimentItemRootSpan", "<>", True), ["bare"]),
        (condition("stringOptions", "release", "none of", ["r"]), ["bare"]),
        (condition("null", "release", "is null"), ["bare"]),
        (condition("null", "metadata", "is null"), ["bare"]),
        (condition("string", "input", "matches", "100% sURE_"), ["full"]),
        (condition("string", "input", "matches", "100% SureX"), []),
        (condition("stringObject", "metadata", "matches", "needle", key="deep"), []),
        (condition("numberObject", "trace_scores_avg", ">", 0.5, key="own number"), []),
        (condition("numberObject", "scores_avg", ">", 0.5, key="number"), []),
    ],
)
def test_what_else_conditions_say(pair: Cast, wanted: dict[str, Any], ids: list[str]) -> None:
    assert found(pair, wanted) == ids


def test_payloads_may_be_narrowed_beside_a_search(pair: Cast) -> None:
    search, sure = (
        condition("string", "output", "matches", "yes"),
        condition("string", "input", "contains", "Sure"),
    )
    assert found(pair, search, sure) == ["full"]
    assert found(pair, search, {**sure, "operator": "does not contain"}) == []


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        (condition("string", "name", "matches", "x"), ["filter", 0, "operator"]),
        (condition("stringOptions", "input", "matches", ["x"]), ["filter", 0, "operator"]),
        (condition("string", "input", "contains", "x"), None),
        (condition("string", "output", "does not contain", "x"), None),
        (condition("stringOptions", "input", "any of", ["x"]), None),
        (condition("null", "output", "is null"), None),
        (condition("string", "traceVersion", "=", "x"), None),
        (condition("positionInTrace", "id", "=", 1, key="root"), ["filter", 0, "type"]),
    ],
)
def test_conditions_that_are_refused(
    pair: Cast, wanted: dict[str, Any], path: list[str | int] | None
) -> None:
    response = Client().get(URL, {"filter": json.dumps([wanted])}, **pair.a.auth)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error == "InvalidRequestError" if path is None else [one["path"] for one in error] == [path]


@pytest.mark.parametrize("url", ["/api/public/observations", "/api/public/traces"])
def test_other_lists_have_no_search(pair: Cast, url: str) -> None:
    for wanted in (
        condition("string", "name", "matches", "a"),
        condition("stringObject", "metadata", "matches", "gold", key="tier"),
        condition("string", "input", "=", "x"),
    ):
        assert Client().get(url, {"filter": json.dumps([wanted])}, **pair.a.auth).status_code == 400


@pytest.mark.parametrize(
    ("wanted", "simple"),
    [
        (condition("string", "name", "=", "answer"), {"name": "other"}),
        (condition("string", "User ID", "=", "ann"), {"userId": "bob"}),
        (condition("string", "sessionId", "=", "s"), {"sessionId": "other"}),
        (condition("boolean", "isRootObservation", "=", False), {"isRootObservation": "true"}),
        (condition("string", "parentObservationId", "=", "root"), {"parentObservationId": ""}),
        (condition("datetime", "startTime", ">=", NOON.isoformat()), {"toStartTime": "2020-01-01T00:00:00Z"}),
    ],
)
def test_the_filter_goes_before_the_simple_parameter(
    pair: Cast, wanted: dict[str, Any], simple: dict[str, str]
) -> None:
    assert found(pair, wanted, **simple) == ["full"]
    assert found(pair, wanted, name="other") == (["full"] if "name" in simple else [])
