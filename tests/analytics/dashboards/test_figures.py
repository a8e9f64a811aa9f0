"""What figures do where there is too much, and how they come to their numbers."""

from decimal import Decimal

import pytest
from django.db import transaction

from analytics.dashboards.figures import Groups, TooMuch, read_all
from analytics.dashboards.source import Source
from tracing.queries.pages import bounded


def test_a_statement_that_takes_too_long_is_cut_off_and_says_what_to_do(db: None) -> None:
    with pytest.raises(TooMuch, match="shorter range"), transaction.atomic(), bounded(0.05):
        read_all("select pg_sleep(20)", Source("", {}))


def test_more_groups_than_a_page_can_hold(db: None) -> None:
    with pytest.raises(TooMuch, match="shorter one"), transaction.atomic():
        read_all("select n from generate_series(1, 100002) n", Source("", {}))


def test_sums_of_groups_keep_buckets_range_and_range_before_apart() -> None:
    groups = Groups(2)
    for key, bucket, number in (("a", 0, 1), ("a", None, 5), ("b", 1, 2), ("b", 1, None)):
        groups.sums((key,), ["n"])["n"].add(bucket, number)
    total = groups.total("n")
    assert total.buckets == [Decimal(1), Decimal(2)]
    assert (total.whole, total.before) == (Decimal(3), Decimal(5))
    assert groups.of(("none",), "n").whole == Decimal(0)
