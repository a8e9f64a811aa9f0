"""Property: rollups, with live rows at the edges, answer as the rows do, whatever is asked of whatever data."""

import random
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.metrics.parse import parse_query
from analytics.metrics.plan import PLANS, Plan, plan_of
from analytics.metrics.query import PERCENTILES, ViewName
from analytics.metrics.run import run_query
from scoring.models import Score
from tests.analytics.rollups.refreshing import refresh
from tests.cast import Cast
from tracing.models import Observation, Trace
from tracing.store.dirty import mark_dirty

NIGHT = datetime(2026, 10, 25, tzinfo=UTC)
"""Of which Berlin has an hour more."""
NOW = NIGHT + timedelta(days=2, minutes=30, seconds=20)
"""The slices of the oldest rows are dropped by then."""
ZONES: list[tzinfo] = [
    UTC,
    *map(ZoneInfo, ("Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe")),
]
NAMES = (None, "", "a", "b", "b\"'\\,")
USERS = (None, "ann", "bob")


def moments(chance: random.Random, count: int) -> list[datetime]:
    return [NIGHT + timedelta(seconds=chance.uniform(-3 * 86_400, 2 * 86_400)) for _ in range(count)]


def amount(chance: random.Random) -> Decimal | None:
    return chance.choice([None, Decimal(chance.randrange(10**12)).scaleb(-30), Decimal(chance.random())])


def traces_of(chance: random.Random, project_id: str, count: int) -> list[Trace]:
    return [
        Trace(
            project_id=project_id,
            id=f"t{number}",
            timestamp=at,
            created_at=at,
            updated_at=at,
            name=chance.choice(NAMES),
            user_id=chance.choice(USERS),
            tags=chance.sample(["x", "y", "z"], chance.randrange(3)),
            environment=chance.choice(["default", "staging"]),
            observation_count=chance.randrange(3),
            latency=chance.randrange(10**8) / 1_000_000,
            total_tokens=chance.randrange(10),
            total_cost=amount(chance) or 0,
        )
        for number, at in enumerate(moments(chance, count))
    ]


def observations_of(chance: random.Random, project_id: str, first: int, count: int) -> list[Observation]:
    return [
        Observation(
            project_id=project_id,
            id=f"o{number}",
            trace_id=f"t{chance.randrange(30)}",
            type=chance.choice(["SPAN", "GENERATION"]),
            start_time=at,
            created_at=at,
            updated_at=at,
            end_time=chance.choice([None, at + timedelta(microseconds=chance.randrange(-(10**5), 10**9))]),
            completion_start_time=chance.choice([None, at + timedelta(microseconds=chance.randrange(10**7))]),
            name=chance.choice(NAMES),
            model=chance.choice([None, "gpt", "claude"]),
            level=chance.choice(["DEFAULT", "ERROR"]),
            environment=chance.choice(["default", "staging"]),
            prompt_name="p",
            prompt_version=chance.choice([1, 2]),
            prompt_id=chance.choice([None, "id"]),
            input_tokens=chance.randrange(100),
            total_tokens=chance.randrange(2**40),
            input_cost=amount(chance),
            total_cost=amount(chance),
            usage_details={"input": chance.randrange(9)} if chance.random() < 0.5 else {},
            cost_details={"output": chance.randrange(9) / 7} if chance.random() < 0.5 else {},
        )
        for number, at in enumerate(moments(chance, count), first)
    ]


def scores_of(chance: random.Random, project_id: str, count: int) -> list[Score]:
    return [
        Score(
            project_id=project_id,
            id=f"s{number}",
            timestamp=at,
            created_at=at,
            updated_at=at,
            name=chance.choice(["quality", "tone"]),
            source=chance.choice(["API", "EVAL"]),
            data_type=data_type,
            value=chance.choice([0.1, 0.3, 1 / 3, -2, 0]) if data_type == "NUMERIC" else chance.randrange(2),
            string_value=chance.choice(["good", "bad"]) if data_type == "CATEGORICAL" else None,
        )
        for number, at in enumerate(moments(chance, count))
        for data_type in [chance.choice(["NUMERIC", "BOOLEAN", "CATEGORICAL"])]
    ]


