"""The JSON text of a `filter` parameter, or parsed conditions of another, in; validated conditions out."""

import re
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from langfuse_site.lib.errors import InvalidData, InvalidRequest, issue

Compare = Literal["=", ">", "<", ">=", "<="]
Match = Literal["=", "contains", "does not contain", "starts with", "ends with", "matches"]
Options = Literal["any of", "none of"]
Same = Literal["=", "<>"]

# A condition says which column (its id or its display name), how, and with what it is compared.


class DatetimeCondition(msgspec.Struct, frozen=True, tag_field="type", tag="datetime"):
    column: str
    operator: Literal[">", "<", ">=", "<="]
    value: datetime


class StringCondition(msgspec.Struct, frozen=True, tag_field="type", tag="string"):
    column: str
    operator: Match
    value: str


class NumberCondition(msgspec.Struct, frozen=True, tag_field="type", tag="number"):
    column: str
    operator: Compare
    value: float


class StringOptionsCondition(msgspec.Struct, frozen=True, tag_field="type", tag="stringOptions"):
    column: str
    operator: Options
    value: list[str]


class ArrayOptionsCondition(msgspec.Struct, frozen=True, tag_field="type", tag="arrayOptions"):
    column: str
    operator: Literal["any of", "none of", "all of"]
    value: list[str]


class CategoryOptionsCondition(msgspec.Struct, frozen=True, tag_field="type", tag="categoryOptions"):
    column: str
    operator: Options
    key: str
    value: list[str]


class StringObjectCondition(msgspec.Struct, frozen=True, tag_field="type", tag="stringObject"):
    column: str
    operator: Match
    key: str
    value: str


class NumberObjectCondition(msgspec.Struct, frozen=True, tag_field="type", tag="numberObject"):
    column: str
    operator: Compare
    key: str
    value: float


class BooleanObjectCondition(msgspec.Struct, frozen=True, tag_field="type", tag="booleanObject"):
    column: str
    operator: Same
    key: str
    value: bool


class BooleanCondition(msgspec.Struct, frozen=True, tag_field="type", tag="boolean"):
    column: str
    operator: Same
    value: bool


class NullCondition(msgspec.Struct, frozen=True, tag_field="type", tag="null"):
    column: str
    operator: Literal["is null", "is not null"]


Condition = (
    DatetimeCondition
    | StringCondition
    | NumberCondition
    | StringOptionsCondition
    | ArrayOptionsCondition
    | CategoryOptionsCondition
    | StringObjectCondition
    | NumberObjectCondition
    | BooleanObjectCondition
    | BooleanCondition
    | NullCondition
)

_PLACE = re.compile(r"^(?P<message>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\[(\d+)\]|\.(\w+)")
_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""Stored text has U+FFFD in its place, and so has what is looked for."""


def decode_conditions(text: str) -> list[Condition]:
    """Return the conditions of a `filter` parameter, all of which must hold."""
    return conditions_of(decode_parameter(text, name="filter"), at="filter")


def decode_parameter(text: str, *, name: str) -> Any:
    """Return what the JSON text of a parameter says, NULs replaced as they are in what is stored."""
    try:
        return msgspec.json.decode(_ESCAPED_NUL.sub(r"\1\\ufffd", text))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise InvalidRequest(f"Invalid JSON in {name} parameter") from error


def conditions_of(raw: Any, *, at: str) -> list[Condition]:
    """Return parsed conditions as structs; issues are told with paths that begin with `at`."""
    try:
        conditions = msgspec.convert(raw, list[Condition])
    except msgspec.ValidationError as error:
        raise InvalidData([_issue_of(str(error), at)]) from error
    for index, condition in enumerate(conditions):
        if isinstance(condition, StringOptionsCondition) and not condition.value:
            raise InvalidData([issue([at, index, "value"], "Expected at least one option")])
    return conditions


def _issue_of(message: str, at: str) -> dict[str, object]:
    match = _PLACE.match(message)
    assert match is not None
    steps = _STEP.findall(match["path"] or "")
    path = [at, *(int(index) if index else name for index, name in steps)]
    return issue(path, match["message"], code="invalid_type")


def utc(moment: datetime) -> datetime:
    """Return the moment with a zone; one without is taken as UTC, as clients of the reference expect."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
