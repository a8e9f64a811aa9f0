"""Usage and prices in, the cost of one observation out."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from tracing.costs.cost import MAX_COST, MAX_UNITS, CostInput, cost_of
from tracing.costs.pricing import PricedModel
from tracing.costs.shipped import find_shipped
from tracing.costs.tiers import read_tier

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def model(**prices: str) -> PricedModel:
    tier = read_tier(id="t", name="Standard", is_default=True, priority=0, conditions=[], prices=prices)
    assert tier is not None
    return PricedModel(id="m", name="own", tiers=(tier,))


def text(costs: dict[str, Decimal]) -> dict[str, str]:
    return {key: f"{cost.normalize():f}" for key, cost in costs.items()}


@pytest.mark.parametrize(
    ("usage", "total"),
    [
        ({"input": 3, "output": 4}, 7),
        ({"input": 3, "output": 4, "total": 100}, 100),
        ({"a": 1, "b": 2}, 3),
        ({"input": 0}, 0),
    ],
)
def test_total_of_provided_usage(usage: dict[str, int], total: int) -> None:
    assert cost_of(CostInput(NOW, usage)).usage_details == {**usage, "total": total}


@pytest.mark.parametrize(
    ("prices", "usage", "costs", "total"),
    [
        (
            {"input": "0.1", "output": "0.2"},
            {"input": 3, "output": 4},
            {"input": "0.3", "output": "0.8"},
            "1.1",
        ),
        ({"input": "0.1"}, {"input": 3, "output": 4}, {"input": "0.3"}, "0.3"),
        ({"total": "0.5"}, {"input": 3, "output": 4}, {}, "3.5"),
        ({"total": "0.5", "input": "1"}, {"input": 3, "output": 4}, {"input": "3"}, "3.5"),
        ({"input": "1e-30"}, {"input": 1}, {"input": "0.000000000000000000000000000001"}, None),
    ],
)
def test_computed_cost(
    prices: dict[str, str], usage: dict[str, int], costs: dict[str, str], total: str | None
) -> None:
    costed = cost_of(CostInput(NOW, usage, matched=model(**prices)))
    assert text(costed.cost_details) == {**costs, "total": total or costs["input"]}
    assert costed.total_cost == costed.cost_details["total"]
    assert costed.prices is not None
    assert (costed.model_id, costed.tier_id, costed.tier_name) == ("m", "t", "Standard")


def test_usage_without_a_price_costs_nothing_known() -> None:
    costed = cost_of(CostInput(NOW, {"images": 3}, matched=model(input="1")))
    assert (costed.cost_details, costed.total_cost, costed.prices) == ({}, None, None)
    assert costed.model_id == "m"


@pytest.mark.parametrize(
    ("cost", "total"),
    [
        ({"input": 0.1, "output": 0.2}, "0.3"),
        ({"input": 0.1}, "0.1"),
        ({"total": 5}, "5"),
        ({"input": 1, "total": 9}, "9"),
        ({"input": 1, "cache": 1}, None),
        ({"total": 0}, "0"),
    ],
)
def test_provided_cost_stands(cost: dict[str, Any], total: str | None) -> None:
    costed = cost_of(CostInput(NOW, {"input": 3}, cost, matched=model(input="7")))
    assert costed.total_cost == (None if total is None else Decimal(total))
    assert costed.cost_details.keys() == cost.keys()
    assert costed.prices is None


def test_reduced_triples_sum_the_keys_that_contain_the_word() -> None:
    usage = {
        "input": 1,
        "input_cached_tokens": 2,
        "cache_read_input_tokens": 4,
        "output": 8,
        "output_audio": 16,
    }
    costed = cost_of(CostInput(NOW, usage, {"input": 1, "input_cached_tokens": 2, "output": 3}))
    assert (costed.input_tokens, costed.output_tokens, costed.total_tokens) == (7, 24, 31)
    assert (costed.input_cost, costed.output_cost) == (Decimal(3), Decimal(3))


def test_no_such_cost_is_no_zero() -> None:
    costed = cost_of(CostInput(NOW, {"total": 3}, matched=model(total="1")))
    assert (costed.input_cost, costed.output_cost, costed.total_cost) == (None, None, Decimal(3))


def test_numbers_beyond_the_columns_are_cut() -> None:
    costed = cost_of(CostInput(NOW, {"input": 10**400}, matched=model(input="1e9")))
    assert costed.input_tokens == costed.total_tokens == MAX_UNITS
    assert costed.total_cost == MAX_COST
    assert cost_of(CostInput(NOW, {}, {"total": 1e300})).total_cost == MAX_COST
    assert cost_of(CostInput(NOW, {}, {"total": float("nan")})).total_cost is None


def test_no_cost_is_finer_than_the_column() -> None:
    costed = cost_of(CostInput(NOW, {}, {"input": Decimal("1e-999999"), "output": Decimal("0.1")}))
    assert (costed.total_cost, costed.input_cost) == (Decimal("0.1"), Decimal(0))


def test_the_ends_of_time_have_prices() -> None:
    for moment in (datetime.min, datetime.max):
        for zone in (timezone(timedelta(hours=-14)), timezone(timedelta(hours=14))):
            source = CostInput(moment.replace(tzinfo=zone), {"input": 1}, matched=find_shipped("o3"))
            assert cost_of(source).total_cost is not None


def test_an_error_is_not_tokenised() -> None:
    source = CostInput(NOW, matched=find_shipped("gpt-4o"), input="hello", level="ERROR")
    assert cost_of(source).usage_details == {}


def test_text_is_tokenised_where_usage_is_missing() -> None:
    costed = cost_of(CostInput(NOW, matched=find_shipped("gpt-4o"), input="hello world", output="hello"))
    assert costed.usage_details == {"input": 2, "output": 1, "total": 3}
    assert costed.total_cost == Decimal("0.000015")
    assert not costed.estimated


def test_a_provided_cost_keeps_text_from_being_tokenised() -> None:
    costed = cost_of(CostInput(NOW, {}, {"total": 1}, matched=find_shipped("gpt-4o"), input="hello"))
    assert costed.usage_details == {}
