"""The engine over rollups: which queries they answer, what counts before they are refreshed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.metrics.parse import parse_query
from analytics.metrics.plan import plan_of
from analytics.metrics.query import Query
from analytics.metrics.run import Source, run_query
from tests.analytics.factories import NOW, make_generation, make_trace, query_of
from tests.analytics.rollups.refreshing import refresh
from tests.cast import Cast
from tests.tracing.factories import NOON


def parsed(view: str, *metrics: str, **values: Any) -> Query:
    return parse_query(query_of(view, *metrics, **values), version="v1" if view == "traces" else "v2")


def text(column: str, operator: str, value: str) -> dict[str, Any]:
    return {"type": "string", "column": column, "operator": operator, "value": value}


ANSWERED: list[tuple[str, list[str], dict[str, Any]]] = [
    ("observations", ["count_count", "p95_latency", "sum_totalCost"], {"dimensions": ["traceName", "level"]}),
    ("observations", ["avg_totalTokens"], {"filters": [text("promptVersion", "=", "2")]}),
    ("observations", ["sum_usageByType"], {"dimensions": ["providedModelName"]}),
    ("traces", ["count_count", "avg_totalCost"], {"dimensions": ["userId"]}),
    ("traces", ["count_count"], {"dimensions": ["tags", "environment"]}),
    ("scores-numeric", ["p50_value", "min_value"], {"dimensions": ["name", "source"]}),
    ("scores-categorical", ["count_count"], {"dimensions": ["stringValue"]}),
    ("scores-boolean", ["avg_value"], {"dimensions": ["name"]}),
]
FOR_THE_ROWS: list[tuple[str, list[str], dict[str, Any]]] = [
    ("observations", ["uniq_count"], {}),
    ("observations", ["histogram_latency"], {}),
    ("observations", ["avg_totalCost"], {}),
    ("observations", ["p95_totalTokens"], {}),
    ("observations", ["count_count"], {"dimensions": ["release"]}),
    ("observations", ["sum_usageByType", "count_count"], {}),
    ("observations", ["count_count"], {"filters": [text("name", "contains", "a")]}),
    ("observations", ["count_count"], {"filters": [text("name", "=", "a" * 201)]}),
    ("observations", ["count_count"], {"filters": [text("traceId", "=", "t")]}),
    ("traces", ["count_count"], {"dimensions": ["name", "userId"]}),
    ("traces", ["count_count"], {"dimensions": ["name"], "filters": [text("userId", "=", "ann")]}),
    ("scores-boolean", ["count_count"], {"dimensions": ["booleanValue"]}),
]


@pytest.mark.parametrize(("view", "metrics", "values"), ANSWERED, ids=str)
def test_what_rollups_answer(view: str, metrics: list[str], values: dict[str, Any]) -> None:
    assert plan_of(parsed(view, *metrics, **values)) is not None


@pytest.mark.parametrize(("view", "metrics", "values"), FOR_THE_ROWS, ids=str)
def test_what_is_for_the_rows(cast: Cast, view: str, metrics: list[str], values: dict[str, Any]) -> None:
    query = parsed(view, *metrics, **values)
    assert plan_of(query) is None
    with pytest.raises(ValueError, match="Rollups don't answer"):
        run_query(cast.a.project_id, query, now=NOW, source="rollups")


@pytest.mark.parametrize(("source", "count"), [("auto", 3), ("rows", 3), ("rollups", 1)])
def test_what_came_since_the_last_refresh(cast: Cast, source: Source, count: int) -> None:
    make_trace(cast.a.project_id)
    refresh(cast.a.project_id, now=NOW)
    make_trace(cast.a.project_id)
    make_trace(cast.a.project_id, timestamp=NOON + timedelta(hours=1))
    (row,) = run_query(cast.a.project_id, parsed("traces"), now=NOW, source=source)
    assert row == {"count_count": count}


def test_rollups_alone_are_read_where_they_know_all(cast: Cast) -> None:
    make_generation(cast.a.project_id)
    refresh(cast.a.project_id, now=NOW)
    query = parsed("observations", "count_count", "p95_latency", dimensions=["name"])
    with CaptureQueriesContext(connection) as captured:
        assert run_query(cast.a.project_id, query, now=NOW)[0]["count_count"] == 1
    reads = [query["sql"] for query in captured if "rollup_observations" in query["sql"]]
    assert len(reads) == 1


def test_rollups_of_others_do_not_count(cast: Cast) -> None:
    make_trace(cast.b.project_id)
    refresh(cast.b.project_id, now=NOW)
    make_trace(cast.b.project_id)
    assert run_query(cast.a.project_id, parsed("traces"), now=NOW) == [{"count_count": 0}]
