"""Pricing tiers and what an observation used in, the tier that applies to it out.

Patterns come from users: they are searched by `regex`, which can be stopped, in keys that are cut short; a
pattern that took too long once is not tried again. Whatever goes wrong, a condition is then not met.
"""

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

import msgspec
import regex  # type: ignore[import-untyped]

MAX_PATTERN = 200
MAX_KEY = 200
MAX_REPEATS = 1_000
"""Counted repeats, multiplied: `regex` writes nested ones out when it compiles, to gigabytes."""
SEARCH_SECONDS = 0.01
MAX_DECIMALS = 60
"""Of a price: PostgreSQL's jsonb takes no more than 16,383, and few characters can name millions."""

Operator = Literal["gt", "gte", "lt", "lte", "eq", "neq"]
Source = Literal["model_parameters", "metadata"]
Attributes = Mapping[str, Any] | str | None
"""An object, or the text of one: it is parsed only if a condition asks for it."""

_COUNTED = re.compile(r"\{[^{}]*\d[^{}]*\}")
_stopped: set[tuple[str, bool]] = set()


class UsageCondition(msgspec.Struct, frozen=True, rename="camel"):
    """The units whose key matches, summed, compare to a value."""

    usage_detail_pattern: str
    operator: Operator
    value: Decimal
    case_sensitive: bool = False


class AttributeCondition(msgspec.Struct, frozen=True, rename="camel"):
    """A top-level attribute of the observation is one of the values."""

    source: Source
    key: str
    operator: Literal["in"]
    values: tuple[str, ...]


Condition = UsageCondition | AttributeCondition


class Tier(msgspec.Struct, frozen=True):
    """USD per unit by usage key, where all conditions hold; the default tier has none."""

    id: str
    name: str
    is_default: bool
    priority: int
    conditions: tuple[Condition, ...]
    prices: dict[str, Decimal]


def read_tier(
    *, id: str, name: str, is_default: bool, priority: int, conditions: Any, prices: Any
) -> Tier | None:
    """Return a stored tier, or None where what is stored can't be read."""
    try:
        amounts = msgspec.convert(prices, dict[str, Decimal], strict=False)
        read = tuple(read_condition(condition) for condition in conditions or ())
    except (msgspec.ValidationError, TypeError, ArithmeticError):
        return None
    if not all(is_storable(amount) for amount in amounts.values()):
        return None
    return Tier(id=id, name=name, is_default=is_default, priority=priority, conditions=read, prices=amounts)


def is_storable(price: Decimal) -> bool:
    """Return whether costs that are computed with this price can be stored."""
    exponent = price.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MAX_DECIMALS


def read_condition(raw: Any) -> Condition:
    """Return a condition of its JSON form; raise `msgspec.ValidationError` where it is neither kind."""
    kind: type[Condition] = (
        UsageCondition if isinstance(raw, dict) and "usageDetailPattern" in raw else AttributeCondition
    )
    return msgspec.convert(raw, kind)


def condition_shape(condition: Condition) -> dict[str, Any]:
    """Return a condition in the JSON form that it is read from."""
    shape: dict[str, Any] = msgspec.to_builtins(condition)
    if isinstance(condition, UsageCondition):
        value = condition.value
        shape["value"] = int(value) if value == value.to_integral_value() else float(value)
    return shape


def find_tier(
    tiers: Sequence[Tier], usage: Mapping[str, int], *, parameters: Attributes, metadata: Attributes
) -> Tier | None:
    """Return the first tier by priority whose conditions all hold, else the default one."""
    if len(tiers) == 1 and tiers[0].is_default:
        return tiers[0]
    attributes: dict[str, Attributes] = {"model_parameters": parameters, "metadata": metadata}
    for tier in sorted(tiers, key=lambda tier: tier.priority):
        if (
            tier.conditions
            and not tier.is_default
            and all(_holds(c, usage, attributes) for c in tier.conditions)
        ):
            return tier
    return next((tier for tier in tiers if tier.is_default), None)


def _holds(condition: Condition, usage: Mapping[str, int], attributes: dict[str, Attributes]) -> bool:
    if isinstance(condition, UsageCondition):
        return _usage_holds(condition, usage)
    value = _attribute(attributes.get(condition.source), condition.key)
    return value is not None and value in condition.values


def _usage_holds(condition: UsageCondition, usage: Mapping[str, int]) -> bool:
    pattern, exact_case = condition.usage_detail_pattern, condition.case_sensitive
    if not condition.value.is_finite() or (pattern, exact_case) in _stopped:
        return False
    if compiled_pattern(pattern, exact_case) is None:
        return False
    try:
        units = sum(n for key, n in usage.items() if _matches(pattern, exact_case, key[:MAX_KEY]))
    except TimeoutError:
        _stopped.add((pattern, exact_case))
        return False
    return _compare(units, condition.operator, condition.value)


def _compare(units: int, operator: Operator, value: Decimal) -> bool:
    match operator:
        case "gt":
            return units > value
        case "gte":
            return units >= value
        case "lt":
            return units < value
        case "lte":
            return units <= value
        case "eq":
            return units == value
        case "neq":
            return units != value


@lru_cache(maxsize=4096)
def _matches(pattern: str, exact_case: bool, key: str) -> bool:
    compiled = compiled_pattern(pattern, exact_case)
    return compiled is not None and compiled.search(key, timeout=SEARCH_SECONDS) is not None


@lru_cache(maxsize=512)
def compiled_pattern(pattern: str, exact_case: bool) -> Any:
    """Return the compiled pattern, or None where it is too long or not a regular expression."""
    if len(pattern) > MAX_PATTERN or _repeats(pattern) > MAX_REPEATS:
        return None
    try:
        return regex.compile(pattern, 0 if exact_case else regex.IGNORECASE)
    except (regex.error, OverflowError, RecursionError, MemoryError):
        return None


def _repeats(pattern: str) -> int:
    counts = (
        max(1, *(int(digits) for digits in re.findall(r"\d+", part))) for part in _COUNTED.findall(pattern)
    )
    return math.prod(counts)


def _attribute(source: Attributes, key: str) -> str | None:
    """Return a top-level attribute's string form; None for what is no string, number or boolean."""
    if isinstance(source, str):
        try:
            source = msgspec.json.decode(source)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None
    value = source.get(key) if isinstance(source, Mapping) else None
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case float() if value.is_integer():
            return str(int(value))
        case int() | float() | Decimal():
            return str(value)
    return None
