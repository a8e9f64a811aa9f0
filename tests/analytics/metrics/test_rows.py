"""The engine over rows: what each kind of metric, dimension and filter comes to."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError, connection

from accounts.api.errors import api_error
from analytics.metrics.parse import parse_query
from analytics.metrics.query import Version
from analytics.metrics.run import run_query
from langfuse_site.lib.errors import ApiError
from tests.analytics.factories import NOW, make_generation, make_observation, make_score, make_trace, query_of
from tests.cast import Cast
from tests.tracing.factories import NOON, long

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def ask(cast: Cast, view: str, *metrics: str, version: Version = "v1", zone: Any = UTC, **values: Any) -> Any:
    query = parse_query(query_of(view, *metrics, **values), version=version)
    return run_query(cast.a.project_id, query, now=NOW, zone=zone, source="rows")


def one(cast: Cast, view: str, *metrics: str, **values: Any) -> Any:
    (row,) = ask(cast, view, *metrics, **values)
    return row


def test_nothing_is_one_row_of_zeros(cast: Cast) -> None:
    metrics = (
        "count_count",
        "sum_totalCost",
        "avg_latency",
        "p95_latency",
        "uniq_traceId",
        "histogram_latency",
    )
    expected: list[Any] = [0, 0, None, None, 0, []]
    assert list(one(cast, "observations", *metrics, version="v2").values()) == expected


def test_every_aggregation(cast: Cast) -> None:
    for seconds in (1, 2, 3, 4, 10):
        make_generation(cast.a.project_id, seconds=seconds)
    make_observation(cast.a.project_id)
    aggregations = ("sum", "avg", "count", "max", "min", "p50", "p75", "p90", "p95", "p99", "uniq")
    row = one(cast, "observations", *(f"{one}_latency" for one in aggregations))
    expected = [20_000, 4_000, 5, 10_000, 1_000, 3_000, 4_000, 10_000, 10_000, 10_000, 5]
    assert list(row.values()) == expected


def test_costs_are_exact(cast: Cast) -> None:
    for cost in ("0.1", "0.2", "0.000000000000000000000000000001"):
        make_generation(cast.a.project_id, total_cost=Decimal(cost))
    row = one(cast, "observations", "sum_totalCost", "max_totalCost", "count_totalCost")
    assert row["sum_totalCost"] == Decimal("0.300000000000000000000000000001")
    assert (row["max_totalCost"], row["count_totalCost"]) == (Decimal("0.2"), 3)


def test_a_histogram(cast: Cast) -> None:
    for seconds in (0, 1, 1, 2, 4):
        make_generation(cast.a.project_id, seconds=seconds)
    row = one(cast, "observations", "histogram_latency", config={"bins": 4})
    assert row["histogram_latency"] == [(0, 1000, 1), (1000, 2000, 2), (2000, 3000, 1), (3000, 4000, 1)]


def test_histograms_by_dimension(cast: Cast) -> None:
    make_generation(cast.a.project_id, name="a", seconds=1)
    make_generation(cast.a.project_id, name=None, seconds=2)
    rows = ask(cast, "observations", "histogram_latency", "count_count", dimensions=["name"])
    assert rows == [
        {"name": "a", "histogram_latency": [(1000, 1000, 1)], "count_count": 1},
        {"name": None, "histogram_latency": [(2000, 2000, 1)], "count_count": 1},
    ]


def test_the_window_holds_both_its_ends(cast: Cast) -> None:
    for moment in ("2026-05-03T23:59:59.999Z", "2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z"):
        make_trace(cast.a.project_id, timestamp=datetime.fromisoformat(moment))
    assert one(cast, "traces")["count_count"] == 2


def test_arrays_explode(cast: Cast) -> None:
    make_trace(cast.a.project_id, tags=["a", "b"])
    make_trace(cast.a.project_id, tags=["a"])
    make_trace(cast.a.project_id)
    rows = ask(cast, "traces", dimensions=["tags"])
    assert [list(row.values()) for row in rows] == [["a", 2], ["b", 1]]


def test_types_of_cost_and_usage(cast: Cast) -> None:
    costs, usage = {"input": "0.1", "output": 0.5}, {"input": 10, "output": 5}
    make_generation(cast.a.project_id, cost_details=costs, usage_details=usage)
    make_generation(cast.a.project_id, cost_details={"input": 0.2})
    rows = ask(cast, "observations", "sum_costByType", version="v2")
    assert [list(row.values()) for row in rows] == [["output", Decimal("0.5")], ["input", Decimal("0.3")]]
    rows = ask(cast, "observations", "sum_usageByType", dimensions=["usageType"], version="v2")
    assert [list(row.values()) for row in rows] == [["input", 10], ["output", 5]]


@pytest.mark.parametrize("dimensions", [["costType"], []])
def test_filters_on_types(cast: Cast, dimensions: list[str]) -> None:
    make_generation(cast.a.project_id, cost_details={"input": 1, "output": 1})
    make_generation(cast.a.project_id, cost_details={"input": 1})
    make_generation(cast.a.project_id)
    options = {"type": "stringOptions", "column": "costType", "operator": "none of", "value": ["input"]}
    rows = ask(cast, "observations", dimensions=dimensions, filters=[options], version="v2")
    assert rows[0]["count_count"] == 1
    condition = {"type": "string", "column": "costType", "operator": "=", "value": "input"}
    rows = ask(cast, "observations", dimensions=dimensions, filters=[condition], version="v2")
    assert rows[0]["count_count"] == 2


def test_long_ids_come_as_they_were(cast: Cast) -> None:
    wire_id = "x" * 400
    make_trace(cast.a.project_id, **long("id", wire_id))
    condition = {"type": "string", "column": "id", "operator": "=", "value": wire_id}
    assert one(cast, "traces", dimensions=["id"], filters=[condition])["id"] == wire_id


def test_what_observations_take_from_their_trace(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t", name="chat", user_id="ann", session_id="s", release="r", tags=["x"])
    make_generation(cast.a.project_id, trace_id="t")
    make_generation(cast.a.project_id, trace_id="t")
    dimensions = ["traceName", "userId", "sessionId", "traceRelease", "tags"]
    row = one(cast, "observations", "count_count", dimensions=dimensions)
    assert list(row.values()) == ["chat", "ann", "s", "r", "x", 2]


def test_measures_of_traces(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t", user_id="ann", observation_count=2, total_tokens=7, latency=3.0)
    make_trace(cast.a.project_id, user_id="ann")
    make_score(cast.a.project_id, trace_id="t")
    metrics = ("sum_observationsCount", "sum_scoresCount", "avg_latency", "sum_totalTokens")
    row = one(cast, "traces", *metrics, "uniq_uniqueUserIds", "sum_uniqueUserIds", "uniq_uniqueSessionIds")
    assert list(row.values()) == [2, 1, 3000, 7, 1, 2, 0]


def test_measures_of_speed(cast: Cast) -> None:
    times: dict[str, Any] = {
        "completion_start_time": NOON + timedelta(seconds=1),
        "end_time": NOON + timedelta(seconds=5),
    }
    make_generation(cast.a.project_id, output_tokens=20, total_tokens=30, **times)
    names = ("streamingLatency", "timeToFirstToken", "outputTokensPerSecond", "tokensPerSecond")
    row = one(cast, "observations", *(f"max_{name}" for name in names))
    assert list(row.values()) == [4000, 1000, 5, 6]


def test_tools_and_scores_of_observations(cast: Cast) -> None:
    make_generation(cast.a.project_id, id="g", tool_names=["a", "b"], tool_call_names=["a", "a"])
    make_generation(cast.a.project_id)
    make_score(cast.a.project_id, observation_id="g")
    row = one(
        cast, "observations", "sum_toolDefinitions", "sum_toolCalls", "count_toolCalls", "sum_countScores"
    )
    assert list(row.values()) == [2, 2, 1, 1]
    rows = ask(cast, "observations", dimensions=["calledToolNames"])
    assert rows == [{"calledToolNames": "a", "count_count": 2}]


def test_the_three_kinds_of_scores(cast: Cast) -> None:
    make_score(cast.a.project_id, value=0.1)
    make_score(cast.a.project_id, value=0.2)
    make_score(cast.a.project_id, value=1, data_type="BOOLEAN", string_value="True")
    make_score(cast.a.project_id, value=0, data_type="CATEGORICAL", string_value="good")
    make_score(cast.a.project_id, value=0, data_type="TEXT", string_value="long")
    assert list(one(cast, "scores-numeric", "count_count", "sum_value").values()) == [3, 1.3]
    assert ask(cast, "scores-categorical", dimensions=["stringValue"]) == [
        {"stringValue": "good", "count_count": 1}
    ]
    rows = ask(cast, "scores-boolean", "avg_value", dimensions=["booleanValue"])
    assert rows == [{"booleanValue": True, "avg_value": 1}]


def test_where_scores_belong(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t", name="chat", session_id="s")
    make_generation(cast.a.project_id, id="g", trace_id="t", name="answer")
    make_score(cast.a.project_id, trace_id="t", observation_id="g")
    make_score(cast.a.project_id, trace_id=None, session_id="s")
    dimensions = ["observationName", "traceName", "sessionId", "observationModelName"]
    rows = ask(cast, "scores-numeric", dimensions=dimensions)
    assert [list(row.values()) for row in rows] == [
        ["answer", "chat", "s", "gpt", 1],
        [None, None, "s", None, 1],
    ]


def test_scores_of_experiments(cast: Cast) -> None:
    experiment = {"experiment_id": "run", "experiment": {"name": "first try"}}
    make_observation(cast.a.project_id, id="o", **experiment)
    make_score(cast.a.project_id, trace_id=None, dataset_run_id="run", value=1)
    make_score(cast.a.project_id, observation_id="o", value=2)
    order = {"orderBy": [{"field": "sum_value", "direction": "desc"}], "config": {"row_limit": 5}}
    dimensions = ["experimentId", "experimentName"]
    rows = ask(cast, "scores-numeric", "sum_value", dimensions=dimensions, version="v2", **order)
    assert rows == [{"experimentId": "run", "experimentName": "first try", "sum_value": 3}]


CONDITIONS: list[tuple[dict[str, Any], int]] = [
    ({"type": "string", "column": "name", "operator": "contains", "value": "swe"}, 1),
    ({"type": "stringOptions", "column": "name", "operator": "none of", "value": ["answer"]}, 1),
    ({"type": "arrayOptions", "column": "tags", "operator": "all of", "value": ["a", "b"]}, 2),
    ({"type": "arrayOptions", "column": "tags", "operator": "none of", "value": ["a"]}, 0),
    ({"type": "number", "column": "promptVersion", "operator": ">=", "value": 2}, 1),
    ({"type": "string", "column": "promptVersion", "operator": "=", "value": "2"}, 1),
    ({"type": "boolean", "column": "isRootObservation", "operator": "=", "value": True}, 1),
    ({"type": "datetime", "column": "startTime", "operator": ">", "value": "2026-05-04T12:00:00Z"}, 1),
    ({"type": "null", "column": "parentObservationId", "operator": "is null", "value": ""}, 1),
    ({"type": "null", "column": "tags", "operator": "is not null", "value": ""}, 2),
    ({"type": "stringObject", "column": "metadata", "key": "k", "operator": "=", "value": "v"}, 2),
    ({"type": "numberObject", "column": "metadata", "key": "n", "operator": "<", "value": 2}, 1),
    ({"type": "string", "column": "userId", "operator": "=", "value": "ann"}, 2),
    ({"type": "string", "column": "observationName", "operator": "=", "value": "answer"}, 1),
]


@pytest.mark.parametrize(("condition", "count"), CONDITIONS, ids=lambda one: str(one)[:80])
def test_every_type_of_filter(cast: Cast, condition: dict[str, Any], count: int) -> None:
    project_id = cast.a.project_id
    make_trace(project_id, id="t", tags=["a", "b"], user_id="ann", metadata={"k": "v"})
    make_generation(
        project_id, trace_id="t", name="answer", prompt_id="p", prompt_version=2, metadata={"n": 1}
    )
    later = NOON + MINUTE
    make_observation(project_id, trace_id="t", name="step", parent_observation_id="x", start_time=later)
    assert one(cast, "observations", filters=[condition], version="v2")["count_count"] == count


def test_granularities_fill_what_is_empty(cast: Cast) -> None:
    make_trace(cast.a.project_id, timestamp=NOON + HOUR)
    query: dict[str, Any] = {"fromTimestamp": "2026-05-04T11:30:00Z", "toTimestamp": "2026-05-04T14:00:00Z"}
    rows = ask(cast, "traces", timeDimension={"granularity": "hour"}, **query)
    hours = [(row["time_dimension"].hour, row["count_count"]) for row in rows]
    assert hours == [(11, 0), (12, 0), (13, 1)]


def test_what_is_ordered_is_not_filled(cast: Cast) -> None:
    make_trace(cast.a.project_id)
    order = [{"field": "time_dimension", "direction": "desc"}]
    rows = ask(cast, "traces", timeDimension={"granularity": "minute"}, orderBy=order)
    assert [row["time_dimension"] for row in rows] == [NOON]


@pytest.mark.parametrize(
    ("granularity", "first", "count"),
    [("day", date(2026, 4, 29), 70), ("week", date(2026, 4, 27), 11), ("month", date(2026, 4, 1), 4)],
)
def test_dates_of_buckets(cast: Cast, granularity: str, first: date, count: int) -> None:
    make_trace(cast.a.project_id)
    query: dict[str, Any] = {"fromTimestamp": "2026-04-29T10:00:00Z", "toTimestamp": "2026-07-07T10:00:00Z"}
    rows = ask(cast, "traces", timeDimension={"granularity": granularity}, **query)
    assert (rows[0]["time_dimension"], len(rows)) == (first, count)
    assert sum(row["count_count"] for row in rows) == 1


def test_the_limit_counts_what_is_filled(cast: Cast) -> None:
    make_trace(cast.a.project_id)
    rows = ask(cast, "traces", timeDimension={"granularity": "hour"}, config={"row_limit": 13})
    assert [row["count_count"] for row in rows] == [0] * 12 + [1]


@pytest.mark.parametrize(
    ("zone", "night", "hours"),
    [("Europe/Berlin", "2026-03-28T23:00:00Z", 23), ("Europe/Berlin", "2026-10-24T22:00:00Z", 25)],
)
def test_days_of_a_zone_may_have_23_or_25_hours(cast: Cast, zone: str, night: str, hours: int) -> None:
    start = datetime.fromisoformat(night)
    for hour in range(-1, 26):
        make_trace(cast.a.project_id, timestamp=start + hour * HOUR)
    query: dict[str, Any] = {"fromTimestamp": night, "toTimestamp": (start + (hours - 1) * HOUR).isoformat()}
    by_day = ask(cast, "traces", timeDimension={"granularity": "day"}, zone=ZoneInfo(zone), **query)
    by_hour = ask(cast, "traces", timeDimension={"granularity": "hour"}, zone=ZoneInfo(zone), **query)
    assert [row["count_count"] for row in by_day] == [hours]
    assert [row["count_count"] for row in by_hour] == [1] * hours


def test_hours_of_zones_with_odd_offsets(cast: Cast) -> None:
    make_trace(cast.a.project_id, timestamp=NOON)
    query: dict[str, Any] = {"fromTimestamp": "2026-05-04T11:00:00Z", "toTimestamp": "2026-05-04T13:00:00Z"}
    for zone, minute in (("Asia/Kolkata", 30), ("Asia/Kathmandu", 15)):
        rows = ask(cast, "traces", timeDimension={"granularity": "hour"}, zone=ZoneInfo(zone), **query)
        assert {row["time_dimension"].minute for row in rows} == {minute}
        assert [row["count_count"] for row in rows] == [0, 1, 0]


def test_nulls_come_last_and_equals_in_order(cast: Cast) -> None:
    for name in ("b", None, "a"):
        make_trace(cast.a.project_id, name=name)
    make_trace(cast.a.project_id, name="c")
    make_trace(cast.a.project_id, name="c")
    assert [row["name"] for row in ask(cast, "traces", dimensions=["name"])] == ["c", "a", "b", None]


def test_other_projects_do_not_count(cast: Cast) -> None:
    make_trace(cast.b.project_id, id="t", name="theirs")
    make_score(cast.b.project_id, observation_id="g")
    make_generation(cast.a.project_id, id="g", trace_id="t")
    rows = ask(cast, "observations", "count_count", "sum_countScores", dimensions=["traceName"])
    assert rows == [{"traceName": None, "count_count": 1, "sum_countScores": 0}]
    assert one(cast, "traces")["count_count"] == 0


def test_too_many_buckets_are_refused(cast: Cast) -> None:
    query: dict[str, Any] = {"fromTimestamp": "2020-01-01T00:00:00Z", "toTimestamp": "2026-01-01T00:00:00Z"}
    with pytest.raises(ApiError, match="coarser granularity"):
        ask(cast, "traces", timeDimension={"granularity": "minute"}, **query)


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_takes_too_long_is_cut_off(cast: Cast) -> None:
    query, other = parse_query(query_of("traces"), version="v1"), connection.copy()
    try:
        other.set_autocommit(False)
        other.cursor().execute("lock table traces in access exclusive mode")
        with pytest.raises(OperationalError) as caught:
            run_query(cast.a.project_id, query, now=NOW, seconds=0.05)
    finally:
        other.close()
    error = api_error(caught.value)
    assert (error.status, "narrow its time range" in error.message) == (422, True)
