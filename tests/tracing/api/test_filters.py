"""The advanced `filter` of traces and observations: every type and operator, names, errors."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast
from tests.tracing.factories import NOON, make_observation, make_trace

TRACES = "/api/public/traces"
OBSERVATIONS = "/api/public/observations"


def found(cast: Cast, url: str, *conditions: dict[str, Any]) -> list[str]:
    response = Client().get(url, {"filter": json.dumps(conditions)}, **cast.a.auth)
    assert response.status_code == 200, response.content
    return sorted(row["id"] for row in response.json()["data"])


def condition(type_: str, column: str, operator: str, value: Any = "", **more: Any) -> dict[str, Any]:
    return {"type": type_, "column": column, "operator": operator, "value": value, **more}


def make_pair(cast: Cast) -> None:
    """One trace with a value in every column, one with hardly any."""
    make_trace(
        cast.a.project_id,
        id="full",
        name="checkout 100%",
        timestamp=NOON + timedelta(hours=1),
        user_id="ann",
        session_id="s1",
        version="1.2",
        release="r",
        environment="prod",
        tags=["a", "b"],
        bookmarked=True,
        metadata={"tier": "gold", "n": 5, "text_n": " 7.5 ", "deep": {"x": 1}},
        error_count=1,
        warning_count=2,
        input_tokens=10,
        total_tokens=30,
        total_cost="0.01",
        latency=1.5,
    )
    make_trace(cast.a.project_id, id="bare", default_count=1)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (condition("string", "name", "=", "checkout 100%"), ["full"]),
        (condition("string", "traceName", "contains", "100%"), ["full"]),
        (condition("string", "Name", "contains", "Checkout"), []),
        (condition("string", "name", "does not contain", "100%"), ["bare"]),
        (condition("string", "name", "starts with", "check"), ["full"]),
        (condition("string", "name", "ends with", "0%"), ["full"]),
        (condition("string", "User ID", "=", "ann"), ["full"]),
        (condition("string", "level", "=", "ERROR"), ["full"]),
        (condition("stringOptions", "level", "any of", ["DEFAULT", "DEBUG"]), ["bare"]),
        (condition("stringOptions", "userId", "any of", ["ann", "bob"]), ["full"]),
        (condition("stringOptions", "userId", "none of", ["ann"]), ["bare"]),
        (condition("stringOptions", "id", "any of", ["bare", "x"]), ["bare"]),
        (condition("string", "evaluatorId", "=", "e"), []),
        (condition("datetime", "timestamp", ">", "2026-05-04T12:00:00Z"), ["full"]),
        (condition("datetime", "Timestamp", "<=", "2026-05-04T14:00:00+02:00"), ["bare"]),
        (condition("datetime", "timestamp", ">=", "2026-05-04T13:00:00"), ["full"]),
        (condition("number", "latency", ">", 1), ["full"]),
        (condition("number", "Latency (s)", "=", 1.5), ["full"]),
        (condition("number", "totalCost", ">=", 0.01), ["full"]),
        (condition("number", "tokens", "<", 30), ["bare"]),
        (condition("number", "warningCount", "<=", 1), ["bare"]),
        (condition("number", "totalTokens", "<", 10**30), ["bare", "full"]),
        (condition("arrayOptions", "tags", "any of", ["b", "z"]), ["full"]),
        (condition("arrayOptions", "tags", "all of", ["b", "z"]), []),
        (condition("arrayOptions", "traceTags", "all of", ["b", "a"]), ["full"]),
        (condition("arrayOptions", "tags", "none of", ["b", "z"]), ["bare"]),
        (condition("arrayOptions", "tags", "any of", []), []),
        (condition("boolean", "bookmarked", "=", True), ["full"]),
        (condition("boolean", "bookmarked", "<>", True), ["bare"]),
        (condition("null", "sessionId", "is null"), ["bare"]),
        (condition("null", "sessionId", "is not null"), ["full"]),
        (condition("null", "tags", "is null"), ["bare"]),
        (condition("null", "metadata", "is null"), ["bare"]),
        (condition("stringObject", "metadata", "=", "gold", key="tier"), ["full"]),
        (condition("stringObject", "metadata", "=", "5", key="n"), ["full"]),
        (condition("stringObject", "metadata", "does not contain", "gold", key="tier"), ["bare"]),
        (condition("stringObject", "metadata", "contains", '"x"', key="deep"), ["full"]),
        (condition("numberObject", "metadata", ">", 4, key="n"), ["full"]),
        (condition("numberObject", "metadata", "=", 7.5, key="text_n"), ["full"]),
        (condition("numberObject", "metadata", "=", 1, key="tier"), []),
        (condition("categoryOptions", "metadata", "any of", ["gold", "silver"], key="tier"), ["full"]),
        (condition("categoryOptions", "metadata", "none of", ["gold"], key="tier"), ["bare"]),
    ],
)
def test_conditions_on_traces(cast: Cast, wanted: dict[str, Any], ids: list[str]) -> None:
    make_pair(cast)
    assert found(cast, TRACES, wanted) == ids


def test_all_conditions_must_hold(cast: Cast) -> None:
    make_pair(cast)
    cheap = condition("number", "totalCost", "<", 1)
    assert found(cast, TRACES, cheap, condition("string", "release", "=", "r")) == ["full"]
    assert found(cast, TRACES) == ["bare", "full"]


def test_what_is_stored_in_the_place_of_nul_is_found(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t", name="a\ufffdb\\u0000")
    assert found(cast, TRACES, condition("string", "name", "=", "a\x00b\\u0000")) == ["t"]


def make_observations(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t1", user_id="ann", tags=["a"], name="chat", environment="prod")
    make_trace(cast.a.project_id, id="t2")
    make_observation(
        cast.a.project_id,
        id="full",
        trace_id="t1",
        parent_observation_id="root",
        type="GENERATION",
        completion_start_time=NOON + timedelta(seconds=1),
        end_time=NOON + timedelta(seconds=4),
        output_tokens=20,
        output_cost="0.5",
        model="gpt-4o",
        level="WARNING",
        prompt_id="p",
        prompt_name="greet",
        prompt_version=2,
        tool_names=["search", "add"],
        tool_call_names=["add", "add", "add"],
    )
    make_observation(cast.a.project_id, id="bare", trace_id="t2", prompt_name="greet", prompt_version=2)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (condition("string", "type", "=", "GENERATION"), ["full"]),
        (condition("string", "traceId", "=", "t1"), ["full"]),
        (condition("null", "parentObservationId", "is null"), ["bare"]),
        (condition("datetime", "endTime", ">", "2026-05-04T12:00:03Z"), ["full"]),
        (condition("number", "latency", "=", 4), ["full"]),
        (condition("number", "timeToFirstToken", "<=", 1), ["full"]),
        (condition("number", "tokensPerSecond", "=", 5), ["full"]),
        (condition("number", "outputCost", "=", 0.5), ["full"]),
        (condition("string", "model", "starts with", "gpt"), ["full"]),
        (condition("stringOptions", "level", "none of", ["WARNING"]), ["bare"]),
        (condition("string", "promptName", "=", "greet"), ["full"]),
        (condition("number", "promptVersion", "=", 2), ["full"]),
        (condition("string", "userId", "=", "ann"), ["full"]),
        (condition("stringOptions", "userId", "none of", ["ann"]), ["bare"]),
        (condition("null", "userId", "is null"), ["bare"]),
        (condition("arrayOptions", "traceTags", "any of", ["a"]), ["full"]),
        (condition("string", "traceName", "=", "chat"), ["full"]),
        (condition("string", "traceEnvironment", "=", "default"), ["bare"]),
        (condition("arrayOptions", "toolNames", "all of", ["add", "search"]), ["full"]),
        (condition("arrayOptions", "toolNames", "none of", ["search"]), ["bare"]),
        (condition("arrayOptions", "calledToolNames", "any of", ["search"]), []),
        (condition("arrayOptions", "calledToolNames", "any of", ["search", "add"]), ["full"]),
        (condition("null", "calledToolNames", "is null"), ["bare"]),
        (condition("number", "toolDefinitions", "=", 2), ["full"]),
        (condition("number", "toolCalls", ">", 2), ["full"]),
        (condition("number", "toolCalls", "=", 0), ["bare"]),
    ],
)
def test_conditions_on_observations(cast: Cast, wanted: dict[str, Any], ids: list[str]) -> None:
    make_observations(cast)
    assert found(cast, OBSERVATIONS, wanted) == ids


@pytest.mark.parametrize("text", ["[", "nope", '[{"a": NaN}]', "[" * 50_000, '["\\ud800"]'])
def test_bad_json(cast: Cast, text: str) -> None:
    response = Client().get(TRACES, {"filter": text}, **cast.a.auth)
    assert response.status_code == 400
    assert response.json() == {"message": "Invalid JSON in filter parameter", "error": "InvalidRequestError"}


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({}, ["filter"]),
        ([condition("words", "name", "=", "x")], ["filter", 0, "type"]),
        ([condition("string", "name", "matches", "x")], ["filter", 0, "operator"]),
        ([condition("string", "name", "=", 1)], ["filter", 0, "value"]),
        ([condition("stringOptions", "name", "any of", [])], ["filter", 0, "value"]),
        ([condition("datetime", "timestamp", ">", "soon")], ["filter", 0, "value"]),
        ([condition("stringObject", "metadata", "=", "x")], ["filter", 0]),
        ([condition("null", "name", "is null"), {"type": "null", "column": "name"}], ["filter", 1]),
    ],
)
def test_conditions_that_break_the_schema(cast: Cast, raw: Any, path: list[str | int]) -> None:
    response = Client().get(TRACES, {"filter": json.dumps(raw)}, **cast.a.auth)
    assert response.status_code == 400
    assert [issue["path"] for issue in response.json()["error"]] == [path]


@pytest.mark.parametrize(
    "wanted",
    [
        condition("string", "input", "=", "x"),
        condition("string", "latency", "=", "x"),
        condition("number", "name", "=", 1),
        condition("stringOptions", "tags", "any of", ["a"]),
        condition("positionInTrace", "name", "=", 1, key="root"),
    ],
)
def test_columns_that_are_not_there_or_of_another_type(cast: Cast, wanted: dict[str, Any]) -> None:
    response = Client().get(TRACES, {"filter": json.dumps([wanted])}, **cast.a.auth)
    assert response.status_code == 400
    assert "filter" in json.dumps(response.json())
