"""Which tier applies."""

from typing import Any

import pytest

from tracing.costs.definition import price_text
from tracing.costs.tiers import Tier, compiled_pattern, find_tier, read_tier

LARGE = {"usageDetailPattern": "^INPUT", "operator": "gt", "value": 200, "caseSensitive": False}
FLEX = {
    "source": "model_parameters",
    "key": "service_tier",
    "operator": "in",
    "values": ["flex", "1", "true"],
}


def tier(name: str, priority: int, conditions: list[Any]) -> Tier:
    made = read_tier(
        id=name,
        name=name,
        is_default=priority == 0,
        priority=priority,
        conditions=conditions,
        prices={"input": "1"},
    )
    assert made is not None
    return made


def chosen(conditions: list[Any], usage: dict[str, int], **attributes: Any) -> str:
    tiers = [tier("special", 1, conditions), tier("default", 0, [])]
    found = find_tier(
        tiers, usage, parameters=attributes.get("parameters"), metadata=attributes.get("metadata")
    )
    assert found is not None
    return found.name


@pytest.mark.parametrize(
    ("operator", "units", "holds"),
    [
        ("gt", 201, True),
        ("gt", 200, False),
        ("gte", 200, True),
        ("lt", 199, True),
        ("lte", 200, True),
        ("eq", 200, True),
        ("eq", 201, False),
        ("neq", 201, True),
        ("neq", 200, False),
    ],
)
def test_operators(operator: str, units: int, holds: bool) -> None:
    name = chosen([{**LARGE, "operator": operator}], {"input": units - 50, "input_cached": 50, "output": 999})
    assert name == ("special" if holds else "default")


def test_no_number_compares_with_nothing() -> None:
    assert chosen([{**LARGE, "operator": "neq", "value": "NaN"}], {"input": 500}) == "default"


def test_case_matters_if_asked() -> None:
    assert chosen([{**LARGE, "caseSensitive": True}], {"input": 500}) == "default"


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({"service_tier": "flex"}, True),
        ('{"service_tier": "flex"}', True),
        ({"service_tier": 1}, True),
        ({"service_tier": 1.0}, True),
        ({"service_tier": True}, True),
        ({"service_tier": ["flex"]}, False),
        ({"service_tier": None}, False),
        ({"deep": {"service_tier": "flex"}}, False),
        ("not json", False),
        ("[1]", False),
        (None, False),
    ],
)
def test_attributes(parameters: Any, holds: bool) -> None:
    assert chosen([FLEX], {"input": 1}, parameters=parameters) == ("special" if holds else "default")


def test_metadata_is_another_source() -> None:
    condition = {**FLEX, "source": "metadata"}
    assert chosen([condition], {"input": 1}, metadata={"service_tier": "flex"}) == "special"
    assert chosen([condition], {"input": 1}, parameters={"service_tier": "flex"}) == "default"


def test_all_conditions_must_hold() -> None:
    assert chosen([LARGE, FLEX], {"input": 500}) == "default"
    assert chosen([LARGE, FLEX], {"input": 500}, parameters={"service_tier": "flex"}) == "special"


def test_a_tier_without_conditions_never_matches() -> None:
    assert chosen([], {"input": 500}) == "default"


def test_the_lowest_priority_wins() -> None:
    tiers = [tier("default", 0, []), tier("second", 2, [LARGE]), tier("first", 1, [LARGE])]
    found = find_tier(tiers, {"input": 500}, parameters=None, metadata=None)
    assert found is not None
    assert found.name == "first"


@pytest.mark.parametrize("pattern", ["(a+)+$", "(((a{1000}){1000}){1000})", "(", "a" * 201, "(?R)?a"])
def test_costly_and_broken_patterns_are_false(pattern: str) -> None:
    assert chosen([{**LARGE, "usageDetailPattern": pattern}], {"a" * 150 + "!": 10**6}) == "default"


def test_counted_repeats_are_bounded_before_they_compile() -> None:
    assert compiled_pattern("a{1000}", False) is not None
    assert compiled_pattern("(a{40}){40}", False) is None


def test_unreadable_tiers_are_left_out() -> None:
    common = {"id": "x", "name": "x", "is_default": True, "priority": 0}
    assert read_tier(**common, conditions=[{"operator": "in"}], prices={}) is None  # type: ignore[arg-type]
    assert read_tier(**common, conditions=[], prices={"input": "many"}) is None  # type: ignore[arg-type]
    assert read_tier(**common, conditions=[], prices={"input": "NaN"}) is None  # type: ignore[arg-type]


def test_a_price_too_fine_to_store_is_refused() -> None:
    assert price_text("1e-60") is not None
    assert price_text("1e-61") is None
    assert price_text("1e-999999999") is None
    tier: dict[str, Any] = {
        "id": "t",
        "name": "Standard",
        "is_default": True,
        "priority": 0,
        "conditions": [],
    }
    assert read_tier(**tier, prices={"input": "1e-20000"}) is None
