"""Sketches: percentiles within 1 % of the exact ones, the database's functions the same as Python's."""

import math
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.rollups.sketch import OFFSET, REACH, bucket_of, percentile, sketch_of, value_of

MAGNITUDES = st.floats(1e-130, 1e130)
NUMBERS = st.one_of(MAGNITUDES, MAGNITUDES.map(lambda number: -number), st.integers(0, 100).map(float))
FRACTIONS = st.sampled_from([0.0, 0.01, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0])
SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def query(sql: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


@given(NUMBERS)
def test_an_estimate_is_within_one_percent(number: float) -> None:
    assert value_of(bucket_of(number)) == pytest.approx(number, rel=0.01, abs=0)


@given(st.lists(NUMBERS, min_size=2).map(sorted))
def test_buckets_are_in_the_order_of_numbers(numbers: list[float]) -> None:
    buckets = list(map(bucket_of, numbers))
    assert buckets == sorted(buckets)


@given(st.lists(NUMBERS, min_size=1, max_size=300), FRACTIONS)
def test_percentiles_are_within_one_percent_of_the_nearest_rank(
    numbers: list[float], fraction: float
) -> None:
    exact = sorted(numbers)[max(math.ceil(fraction * len(numbers)), 1) - 1]
    assert percentile(sketch_of(numbers), fraction) == pytest.approx(exact, rel=0.01, abs=0)


def test_there_is_no_percentile_of_nothing() -> None:
    assert percentile({}, 0.5) is None


@pytest.mark.parametrize("number", [math.inf, 1e200, 1e-200, -math.inf])
def test_what_is_out_of_reach_goes_to_the_outermost_buckets(number: float) -> None:
    assert abs(bucket_of(number)) in {REACH + OFFSET, 1}


@pytest.mark.django_db
@SETTINGS
@given(st.lists(st.one_of(NUMBERS, st.floats(allow_nan=False)), min_size=1, max_size=50), st.lists(FRACTIONS))
def test_the_database_computes_the_same(numbers: list[float], fractions: list[float]) -> None:
    sql = (
        "select array_agg(rollup_bucket(n) order by o) from unnest(%s::float8[]) with ordinality as u (n, o)"
    )
    buckets = query(sql, numbers)
    assert buckets == list(map(bucket_of, numbers))
    values = query("select array_agg(rollup_value(b)) from unnest(%s::smallint[]) as u (b)", buckets)
    assert values == pytest.approx(list(map(value_of, buckets)), rel=1e-12, abs=0)
    sketch = sketch_of(numbers)
    for fraction in fractions:
        found = query(
            "select rollup_percentile(%s::smallint[], %s::bigint[], %s)",
            buckets,
            [1] * len(buckets),
            fraction,
        )
        assert found == pytest.approx(percentile(sketch, fraction), rel=1e-12, abs=0)


@pytest.mark.django_db
def test_long_texts_are_cut_and_stay_apart() -> None:
    one, other = "x" * 300 + "1", "x" * 300 + "2"
    cut = query("select rollup_text(%s)", one)
    assert (len(cut), cut[:200]) == (233, "x" * 200)
    assert cut != query("select rollup_text(%s)", other)
    assert query("select rollup_text(%s)", "é" * 200) == "é" * 200
    assert query("select rollup_text(null)") is None
