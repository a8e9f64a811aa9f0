"""The body of a model definition in, a checked definition out; or all that is wrong with it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from langfuse_site.lib.errors import InvalidData, issue
from tracing.costs.tiers import (
    MAX_PATTERN,
    UsageCondition,
    compiled_pattern,
    condition_shape,
    is_storable,
    read_condition,
)

UNITS = ("CHARACTERS", "TOKENS", "MILLISECONDS", "SECONDS", "IMAGES", "REQUESTS")
TOKENIZERS = ("openai", "claude")
FLAT_PRICES = {"inputPrice": "input", "outputPrice": "output", "totalPrice": "total"}
STANDARD = "Standard"

MAX_NAME = 200
"""Names stand in an index."""
MAX_MATCH_PATTERN = 1000
MAX_TIERS = 50
MAX_CONDITIONS = 20
MAX_PRICES = 200
MAX_PRICE = Decimal(10) ** 9
"""USD per unit; what a cost column holds is bounded."""

MAX_VALUE = Decimal(10) ** 15
"""Units that a condition compares with; sums of units stay below."""

_BACK_REFERENCE = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9]")

Issue = dict[str, Any]
Path = tuple[str | int, ...]


class TierDefinition(msgspec.Struct, frozen=True):
    name: str
    is_default: bool
    priority: int
    conditions: list[dict[str, Any]]
    prices: dict[str, str]
    """Decimal numbers as text."""


class ModelDefinition(msgspec.Struct, frozen=True):
    model_name: str
    match_pattern: str
    start_date: datetime | None
    unit: str
    tokenizer_id: str | None
    tokenizer_config: dict[str, Any] | None
    tiers: list[TierDefinition]


class _TierBody(msgspec.Struct):
    name: str
    isDefault: bool
    priority: int
    conditions: list[Any]
    prices: dict[str, Any]


class _ModelBody(msgspec.Struct):
    modelName: str
    matchPattern: str
    startDate: str | None = None
    unit: str | None = None
    inputPrice: Any = None
    outputPrice: Any = None
    totalPrice: Any = None
    pricingTiers: list[_TierBody] | None = None
    tokenizerId: str | None = None
    tokenizerConfig: dict[str, Any] | None = None


def read_definition(body: Any) -> ModelDefinition:
    """Return the definition of a request's body; raise `InvalidData` with every fault that it has."""
    try:
        given = msgspec.convert(body, _ModelBody)
    except msgspec.ValidationError as error:
        raise _shape_error(error) from error
    faults = [*_field_faults(given), *_price_faults(given), *_tier_faults(given.pricingTiers or [])]
    if faults:
        raise InvalidData(faults)
    return ModelDefinition(
        model_name=given.modelName,
        match_pattern=given.matchPattern,
        start_date=_moment(given.startDate),
        unit=given.unit or "TOKENS",
        tokenizer_id=given.tokenizerId or None,
        tokenizer_config=given.tokenizerConfig,
        tiers=_tiers(given),
    )


def pattern_fault(text: str) -> str | None:
    """Return what is wrong with a pattern for names, as far as can be told without PostgreSQL."""
    if not 1 <= len(text) <= MAX_MATCH_PATTERN:
        return f"Expected 1 to {MAX_MATCH_PATTERN} characters"
    return "Back-references are too costly to match names with" if _BACK_REFERENCE.search(text) else None


def tier_faults(tiers: Sequence[Mapping[str, Any]]) -> list[Issue]:
    """Return what is wrong with the tiers of one model, in the form of a request's body."""
    try:
        return list(_tier_faults(msgspec.convert(list(tiers), list[_TierBody])))
    except msgspec.ValidationError as error:
        return _shape_error(error).issues


