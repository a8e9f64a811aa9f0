"""`usage`, `usageDetails` and `costDetails` of an event in, the provided usage and cost maps out."""

import re
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from tracing.wire.text import too_deep

MAX_UNITS = 10**13
"""More units of a kind than any call has, and few enough that the sums of a trace fit eight bytes."""

MAX_COST = Decimal(10) ** 15
"""More US dollars than any call costs; the columns hold 35 digits before the point and 30 after."""

COST_STEP = Decimal(1).scaleb(-30)

NUMBER = re.compile(rb"-?\d{1,100}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,3})?")
DIGITS = re.compile(r"\s*\+?(\d{1,100})")

Unit = Literal["CHARACTERS", "TOKENS", "SECONDS", "MILLISECONDS", "IMAGES", "REQUESTS"]
Count = int | float | None


class Usage(Struct, frozen=True, gc=False, rename="camel"):
    """The older `usage` object, in its own or in OpenAI's words."""

    input: Count = None
    output: Count = None
    total: Count = None
    unit: Unit | None = None
    input_cost: Raw = Raw()
    output_cost: Raw = Raw()
    total_cost: Raw = Raw()
    prompt_tokens: Count | UnsetType = UNSET
    completion_tokens: Count | UnsetType = UNSET
    total_tokens: Count | UnsetType = UNSET

    def __post_init__(self) -> None:
        check_count("input", self.input)
        check_count("output", self.output)
        check_count("total", self.total)
        check_count("promptTokens", self.prompt_tokens)
        check_count("completionTokens", self.completion_tokens)
        check_count("totalTokens", self.total_tokens)
        if len(self.input_cost) or len(self.output_cost) or len(self.total_cost):
            check_cost("inputCost", self.input_cost)
            check_cost("outputCost", self.output_cost)
            check_cost("totalCost", self.total_cost)

    @property
    def is_openai(self) -> bool:
        """OpenAI's words take over as soon as one of them is there, even as null."""
        return not (
            self.prompt_tokens is UNSET and self.completion_tokens is UNSET and self.total_tokens is UNSET
        )


def check_count(name: str, value: Count | UnsetType) -> None:
    """Raise ValueError unless `value` is absent or a whole number that can be stored."""
    if value is None or value is UNSET:
        return
    if value != int(value):
        raise ValueError(f"{name} must be a whole number")
    if not -MAX_UNITS <= value <= MAX_UNITS:
        raise ValueError(f"{name} is larger than {MAX_UNITS}")


def check_cost(name: str, raw: Raw) -> None:
    """Raise ValueError unless `raw` is absent, null or a number that can be stored."""
    text = bytes(raw)
    if text and text != b"null" and cost_of(text) is None:
        raise ValueError(f"{name} must be a number below {MAX_COST:.0e}")


COSTS = Context(prec=50)


def cost_of(number: bytes) -> Decimal | None:
    """Return a JSON number as a cost to 30 decimals; None for anything else or out of reach."""
    if not NUMBER.fullmatch(number):
        return None
    value = Decimal(number.decode())
    if abs(value) >= MAX_COST:
        return None
    return value.quantize(COST_STEP, context=COSTS)


def count_of(number: bytes) -> int | None:
    """Return a JSON number as a count; None for fractions, negatives and what is out of reach."""
    if number.isdigit() and len(number) <= len(str(MAX_UNITS)):
        count = int(number)
        return count if count <= MAX_UNITS else None
    if not NUMBER.fullmatch(number):
        return None
    value = Decimal(number.decode())
    if not 0 <= value <= MAX_UNITS or value != value.to_integral_value():
        return None
    return int(value)


def provided_usage(usage: Usage | None, details: Mapping[str, Raw] | None) -> dict[str, int]:
    """Return what one event says of its usage; empty where it says nothing that counts."""
    detailed = usage_details(details) if details else {}
    if usage is None:
        return detailed
    counts = {name: int(value) for name, value in _counts(usage).items() if value is not None}
    if "total" not in counts and counts and not detailed:
        counts["total"] = sum(counts.values())
    return counts | detailed


