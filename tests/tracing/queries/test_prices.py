"""Which definition a model's name is matched with."""

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from tests.cast import Cast
from tracing.models import Model, PricingTier
from tracing.queries.prices import FRESH_SECONDS, forget_matches, match_models


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    forget_matches()


def make_model(project_id: str | None, name: str, pattern: str, **values: Any) -> Model:
    model = Model.objects.create(project_id=project_id, model_name=name, match_pattern=pattern, **values)
    PricingTier.objects.create(model=model, name="Standard", is_default=True, prices={"input": "0.25"})
    return model


def matched(cast: Cast, name: str) -> str | None:
    model = match_models(cast.a.project_id, [name]).get(name)
    return model.name if model else None


def test_the_projects_own_come_first_then_the_installations_then_the_shipped(cast: Cast) -> None:
    assert matched(cast, "gpt-4o") == "gpt-4o"
    make_model(None, "shared", "^gpt-4o$")
    forget_matches()
    assert matched(cast, "gpt-4o") == "shared"
    make_model(cast.a.project_id, "own", "^gpt-4o$")
    forget_matches()
    assert matched(cast, "gpt-4o") == "own"
    assert match_models(cast.b.project_id, ["gpt-4o"])["gpt-4o"].name == "shared"


def test_the_latest_start_date_wins(cast: Cast) -> None:
    make_model(cast.a.project_id, "dateless", "^m$")
    make_model(cast.a.project_id, "newer", "^m$", start_date=datetime(2030, 1, 1, tzinfo=UTC))
    make_model(cast.a.project_id, "older", "^m$", start_date=datetime(2020, 1, 1, tzinfo=UTC))
    assert matched(cast, "m") == "newer"


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("^abc$", "abc", True),
        ("^abc$", "ABC", False),
        ("(?i)^abc$", "ABC", True),
        ("b", "abc", True),
        ("^(vendor/)?abc(-[0-9]+)?$", "vendor/abc-12", True),
        ("abc", "x" * 2000 + "abc", False),
    ],
)
def test_patterns_are_postgresqls(cast: Cast, pattern: str, name: str, matches: bool) -> None:
    make_model(cast.a.project_id, "own", pattern)
    assert (matched(cast, name) == "own") == matches


def test_what_a_match_carries(cast: Cast) -> None:
    row = make_model(cast.a.project_id, "own", "^m$", tokenizer_id="openai", tokenizer_config={"a": 1})
    model = match_models(cast.a.project_id, ["m"])["m"]
    assert (model.id, model.tokenizer_id, model.tokenizer_config) == (row.id, "openai", {"a": 1})
    assert model.tiers[0].prices == {"input": Decimal("0.25")}


def test_a_broken_pattern_costs_nobody_else_anything(cast: Cast) -> None:
    make_model(cast.a.project_id, "broken", "((")
    make_model(cast.a.project_id, "own", "^m$")
    with transaction.atomic():
        assert matched(cast, "m") == "own"
        assert Model.objects.count() == 2


def test_one_query_for_all_names(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_model(cast.a.project_id, "own", "^m-")
    names = [f"m-{n}" for n in range(50)] + ["gpt-4o", "nobody's"]
    with django_assert_num_queries(3):  # the query within its savepoint
        found = match_models(cast.a.project_id, names)
    assert len(found) == 51
    with django_assert_num_queries(0):
        assert match_models(cast.a.project_id, names) == found


def test_a_match_is_looked_up_again_within_a_second(cast: Cast) -> None:
    assert matched(cast, "m") is None
    make_model(cast.a.project_id, "own", "^m$")
    assert matched(cast, "m") is None
    time.sleep(FRESH_SECONDS)
    assert matched(cast, "m") == "own"


def test_a_tier_that_cannot_be_read_is_left_out(cast: Cast) -> None:
    row = make_model(cast.a.project_id, "own", "^m$")
    PricingTier.objects.create(model=row, name="odd", priority=1, conditions=[3], prices={"input": "1"})
    assert len(match_models(cast.a.project_id, ["m"])["m"].tiers) == 1
