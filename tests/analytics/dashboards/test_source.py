"""What is read by a facet is what the finer rollups say, whatever of it stands in days, hours or slices."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from analytics.dashboards.figures import Groups, read_groups
from analytics.dashboards.percentiles import read_quantiles, read_slowness
from analytics.dashboards.ranges import read_range
from analytics.dashboards.scope import Scope
from analytics.dashboards.source import Reading, reading
from analytics.models import RollupObservationFacets, RollupTraceFacets
from analytics.rollups.facets import FACETS, MODELS, TYPES, USERS, Facet
from analytics.rollups.tables import OBSERVATIONS
from tests.analytics.factories import make_generation, make_observation, make_trace
from tests.analytics.rollups.refreshing import difference, refresh
from tests.cast import Cast

NOW = datetime(2026, 5, 6, 10, 30, tzinfo=UTC)
"""Two days are merged, ten hours of this one too; this hour has slices only."""
MOMENTS = [NOW - timedelta(minutes=minutes) for minutes in (5, 29, 31, 300, 1500, 1501, 2900)]
ALL_FACETS = [facet for facets in FACETS.values() for facet in facets]
MIXES = [{"range": "7d"}, {"range": "24h"}, {"from": "2026-05-06T10:00", "to": "2026-05-06T10:30"}]


def make_steps(project_id: str) -> None:
    for number, at in enumerate(MOMENTS * 3):
        shared: dict[str, Any] = {"environment": ("prod", "dev")[number // 2 % 2], "trace_id": f"t{number}"}
        make_trace(
            project_id, id=f"t{number}", timestamp=at, name=f"n{number % 3}", user_id=(None, "ann", "bo")[number % 3],
            tags=["a", "b"][: number % 3], observation_count=2, latency=number / 7, error_count=number % 2,
            total_cost=Decimal(number) / 3, environment=shared["environment"],
        )  # fmt: skip
        make_generation(
            project_id, start_time=at, seconds=1 + number / 10, model=("gpt", "claude", None)[number % 3],
            completion_start_time=at + timedelta(seconds=0.2), total_cost=Decimal(number) / 7, prompt_id="p",
            prompt_name="greet" if number % 2 else None, prompt_version=number % 2 + 1, total_tokens=number, **shared,
        )  # fmt: skip
        make_observation(
            project_id, start_time=at, name="search", type="TOOL", level=("ERROR", "DEFAULT")[number % 2], **shared
        )  # fmt: skip


@pytest.fixture
def project_id(cast: Cast) -> str:
    for side in (cast.a, cast.b):
        make_steps(side.project_id)
        refresh(side.project_id, now=NOW)
    return cast.a.project_id


def plain(groups: Groups) -> dict[Any, Any]:
    return {
        key: {name: (one.buckets, one.whole, one.before) for name, one in sums.items()}
        for key, sums in groups.by_key.items()
    }


def read_by(facet: Facet, found: Reading, *, by: Sequence[str]) -> tuple[Any, ...]:
    measures = ["count", "total_cost", "latency_sum"]
    return (
        plain(read_groups(found, facet, [tuple(by)], measures)[0]),
        read_quantiles(found, facet, "latency"),
        read_slowness(found, facet, "latency", by=by) if by else None,
    )


def read_finer(facet: Facet, found: Reading, *, by: Sequence[str]) -> tuple[Any, ...]:
    measures = ["count", "total_cost", "latency_sum"]
    return (
        plain(read_groups(found, facet.of, [tuple(by)], measures, where=facet.where)[0]),
        read_quantiles(found, facet.of, "latency", where=facet.where),
        read_slowness(found, facet.of, "latency", by=by, where=facet.where) if by else None,
    )


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("environment", ["", "prod"])
@pytest.mark.parametrize("facet", ALL_FACETS, ids=lambda facet: f"{facet.of.name} {facet.name}")
def test_a_facet_says_what_the_finer_rollups_say(
    project_id: str, facet: Facet, environment: str, mix: dict[str, str]
) -> None:
    with reading(Scope((project_id,), read_range(mix, NOW), environment), now=NOW) as found:
        by_facet = read_by(facet, found, by=facet.dimensions)
        assert by_facet[0] and by_facet == read_finer(facet, found, by=facet.dimensions)


def test_each_environment_is_counted_once(project_id: str) -> None:
    with reading(Scope((project_id,), read_range({"range": "7d"}, NOW)), now=NOW) as found:
        (facets,) = read_groups(found, TYPES, [("environment", "type")], ["count"])
        (finer,) = read_groups(found, OBSERVATIONS, [("environment", "type")], ["count"])
    assert plain(facets) == plain(finer) and len(facets.by_key) == 4


def test_days_and_hours_are_read_from_facets_alone(project_id: str) -> None:
    """Else nothing here would tell facets from the finer rollups."""
    RollupObservationFacets.objects.filter(facet=MODELS.name).update(count=1000)
    RollupTraceFacets.objects.filter(facet=USERS.name).update(count=1000)
    with reading(Scope((project_id,), read_range({"range": "7d"}, NOW)), now=NOW) as found:
        for facet in (MODELS, USERS):
            assert read_groups(found, facet, [()], ["count"])[0].total("count").whole > 1000, facet


def test_what_was_counted_before_there_were_facets_is_summed_up(project_id: str) -> None:
    migration = import_module("analytics.migrations.0006_rollup_facets")
    RollupObservationFacets.objects.all().delete()
    RollupTraceFacets.objects.all().delete()
    with connection.schema_editor() as editor:
        migration.sum_up(None, editor)
    assert difference(project_id, now=NOW) == {}
