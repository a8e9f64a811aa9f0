"""What figures do where there is too much, and how they come to their numbers."""

from decimal import Decimal

import pytest
from django.db import transaction

from analytics.dashboards.figures import Groups, Sketches, TooMuch, _read
from analytics.dashboards.source import Source
from analytics.rollups.sketch import sketch_of
from tracing.queries.pages import bounded


def test_a_statement_that_takes_too_long_is_cut_off_and_says_what_to_do(db: None) -> None:
    with pytest.raises(TooMuch, match="shorter range"), transaction.atomic(), bounded(0.05):
        _read("select pg_sleep(20)", Source("", {}))


def test_more_groups_than_a_page_can_hold(db: None) -> None:
    with pytest.raises(TooMuch, match="shorter one"), transaction.atomic():
        _read("select n from generate_series(1, 100002) n", Source("", {}))


def test_sums_of_groups_keep_buckets_range_and_range_before_apart() -> None:
    groups = Groups(2)
    for key, bucket, number in (("a", 0, 1), ("a", None, 5), ("b", 1, 2), ("b", 1, None)):
        groups.sums((key,), ["n"])["n"].add(bucket, number)
    total = groups.total("n")
    assert total.buckets == [Decimal(1), Decimal(2)]
    assert (total.whole, total.before) == (Decimal(3), Decimal(5))
    assert groups.of(("none",), "n").whole == Decimal(0)


def test_percentiles_are_nearest_ranks_of_each_bucket_and_of_all() -> None:
    sketches = Sketches(2)
    for place, numbers in ((0, [100] * 9 + [1000]), (None, [50])):
        for bucket, count in sketch_of(numbers).items():
            sketches.add((), place, bucket, count)
    found = sketches.quantiles()[()]
    assert found.buckets[1] is None and found.count == 10
    assert found.now(0.5) == pytest.approx(0.1, rel=0.01) and found.now(0.95) == pytest.approx(1, rel=0.01)
    assert found.then(0.99) == pytest.approx(0.05, rel=0.01)


def test_sketches_of_several_keys_become_one() -> None:
    sketches = Sketches(0)
    for key, number in (("a", 10), ("b", 20), ("c", 30)):
        for bucket, count in sketch_of([number]).items():
            sketches.add((key,), 0, bucket, count)
    merged = sketches.merged(lambda key: None if key == ("c",) else ()).quantiles()
    assert set(merged) == {()} and merged[()].count == 2
    assert merged[()].now(0.99) == pytest.approx(0.02, rel=0.01)
