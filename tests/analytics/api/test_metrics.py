"""`/metrics` and `/v2/metrics`: answers, refusals, tenants, keys."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.analytics.factories import make_generation, make_score, make_trace, query_of
from tests.cast import Cast, Side
from tests.tracing.factories import reads_of

V1, V2 = "/api/public/metrics", "/api/public/v2/metrics"


def send(query: Any, *, url: str = V1, **auth: Any) -> Any:
    text = query if isinstance(query, str) else json.dumps(query)
    return Client().get(url, {"query": text}, **auth)


def rows(side: Side, query: Any, *, url: str = V1) -> Any:
    response = send(query, url=url, **side.auth)
    assert response.status_code == 200, response.content
    return response.json()["data"]


def refusal(cast: Cast, query: Any, *, url: str = V1) -> Any:
    response = send(query, url=url, **cast.a.auth)
    assert response.status_code == 400, response.content
    body = response.json()
    return body["message"] if body["error"] == "InvalidRequestError" else body["error"][0]


def test_numbers_are_plain_and_times_are_texts(cast: Cast) -> None:
    make_generation(cast.a.project_id, total_cost="0.25", total_tokens=3, seconds=1.5)
    metrics = ("count_count", "sum_totalCost", "sum_totalTokens", "max_latency")
    query = query_of("observations", *metrics, timeDimension={"granularity": "day"})
    expected = {"count_count": 1, "sum_totalCost": 0.25, "sum_totalTokens": 3, "max_latency": 1500}
    assert rows(cast.a, query) == [{"time_dimension": "2026-05-04", **expected}]
    query = query_of(
        "observations",
        timeDimension={"granularity": "hour"},
        orderBy=[{"field": "time_dimension", "direction": "asc"}],
    )
    assert rows(cast.a, query, url=V2) == [{"time_dimension": "2026-05-04T12:00:00.000Z", "count_count": 1}]


LENGTHS = {
    1: "minute",
    2: "hour",
    71: "hour",
    72: "day",
    1439: "day",
    1440: "week",
    8759: "week",
    8760: "month",
}


@pytest.mark.parametrize(("hours", "step"), LENGTHS.items())
def test_auto_chooses_the_granularity(cast: Cast, hours: int, step: str) -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    end = (start + timedelta(hours=hours)).isoformat()
    bounds = {"fromTimestamp": start.isoformat(), "toTimestamp": end}
    auto = rows(cast.a, query_of("traces", timeDimension={"granularity": "auto"}, **bounds))
    assert auto == rows(cast.a, query_of("traces", timeDimension={"granularity": step}, **bounds))


ISSUES: list[tuple[dict[str, Any], list[Any]]] = [
    ({"view": "users"}, ["view"]),
    ({"metrics": []}, ["metrics"]),
    ({"metrics": [{"measure": "count", "aggregation": "median"}]}, ["metrics", "0", "aggregation"]),
    ({"dimensions": ["name"]}, ["dimensions", "0"]),
    ({"timeDimension": {"granularity": "year"}}, ["timeDimension", "granularity"]),
    ({"fromTimestamp": "2026-05-04T00:00:00"}, ["fromTimestamp"]),
    ({"fromTimestamp": "yesterday"}, ["fromTimestamp"]),
    ({"fromTimestamp": "0001-01-01T00:00:00+14:00"}, ["fromTimestamp"]),
    ({"toTimestamp": "2026-05-04T00:00:00Z"}, ["toTimestamp"]),
    ({"orderBy": [{"field": "count_count", "direction": "up"}]}, ["orderBy", "0", "direction"]),
    ({"config": {"bins": 101}}, ["config", "bins"]),
    ({"config": {"row_limit": 0}}, ["config", "row_limit"]),
    (
        {"filters": [{"type": "string", "column": "name", "operator": "=", "value": 1}]},
        ["filters", 0, "value"],
    ),
    (
        {"filters": [{"type": "text", "column": "name", "operator": "=", "value": "a"}]},
        ["filters", 0, "type"],
    ),
]


@pytest.mark.parametrize(("values", "path"), ISSUES, ids=str)
def test_what_breaks_the_schema_is_told_with_its_place(cast: Cast, values: Any, path: list[Any]) -> None:
    assert refusal(cast, query_of("observations") | values)["path"] == path


def test_json_that_is_none(cast: Cast) -> None:
    assert refusal(cast, "{") == "Invalid JSON in query parameter"
    assert refusal(cast, "")["path"] == ["query"]
    assert refusal(cast, "[]")["path"] == []


SENTENCES: list[tuple[dict[str, Any], str]] = [
    ({"dimensions": [{"field": "nope"}]}, "Invalid dimension nope. Must be one of id, traceId, traceName"),
    (
        {"metrics": [{"measure": "nope", "aggregation": "sum"}]},
        "Invalid metric nope. Must be one of count, latency",
    ),
    ({"metrics": [{"measure": "traceId", "aggregation": "sum"}]}, "Must be one of count, uniq"),
    ({"orderBy": [{"field": "sum_count", "direction": "asc"}]}, "Invalid orderBy field: sum_count. "),
    (
        {"orderBy": [{"field": "time_dimension", "direction": "asc"}]},
        "Invalid orderBy field: time_dimension. ",
    ),
    (
        {
            "metrics": [{"measure": "latency", "aggregation": "histogram"}],
            "orderBy": [{"field": "histogram_latency", "direction": "asc"}],
        },
        "Invalid orderBy field: histogram_latency. ",
    ),
    (
        {"filters": [{"type": "string", "column": "nope", "operator": "=", "value": ""}]},
        "Invalid filter column: nope. Columns of observations: ",
    ),
    (
        {"filters": [{"type": "string", "column": "tags", "operator": "=", "value": "a"}]},
        "column tags takes conditions of type arrayOptions or null",
    ),
    (
        {"filters": [{"type": "number", "column": "name", "operator": "=", "value": 1}]},
        "column name takes conditions of type string, stringOptions or null",
    ),
    (
        {"dimensions": [{"field": "costType"}, {"field": "usageType"}]},
        "Only one of the dimensions costType, usageType",
    ),
    (
        {
            "dimensions": [{"field": "costType"}],
            "metrics": [{"measure": "usageByType", "aggregation": "sum"}],
        },
        "Only one of the dimensions costType, usageType",
    ),
]


@pytest.mark.parametrize(("values", "sentence"), SENTENCES, ids=str)
def test_what_the_view_does_not_know(cast: Cast, values: Any, sentence: str) -> None:
    assert sentence in refusal(cast, query_of("observations") | values, url=V2)


DESCENDING = [{"field": "count_count", "direction": "desc"}]
CARDINALITIES: list[tuple[dict[str, Any], str]] = [
    ({}, "config.row_limit"),
    ({"config": {"row_limit": 5}}, "config.row_limit"),
    ({"orderBy": DESCENDING}, "config.row_limit"),
    ({"config": {"row_limit": 5}, "orderBy": [{"field": "userId", "direction": "desc"}]}, "'userId' is none"),
    ({"config": {"row_limit": 5}, "orderBy": [{"field": "count_count", "direction": "asc"}]}, "'desc'"),
    (
        {"config": {"row_limit": 5}, "orderBy": DESCENDING, "timeDimension": {"granularity": "day"}},
        "timeDimension",
    ),
]


@pytest.mark.parametrize(("values", "part"), CARDINALITIES, ids=str)
def test_v2_groups_by_many_values_only_for_the_largest(cast: Cast, values: Any, part: str) -> None:
    query = query_of("observations", dimensions=["userId"]) | values
    message = refusal(cast, query, url=V2)
    assert message.startswith("High cardinality dimension(s) 'userId'") and part in message
    assert rows(cast.a, {**query, "orderBy": None}, url=V1) is not None


def test_the_largest_of_many_values(cast: Cast) -> None:
    for user, count in (("ann", 1), ("bob", 3), ("cid", 2)):
        make_trace(cast.a.project_id, id=user, user_id=user)
        for _ in range(count):
            make_generation(cast.a.project_id, trace_id=user)
    query = query_of("observations", dimensions=["userId"], config={"row_limit": 2}, orderBy=DESCENDING)
    assert [list(row.values()) for row in rows(cast.a, query, url=V2)] == [["bob", 3], ["cid", 2]]


def test_v2_has_no_traces_and_v1_not_what_is_new(cast: Cast) -> None:
    assert refusal(cast, query_of("traces"), url=V2)["path"] == ["view"]
    assert "release" in refusal(cast, query_of("observations", dimensions=["release"]))
    assert "costByType" in refusal(cast, query_of("observations", "sum_costByType"))


def test_v2_ends_after_100_rows(cast: Cast) -> None:
    for number in range(101):
        make_generation(cast.a.project_id, name=f"n{number}")
    query = query_of("observations", dimensions=["name"])
    assert len(rows(cast.a, query, url=V1)) == 101
    assert len(rows(cast.a, query, url=V2)) == 100
    assert len(rows(cast.a, {**query, "config": {"row_limit": 101}}, url=V2)) == 101


def test_names_with_nul_and_quotes(cast: Cast) -> None:
    make_trace(cast.a.project_id, name="a\ufffd'\"%s;--")
    condition = {"type": "string", "column": "name", "operator": "=", "value": "a\x00'\"%s;--"}
    query = query_of("traces", dimensions=["name"], filters=[condition])
    assert rows(cast.a, query)[0]["count_count"] == 1


def test_sums_beyond_64_bits(cast: Cast) -> None:
    for _ in range(3):
        make_generation(cast.a.project_id, total_tokens=2**63 - 1)
    (row,) = rows(cast.a, query_of("observations", "sum_totalTokens", "max_totalTokens"))
    assert (row["sum_totalTokens"], row["max_totalTokens"]) == (float(3 * (2**63 - 1)), float(2**63 - 1))


@pytest.mark.parametrize("url", [V1, V2])
def test_who_may_ask(cast: Cast, url: str) -> None:
    make_generation(cast.a.project_id)
    make_score(cast.a.project_id)
    for view in ("observations", "scores-numeric"):
        assert rows(cast.a, query_of(view), url=url) == [{"count_count": 1}]
        assert rows(cast.b, query_of(view), url=url) == [{"count_count": 0}]
    assert send(query_of("observations"), url=url, **cast.a.bearer).status_code == 403
    assert send(query_of("observations"), url=url, **cast.a.organization_auth).status_code == 403
    assert send(query_of("observations"), url=url).status_code == 401


@pytest.mark.parametrize("granularity", ["month", "week", "auto"])
def test_an_end_that_never_comes_is_an_open_end(cast: Cast, granularity: str) -> None:
    make_generation(cast.a.project_id)
    query = query_of("observations", timeDimension={"granularity": granularity})
    found = rows(cast.a, query | {"toTimestamp": "9999-12-31T23:59:59.999999Z"}, url=V2)
    assert [row["count_count"] for row in found] == [1] + [0] * 99


def test_a_query_is_one_statement(cast: Cast) -> None:
    make_generation(cast.a.project_id)
    query = query_of("observations", "count_count", "p95_latency", dimensions=["traceName", "userId"])
    with CaptureQueriesContext(connection) as captured:
        rows(cast.a, query)
    assert len([sql for sql in reads_of(captured) if "observations" in sql]) == 1


def test_the_openapi_document_lists_what_may_be_asked() -> None:
    paths = Client().get("/api/openapi.json").json()["paths"]
    for url in (V1, V2):
        operation = paths[url]["get"]
        (query,) = operation["parameters"]
        assert (query["name"], query["required"], operation["tags"]) == ("query", True, ["metrics"])
        assert "timeToFirstToken" in query["description"]
    assert ("costByType" in query["description"], '"traces"' in query["description"]) == (True, False)
    daily = {one["name"] for one in paths["/api/public/metrics/daily"]["get"]["parameters"]}
    assert daily == {
        *("page", "limit", "traceName", "userId", "tags"),
        *("environment", "fromTimestamp", "toTimestamp"),
    }
