"""How sketches come to percentiles, and where there are too many of them."""

from datetime import timedelta
from uuid import UUID

import pytest

from analytics.dashboards.figures import TooMuch
from analytics.dashboards.percentiles import OverTime, read_quantiles, read_slowness
from analytics.dashboards.ranges import read_range
from analytics.dashboards.scope import Scope
from analytics.dashboards.source import reading
from analytics.models import RollupObservations
from analytics.rollups.levels import Level
from analytics.rollups.sketch import sketch_of
from analytics.rollups.tables import OBSERVATIONS
from tests.analytics.factories import NOW
from tests.cast import Cast


def test_percentiles_are_nearest_ranks_of_each_bucket_and_of_all() -> None:
    over_time = OverTime(2)
    for place, numbers in ((0, [100] * 9 + [1000]), (None, [50])):
        over_time.add(place, sketch_of(numbers))
    found = over_time.quantiles()
    assert found is not None and found.buckets[1] is None and found.count == 10
    assert found.now(0.5) == pytest.approx(0.1, rel=0.01) and found.now(0.95) == pytest.approx(1, rel=0.01)
    assert found.then(0.99) == pytest.approx(0.05, rel=0.01)


def make_steps(project_id: str, count: int) -> None:
    """Insert a day's rollups of so many steps, each with values in 300 buckets."""
    buckets = list(range(16_000, 16_300))
    nothing = dict.fromkeys(
        ("input_tokens", "output_tokens", "total_tokens", "ttft_count", "streaming_count"), 0
    )
    RollupObservations.objects.bulk_create(
        RollupObservations(
            project_id=project_id,
            level=Level.DAY,
            start=NOW - timedelta(days=2),
            key=UUID(int=number),
            environment="default",
            type="SPAN",
            observation_level="DEFAULT",
            name=f"step {number}",
            count=300,
            latency_count=300,
            latency_buckets=buckets,
            latency_counts=[1] * len(buckets),
            ttft_buckets=[],
            ttft_counts=[],
            **nothing,
        )
        for number in range(count)
    )


def test_sketches_of_more_steps_than_a_page_can_hold(cast: Cast) -> None:
    project_id = cast.a.project_id
    scope = Scope((project_id,), read_range({"range": "30d"}, NOW))
    make_steps(project_id, 333)
    with reading(scope, now=NOW) as found:
        assert len(read_slowness(found, OBSERVATIONS, "latency", by=["name"])) == 333
        whole = read_quantiles(found, OBSERVATIONS, "latency")
        assert whole is not None and whole.count == 333 * 300
    RollupObservations.objects.all().delete()
    make_steps(project_id, 334)
    with reading(scope, now=NOW) as found, pytest.raises(TooMuch, match="shorter one"):
        read_slowness(found, OBSERVATIONS, "latency", by=["name"])
