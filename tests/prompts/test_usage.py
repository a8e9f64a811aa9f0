"""What versions were used for: generations and scores of the last week, by the apps above."""

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from prompts.checks import check_usage
from prompts.usage import Generations, ScoreAverage, VersionUsage, list_linked, usage_of
from scoring.models import Score
from tests.cast import Cast
from tests.prompts.making import make_version
from tests.tracing.factories import make_observation
from tracing.models import Observation


def make_generation(project_id: str, version_id: str, *, id: str, seconds: int, days_ago: int = 1) -> None:
    start = timezone.now() - timedelta(days=days_ago)
    make_observation(
        project_id,
        id=id,
        type="GENERATION",
        prompt_id=version_id,
        start_time=start,
        end_time=start + timedelta(seconds=seconds),
        input_tokens=10,
        output_tokens=2,
        total_cost=Decimal("0.25"),
    )


def make_score(project_id: str, observation_id: str, **values: object) -> None:
    now = timezone.now()
    fields = {"name": "good", "value": 1.0, "data_type": "NUMERIC", "source": "API", "trace_id": "trace"}
    Score.objects.create(
        project_id=project_id,
        id=f"s{Score.objects.count()}",
        observation_id=observation_id,
        timestamp=now,
        created_at=now,
        updated_at=now,
        **{**fields, **values},
    )


def test_usage_of_versions(cast: Cast) -> None:
    project_id = cast.a.project_id
    used, unused = make_version(project_id), make_version(project_id)
    for number, seconds in enumerate((1, 2, 9)):
        make_generation(project_id, used.pk, id=f"g{number}", seconds=seconds)
    make_generation(project_id, used.pk, id="old", seconds=1, days_ago=8)
    make_generation(cast.b.project_id, used.pk, id="g0", seconds=100)
    make_score(project_id, "g0")
    make_score(project_id, "g1", value=0.5)
    make_score(project_id, "g1", name="tone", value=0.0, string_value="dry", data_type="CATEGORICAL")
    make_score(project_id, "old", value=100.0)
    make_score(cast.b.project_id, "g0", value=100.0)
    with CaptureQueriesContext(connection) as queries:
        usage = usage_of(project_id, [used.pk, unused.pk])
    assert len(queries) == 2
    generations = usage[used.pk].generations
    assert (generations.count, generations.median_latency) == (3, 2.0)
    assert (generations.input_tokens, generations.output_tokens) == (30, 6)
    assert generations.total_cost == Decimal("0.75")
    assert usage[used.pk].scores == (ScoreAverage("good", 2, 0.75), ScoreAverage("tone", 1, None))
    assert usage[unused.pk] == VersionUsage(Generations(), ())


def test_the_latest_generations_of_versions(cast: Cast) -> None:
    project_id = cast.a.project_id
    one, two = make_version(project_id), make_version(project_id)
    for days, version in ((8, one), (3, two), (2, one), (1, one)):
        make_generation(project_id, version.pk, id=f"g{days}", seconds=2, days_ago=days)
    make_generation(cast.b.project_id, one.pk, id="of-b", seconds=2)
    long_id = "🦊" * 200
    Observation.objects.filter(id="g1").update(long_ids={"id": long_id, "trace_id": long_id})
    latest = list_linked(project_id, [one.pk, two.pk], limit=2)
    assert [(row.observation_id, row.trace_id) for row in latest] == [(long_id, long_id), ("g2", "trace")]
    assert (latest[1].latency, latest[1].total_cost) == (timedelta(seconds=2), Decimal("0.25"))
    assert [row.observation_id for row in list_linked(project_id, [two.pk], limit=9)] == ["g3"]


def test_nothing_is_asked_of_nothing(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert usage_of(cast.a.project_id, []) == {}
        assert list_linked(cast.a.project_id, [], limit=9) == []
    assert not queries.captured_queries


def test_providers_are_checked_at_the_start() -> None:
    assert check_usage() == []
    with override_settings(USAGE={"prompts.generations": "tracing.nowhere"}):
        assert [error.id for error in check_usage()] == ["prompts.E001"] * 3
    assert {"prompts.generations", "prompts.linked", "prompts.scores"} <= set(settings.USAGE)
