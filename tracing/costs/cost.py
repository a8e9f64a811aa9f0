"""What is known of an observation in, its usage and cost with all that explains them out."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Context, Decimal

import msgspec

from tracing.costs.keys import once_each
from tracing.costs.pricing import PricedModel
from tracing.costs.tiers import Attributes, Tier, find_tier
from tracing.costs.usage import counted_usage, final_usage

MAX_UNITS = 2**53 - 1
"""More is cut where it enters a sum: bigint columns hold the sum of a thousand such."""
MAX_COST = Decimal(10) ** 24
"""More is cut as well: a column of costs holds 35 digits before the point."""

SMALLEST = Decimal("1e-30")
"""What follows is rounded away: the column's scale."""

_exact = Context(prec=80)


class CostInput(msgspec.Struct, frozen=True):
    """An observation, merged: `input` and `output` as stored; `matched` is what its model's name matched."""

    start_time: datetime
    provided_usage: dict[str, int] = {}
    provided_cost: Mapping[str, Decimal | float | int] = {}
    level: str = "DEFAULT"
    model: str | None = None
    matched: PricedModel | None = None
    input: str | None = None
    output: str | None = None
    model_parameters: Attributes = None
    metadata: Attributes = None


class Costed(msgspec.Struct, frozen=True):
    """Usage and cost by key, the model and tier that priced it, and the sums that lists show.

    `prices` are USD per unit by usage key, where the cost was computed; null where it was provided.
    """

    usage_details: dict[str, int] = {}
    cost_details: dict[str, Decimal] = {}
    total_cost: Decimal | None = None
    prices: dict[str, Decimal] | None = None
    model_id: str | None = None
    tier_id: str | None = None
    tier_name: str | None = None
    estimated: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    input_cost: Decimal | None = None
    output_cost: Decimal | None = None


NOTHING = Costed()
"""What spans and events cost: most observations are none of a model."""


def cost_of(source: CostInput) -> Costed:
    """Return the usage and cost of an observation; nothing that a client sent makes it fail."""
    if source.matched is None and not source.provided_usage and not source.provided_cost:
        return NOTHING
    provided = _storable(source.provided_cost)
    usage, estimated = _usage(source, has_cost=bool(provided))
    model = source.matched
    billed = once_each(usage) if model is not None and model.shipped else usage
    tier = _tier(source, billed) if usage else None
    if provided:
        costs, total, prices = provided, _provided_total(provided), None
    else:
        costs, total, prices = _computed(billed, tier)
    return Costed(
        usage_details=usage,
        cost_details=costs,
        total_cost=total,
        prices=prices,
        model_id=model.id if model else None,
        tier_id=tier.id if tier else None,
        tier_name=tier.name if tier else None,
        estimated=estimated,
        input_tokens=_tokens_of(usage, "input"),
        output_tokens=_tokens_of(usage, "output"),
        total_tokens=min(usage.get("total", 0), MAX_UNITS),
        input_cost=_cost_of_part(costs, "input"),
        output_cost=_cost_of_part(costs, "output"),
    )


def _usage(source: CostInput, *, has_cost: bool) -> tuple[dict[str, int], bool]:
    if source.provided_usage:
        return final_usage(source.provided_usage), False
    if source.matched is None or has_cost or source.level == "ERROR":
        return {}, False
    return counted_usage(source.matched, source.input, source.output)


def _tier(source: CostInput, usage: dict[str, int]) -> Tier | None:
    if source.matched is None:
        return None
    tiers = source.matched.tiers_at(source.start_time)
    return find_tier(tiers, usage, parameters=source.model_parameters, metadata=source.metadata)


def _computed(
    usage: dict[str, int], tier: Tier | None
) -> tuple[dict[str, Decimal], Decimal | None, dict[str, Decimal] | None]:
    """Return the cost by usage key, the total (a priced `total`, else the sum) and the prices used."""
    if tier is None:
        return {}, None, None
    prices = {key: tier.prices[key] for key in usage if key in tier.prices}
    if not prices:
        return {}, None, None
    costs = {key: _cut(_exact.multiply(price, min(usage[key], MAX_UNITS))) for key, price in prices.items()}
    total = costs["total"] if "total" in costs else _cut(_sum(costs))
    costs["total"] = total
    return costs, total, prices


def _provided_total(costs: dict[str, Decimal]) -> Decimal | None:
    if "total" in costs:
        return costs["total"]
    return _cut(_sum(costs)) if costs.keys() <= {"input", "output"} else None


def _storable(costs: Mapping[str, Decimal | float | int]) -> dict[str, Decimal]:
    """Return the costs as decimals, without what is no amount of money."""
    if not costs:
        return {}
    amounts = {key: _decimal(cost) for key, cost in costs.items() if cost is not None}
    return {key: _rounded(_cut(amount)) for key, amount in amounts.items() if amount.is_finite()}


def _decimal(cost: Decimal | float | int) -> Decimal:
    if isinstance(cost, Decimal):
        return cost
    return Decimal(repr(cost)) if isinstance(cost, float) else Decimal(min(cost, 10**24))


def _rounded(amount: Decimal) -> Decimal:
    exponent = amount.as_tuple().exponent
    return amount if isinstance(exponent, int) and exponent >= -30 else _exact.quantize(amount, SMALLEST)


def _cut(amount: Decimal) -> Decimal:
    return amount if amount < MAX_COST else MAX_COST


def _sum(costs: Mapping[str, Decimal]) -> Decimal:
    total = Decimal(0)
    for cost in costs.values():
        total = _exact.add(total, cost)
    return total


def _tokens_of(usage: dict[str, int], part: str) -> int:
    return min(sum([n for key, n in usage.items() if part in key]), MAX_UNITS)


def _cost_of_part(costs: dict[str, Decimal], part: str) -> Decimal | None:
    parts = {key: cost for key, cost in costs.items() if part in key}
    return _cut(_sum(parts)) if parts else None