@pytest.fixture(scope="module", params=range(2))
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def project_id(cast: Cast, seed: int) -> str:
    """A project whose rollups are fresh, but for a handful of observations that came later."""
    project_id, chance = cast.a.project_id, random.Random(seed)
    traces = Trace.objects.bulk_create(traces_of(chance, project_id, 30))
    observations = Observation.objects.bulk_create(observations_of(chance, project_id, 0, 200))
    scores = Score.objects.bulk_create(scores_of(chance, project_id, 60))
    mark_dirty(
        project_id,
        traces=[row.timestamp for row in traces],
        observations=[row.start_time for row in observations],
        scores=[row.timestamp for row in scores],
    )
    refresh(project_id, now=NOW, limit=1000)
    late = Observation.objects.bulk_create(observations_of(chance, project_id, 1000, 8))
    mark_dirty(project_id, observations=[row.start_time for row in late])
    return project_id


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a query that some table of rollups answers."""
    view: ViewName = draw(st.sampled_from(list(PLANS)))
    plan = draw(st.sampled_from(PLANS[view]))
    metrics = [
        {"measure": measure, "aggregation": aggregation}
        for measure, stored in plan.measures.items()
        for aggregation in sorted(stored.aggregations)
    ]
    exploding = {"tags", "usageType", "costType"} & plan.dimensions.keys()
    dimensions = draw(st.sets(st.sampled_from(sorted(plan.dimensions)), max_size=3)) | exploding
    start = NIGHT + timedelta(seconds=draw(st.integers(-4 * 86_400, 86_400)))
    length = draw(
        st.one_of(st.integers(1, 86_400 * 5), st.integers(1, 7200), st.sampled_from([3600, 86_400]))
    )
    return {
        "view": view,
        "metrics": draw(st.lists(st.sampled_from(metrics), min_size=1, max_size=4)),
        "dimensions": [{"field": field} for field in sorted(dimensions)],
        "filters": draw(st.lists(conditions(plan), max_size=2)),
        "timeDimension": draw(
            st.none() | st.sampled_from(["minute", "hour", "day", "week", "month"]).map(granularity)
        ),
        "fromTimestamp": start.isoformat(),
        "toTimestamp": (start + timedelta(seconds=length)).isoformat(),
        "config": {"row_limit": 1000},
    }


def granularity(name: str) -> dict[str, str]:
    return {"granularity": name}


def conditions(plan: Plan) -> st.SearchStrategy[dict[str, Any]]:
    columns = sorted(plan.dimensions.keys() - {"tags"})
    values = [
        "",
        "a",
        "b\"'\\,",
        "default",
        "GENERATION",
        "gpt",
        "NUMERIC",
        "quality",
        "good",
        "ann",
        "input",
    ]
    exact = st.fixed_dictionaries(
        {"type": st.just("string"), "operator": st.just("="), "value": st.sampled_from(values)}
    )
    options = st.fixed_dictionaries(
        {
            "type": st.just("stringOptions"),
            "operator": st.sampled_from(["any of", "none of"]),
            "value": st.lists(st.sampled_from(values), min_size=1, max_size=4),
        }
    )
    null = st.fixed_dictionaries(
        {
            "type": st.just("null"),
            "operator": st.sampled_from(["is null", "is not null"]),
            "value": st.just(""),
        }
    )
    chosen = st.one_of(exact, options, null)
    return st.builds(lambda column, rest: {"column": column, **rest}, st.sampled_from(columns), chosen)


def by_group(rows: list[dict[str, Any]], dimensions: tuple[str, ...]) -> dict[Any, dict[str, Any]]:
    names = (*dimensions, "time_dimension")
    return {
        tuple(row.get(name) for name in names): {k: v for k, v in row.items() if k not in names}
        for row in rows
    }


def agree(metric: str, found: Any, expected: Any) -> bool:
    """Say whether a metric is what it promises: percentiles within 1 %, averages but for rounding, else exact."""
    aggregation = metric.partition("_")[0]
    if expected is None or aggregation not in {*PERCENTILES, "avg"}:
        return bool(found == expected)
    tolerance = 0.01 if aggregation in PERCENTILES else 1e-12
    return bool(float(found) == pytest.approx(float(expected), rel=tolerance))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=queries(), zone=st.sampled_from(ZONES))
def test_rollups_answer_as_the_rows_do(project_id: str, asked: dict[str, Any], zone: tzinfo) -> None:
    query = parse_query(asked, version="v1" if asked["view"] == "traces" else "v2")
    assert plan_of(query) is not None
    expected = by_group(run_query(project_id, query, now=NOW, zone=zone, source="rows"), query.dimensions)
    found = by_group(run_query(project_id, query, now=NOW, zone=zone), query.dimensions)
    assert found.keys() == expected.keys()
    differing = {
        (group, metric): (found[group][metric], value)
        for group, metrics in expected.items()
        for metric, value in metrics.items()
        if not agree(metric, found[group][metric], value)
    }
    assert differing == {}