def price_text(value: Any) -> str | None:
    """Return a price as decimal text, or None for what is no price."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    return f"{price:f}" if is_storable(price) and 0 <= price <= MAX_PRICE else None


def _shape_error(error: msgspec.ValidationError) -> InvalidData:
    message, _, path = str(error).partition(" - at `$")
    keys = path.rstrip("`").replace("[", ".").replace("]", "").split(".")
    return InvalidData([issue([key for key in keys if key], message, code="invalid_type")])


def _field_faults(given: _ModelBody) -> Iterator[Issue]:
    if not 1 <= len(given.modelName) <= MAX_NAME:
        yield issue(["modelName"], f"Expected 1 to {MAX_NAME} characters")
    fault = pattern_fault(given.matchPattern)
    if fault:
        yield issue(["matchPattern"], fault)
    if given.startDate and _moment(given.startDate) is None:
        yield issue(["startDate"], "Expected an ISO 8601 date or date and time", code="invalid_string")
    if given.unit is not None and given.unit not in UNITS:
        yield issue(["unit"], f"Expected one of {', '.join(UNITS)}", code="invalid_enum_value")
    if given.tokenizerId and given.tokenizerId not in TOKENIZERS:
        yield issue(["tokenizerId"], f"Expected one of {', '.join(TOKENIZERS)}", code="invalid_enum_value")


def _price_faults(given: _ModelBody) -> Iterator[Issue]:
    flat = {name: price for name in FLAT_PRICES if (price := getattr(given, name)) is not None}
    for name, price in flat.items():
        if isinstance(price, str) or price_text(price) is None:
            yield issue([name], "Expected a number that is not negative", code="invalid_type")
    if "totalPrice" in flat and len(flat) > 1:
        yield issue(["totalPrice"], "totalPrice can't be set together with inputPrice or outputPrice")
    if flat and given.pricingTiers:
        yield issue(["pricingTiers"], "pricingTiers can't be set together with flat prices")
    if given.pricingTiers == []:
        yield issue(["pricingTiers"], "Expected at least one tier", code="too_small")


def _tier_faults(tiers: Sequence[_TierBody]) -> Iterator[Issue]:
    if not tiers:
        return
    if len(tiers) > MAX_TIERS:
        yield issue(["pricingTiers"], f"Expected at most {MAX_TIERS} tiers", code="too_big")
    if sum(tier.isDefault for tier in tiers) != 1:
        yield issue(["pricingTiers"], "Exactly one tier must be the default (isDefault=true)")
    if len({tier.priority for tier in tiers}) < len(tiers):
        yield issue(["pricingTiers"], "The priorities of a model's tiers must differ")
    if len({tier.name for tier in tiers}) < len(tiers):
        yield issue(["pricingTiers"], "The names of a model's tiers must differ")
    if len({frozenset(tier.prices) for tier in tiers}) > 1:
        yield issue(["pricingTiers"], "All tiers of a model must price the same usage keys")
    for index, tier in enumerate(tiers):
        yield from _faults_of_tier(tier, ("pricingTiers", index))


def _faults_of_tier(tier: _TierBody, path: Path) -> Iterator[Issue]:
    if not 1 <= len(tier.name) <= MAX_NAME:
        yield issue([*path, "name"], f"Expected 1 to {MAX_NAME} characters")
    if tier.isDefault and (tier.priority != 0 or tier.conditions):
        yield issue(path, "The default tier must have priority 0 and no conditions")
    if not tier.isDefault and not 1 <= tier.priority < 2**31:
        yield issue([*path, "priority"], "The priority of a tier with conditions must be 1 or more")
    if not tier.isDefault and not 1 <= len(tier.conditions) <= MAX_CONDITIONS:
        yield issue([*path, "conditions"], f"A tier that isn't the default needs 1 to {MAX_CONDITIONS}")
    if not 1 <= len(tier.prices) <= MAX_PRICES:
        yield issue([*path, "prices"], f"Expected 1 to {MAX_PRICES} prices")
    for key, price in tier.prices.items():
        if not key or price_text(price) is None:
            yield issue([*path, "prices", key], "Expected a number that is not negative", code="invalid_type")
    for index, condition in enumerate(tier.conditions):
        yield from _faults_of_condition(condition, (*path, "conditions", index))


def _faults_of_condition(raw: Any, path: Path) -> Iterator[Issue]:
    try:
        condition = read_condition(raw)
    except msgspec.ValidationError as error:
        yield issue(path, str(error), code="invalid_union")
        return
    if not isinstance(condition, UsageCondition):
        if not condition.values:
            yield issue([*path, "values"], "Expected at least one value", code="too_small")
        return
    if not condition.value.is_finite() or abs(condition.value) > MAX_VALUE:
        yield issue([*path, "value"], "Expected a number of units", code="invalid_type")
    pattern = condition.usage_detail_pattern
    if not pattern or compiled_pattern(pattern, condition.case_sensitive) is None:
        text = f"Expected a regular expression of 1 to {MAX_PATTERN} characters, without large nested repeats"
        yield issue([*path, "usageDetailPattern"], text, code="invalid_string")


def _tiers(given: _ModelBody) -> list[TierDefinition]:
    bodies = given.pricingTiers or [_flat_tier(given)]
    return [
        TierDefinition(
            name=body.name,
            is_default=body.isDefault,
            priority=body.priority,
            conditions=[condition_shape(read_condition(raw)) for raw in body.conditions],
            prices={key: price_text(price) or "0" for key, price in body.prices.items()},
        )
        for body in sorted(bodies, key=lambda body: body.priority)
    ]


def _flat_tier(given: _ModelBody) -> _TierBody:
    prices = {key: price for name, key in FLAT_PRICES.items() if (price := getattr(given, name)) is not None}
    return _TierBody(name=STANDARD, isDefault=True, priority=0, conditions=[], prices=prices)


def _moment(text: str | None) -> datetime | None:
    """Return a moment of ISO text, which without a zone is UTC."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
