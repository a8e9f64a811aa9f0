"""The dated, stepped and conditional prices of one shipped model in, periods with tiers out, latest first."""

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from tracing.costs.keys import QUANTITIES, UNITS_OF_PRICE
from tracing.costs.pricing import Period
from tracing.costs.tiers import AttributeCondition, Condition, Tier, UsageCondition

When = str | list[str] | None
"""Always, from a day on, or between two times of each day, as the packed file has it."""
Amounts = dict[str, Any]
"""Prices by the packed file's keys: text, or `[base, [more input tokens than, price], …]`."""
Variant = tuple[dict[str, str], When, Amounts]

INPUT_KEYS = "input|prompt|cache"
"""Usage keys that count towards the size of an input, on which stepped prices depend."""


def read_periods(
    model_id: str, prices: Sequence[tuple[When, Amounts]], variants: Sequence[Variant]
) -> tuple[Period, ...]:
    """Return the periods of a model's prices; the last one holds whenever no other does."""
    whens = [when for when, _ in prices] + [when for _, when, _ in variants]
    days = sorted({when for when in whens if isinstance(when, str)}, reverse=True)
    hours = [when for when in whens if isinstance(when, list)]
    spans = [(day, span) for day in (*days, None) for span in (*hours, None)]
    return tuple(
        Period(
            since=date.fromisoformat(day) if day else None,
            hours=(time.fromisoformat(span[0]), time.fromisoformat(span[1])) if span else None,
            tiers=_tiers(model_id, *_amounts_in(day, span, prices=prices, variants=variants)),
        )
        for day, span in spans
    )


def _amounts_in(
    day: str | None,
    span: list[str] | None,
    *,
    prices: Sequence[tuple[When, Amounts]],
    variants: Sequence[Variant],
) -> tuple[Amounts, list[tuple[dict[str, str], Amounts]]]:
    """Return the standard prices of a period (the last that holds) and those of each variant."""

    def holds(when: When) -> bool:
        return when is None or when == span or (isinstance(when, str) and day is not None and when <= day)

    standard = next((amounts for when, amounts in reversed(prices) if holds(when)), prices[0][1])
    merged: list[tuple[dict[str, str], Amounts]] = []
    for attributes, when, amounts in variants:
        if not amounts or not holds(when):
            continue
        known = next((own for other, own in merged if other == attributes), None)
        if known is None:
            merged.append((attributes, dict(amounts)))
        else:
            known |= {**amounts, **known}
    return standard, [(attributes, {**standard, **own}) for attributes, own in merged]


def _tiers(
    model_id: str, standard: Amounts, variants: Sequence[tuple[dict[str, str], Amounts]]
) -> tuple[Tier, ...]:
    """Return a tier for each variant and each step of the prices, dearest step first, and the default."""
    tiers: list[Tier] = []
    for attributes, amounts in (*variants, ({}, standard)):
        for step in (*_steps(amounts), None):
            if not attributes and step is None:
                continue
            tiers.append(_tier(model_id, len(tiers) + 1, attributes=attributes, step=step, amounts=amounts))
    default = _tier(model_id, 0, attributes={}, step=None, amounts=standard)
    return (default, *tiers)


def _steps(amounts: Amounts) -> list[int]:
    return sorted({start for value in amounts.values() if isinstance(value, list) for start, _ in value[1:]})[
        ::-1
    ]


def _tier(
    model_id: str, priority: int, *, attributes: dict[str, str], step: int | None, amounts: Amounts
) -> Tier:
    conditions: list[Condition] = [
        AttributeCondition(source="model_parameters", key=key, operator="in", values=(value,))
        for key, value in attributes.items()
    ]
    names = [f"{key} {value}" for key, value in attributes.items()]
    if step is not None:
        conditions.append(UsageCondition(usage_detail_pattern=INPUT_KEYS, operator="gt", value=Decimal(step)))
        names.append(f"over {step:,} input tokens")
    return Tier(
        id=f"{model_id}:{priority}",
        name=", ".join(names) or "Standard",
        is_default=not conditions,
        priority=priority,
        conditions=tuple(conditions),
        prices=unit_prices(amounts, step=step),
    )


def unit_prices(amounts: Amounts, *, step: int | None = None) -> dict[str, Decimal]:
    """Return USD per unit by every usage key that a quantity goes by.

    A model that bills its input alone (embeddings) prices `total` too: some clients send nothing else.
    """
    prices: dict[str, Decimal] = {}
    for quantity in QUANTITIES:
        key = next((key for key in quantity.prices if key in amounts), None)
        if key is not None:
            price = _at_step(amounts[key], step) / UNITS_OF_PRICE[key.rpartition("_")[2]]
            prices |= dict.fromkeys(quantity.names, price)
    if "input" in prices and "output" not in prices:
        prices["total"] = prices["input"]
    return prices


def _at_step(value: str | list[Any], step: int | None) -> Decimal:
    if isinstance(value, str):
        return Decimal(value)
    reached = [price for start, price in value[1:] if step is not None and start <= step]
    return Decimal(reached[-1] if reached else value[0])
