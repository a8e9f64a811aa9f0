"""The benchmark's many rows: the same for every run, whole traces, and queries that rows and rollups both answer."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Avg, Count, F, Max, Min, Sum

from analytics.metrics.query import Query
from analytics.metrics.run import Source, run_query
from analytics.rollups.rebuild import mark_rebuild, request_rebuild
from analytics.rollups.refresh import refresh_project
from benchmarks.many_rows import DAYS, INSERTS, parts
from benchmarks.questions import queries
from scoring.models import Score
from tests.cast import Cast
from tracing.models import Observation, Trace

TRACES = 400
NOW = datetime(2026, 5, 6, 7, 8, tzinfo=UTC)


def fill(project_id: str) -> None:
    with connection.cursor() as cursor:
        for part in parts(project_id, traces=TRACES, end=NOW):
            for statement in INSERTS.values():
                cursor.execute(statement, part)


@pytest.mark.django_db
def test_traces_sum_up_their_observations(cast: Cast) -> None:
    fill(cast.a.project_id)
    sums = Observation.objects.values("trace_id").annotate(
        count=Count("id"), tokens=Sum("total_tokens"), cost=Sum("total_cost"), end=Max("end_time")
    )
    found = {one["trace_id"]: one for one in sums}
    traces = list(Trace.objects.all())
    assert len(traces) == len(found) == TRACES
    for trace in traces:
        one = found[trace.id]
        assert (one["count"], one["tokens"], one["cost"]) == (4, trace.total_tokens, trace.total_cost)
        assert one["end"] == trace.last_end


@pytest.mark.django_db
def test_rows_are_of_thirty_days_and_of_many_kinds(cast: Cast) -> None:
    fill(cast.a.project_id)
    ends = Trace.objects.aggregate(first=Min("timestamp"), last=Max("timestamp"))
    assert NOW - DAYS <= ends["first"] < NOW - DAYS + timedelta(hours=6)
    assert NOW - timedelta(hours=6) < ends["last"] < NOW
    counts = {
        name: Trace.objects.values(name).distinct().count() for name in ("environment", "name", "user_id")
    }
    assert counts["environment"] == 3 and 24 <= counts["name"] <= 36 and counts["user_id"] > 200
    assert Observation.objects.exclude(model=None).values("model").distinct().count() == 10
    assert Score.objects.count() == -(-TRACES // 3)
    assert Score.objects.values("data_type").distinct().count() == 3
    assert 0 < Trace.objects.filter(error_count__gt=0).count() < TRACES / 10


@pytest.mark.django_db
def test_both_projects_get_the_same(cast: Cast) -> None:
    fill(cast.a.project_id)
    fill(cast.b.project_id)
    cost, latency = (
        Trace.objects.values("project_id").annotate(found=found).values_list("found", flat=True)
        for found in (Sum("total_cost"), Avg(F("latency")))
    )
    assert len(set(cost)) == 1 and cost[0] > Decimal("1")
    assert latency[0] == pytest.approx(latency[1])


@pytest.mark.django_db
def test_rows_and_rollups_answer_the_queries_alike(cast: Cast) -> None:
    project_id = cast.a.project_id
    fill(project_id)
    mark_rebuild(request_rebuild(project_id, since=None, until=None, author="test"))
    while refresh_project(project_id, now=NOW, limit=500, patience=None):
        pass
    asked = queries(NOW - DAYS, NOW + timedelta(minutes=5))
    assert len(asked) == 10 and {query.version for query in asked.values()} == {"v1", "v2"}
    for name, query in asked.items():
        rows, rollups = (_exact(project_id, query, source) for source in ("rows", "rollups"))
        assert rows and rows == rollups, name


def _exact(project_id: str, query: Query, source: Source) -> list[dict[str, Any]]:
    """Return the answer, its estimates as true as rollups promise them."""
    answer = run_query(project_id, query, now=NOW, source=source)
    return [
        {
            name: pytest.approx(value, rel=0.01) if "_latency" in name and value else value
            for name, value in row.items()
        }
        if source == "rows"
        else row
        for row in answer
    ]