def _counts(usage: Usage) -> dict[str, Count]:
    if not usage.is_openai:
        return {"input": usage.input, "output": usage.output, "total": usage.total}
    said = {"input": usage.prompt_tokens, "output": usage.completion_tokens, "total": usage.total_tokens}
    return {name: None if count is UNSET else count for name, count in said.items()}


def provided_cost(usage: Usage | None, details: Mapping[str, Raw] | None) -> dict[str, str]:
    """Return what one event says of its cost in US dollars, as decimal text."""
    costs: dict[str, Decimal] = {}
    if usage is not None and not usage.is_openai:
        older = {"input": usage.input_cost, "output": usage.output_cost, "total": usage.total_cost}
        costs = _known({name: cost_of(bytes(raw)) for name, raw in older.items()})
    newer = _known({name: cost_of(bytes(raw)) for name, raw in (details or {}).items()})
    costs |= {name: cost for name, cost in newer.items() if cost >= 0}
    return {name: decimal_text(cost) for name, cost in costs.items()}


def _known(costs: Mapping[str, Decimal | None]) -> dict[str, Decimal]:
    return {name: cost for name, cost in costs.items() if cost is not None}


def decimal_text(value: Decimal) -> str:
    """Return plain decimal notation without needless zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def usage_details(details: Mapping[str, Raw]) -> dict[str, int]:
    """Return the counts of a usage map: OpenAI's two shapes in our keys, any other map as it came."""
    for shape in OPENAI_SHAPES:
        known = shape.read(details)
        if known is not None:
            return known
    found = {name: _lenient_count(bytes(raw)) for name, raw in details.items()}
    return {name: count for name, count in found.items() if count is not None}


def whole_counts(numbers: Mapping[str, int | float]) -> dict[str, int]:
    """Return the numbers that are counts: whole, not negative, within reach."""
    return {name: int(n) for name, n in numbers.items() if 0 <= n <= MAX_UNITS and n == int(n)}


def _lenient_count(raw: bytes) -> int | None:
    if not raw.startswith(b'"'):
        return count_of(raw)
    digits = DIGITS.match(msgspec.json.decode(raw, type=str))
    return count_of(digits[1].encode()) if digits else None


class OpenAIShape(Struct, frozen=True):
    """The keys of one of OpenAI's usage objects; one key more, and it is a map like any other."""

    input: str
    output: str

    def read(self, details: Mapping[str, Raw]) -> dict[str, int] | None:
        required = {self.input, self.output, "total_tokens"}
        if not required <= details.keys() or not details.keys() <= required | {
            f"{self.input}_details",
            f"{self.output}_details",
        }:
            return None
        result: dict[str, int] = {}
        parts: dict[str, int] = {}
        for name, key in (("input", self.input), ("output", self.output)):
            count = count_of(bytes(details[key]))
            split = _detail_counts(details.get(f"{key}_details"))
            if count is None or split is None:
                return None
            parts |= {f"{name}_{part}": value for part, value in split.items()}
            result[name] = max(count - sum(split.values()), 0)
        total = count_of(bytes(details["total_tokens"]))
        return None if total is None else {**result, "total": total, **parts}


OPENAI_SHAPES = (
    OpenAIShape("prompt_tokens", "completion_tokens"),
    OpenAIShape("input_tokens", "output_tokens"),
)


def _detail_counts(raw: Raw | None) -> dict[str, int] | None:
    """Return the counts of a details object without its nulls, or None where it isn't one."""
    if raw is None or bytes(raw) == b"null":
        return {}
    if not bytes(raw).startswith(b"{") or too_deep(bytes(raw)):
        return None
    given = {name: bytes(part) for name, part in msgspec.json.decode(raw, type=dict[str, Raw]).items()}
    counts = {name: count_of(part) for name, part in given.items() if part != b"null"}
    return None if None in counts.values() else {k: v for k, v in counts.items() if v is not None}
