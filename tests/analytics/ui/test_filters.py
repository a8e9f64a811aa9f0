"""Rows of filters: each kind of comparison says what the API's filter says, and comes back from it as it was."""

from typing import Any

import pytest

from analytics.saved.names import VIEW_NAMES
from analytics.ui.filters import OPERATORS, FilterRow, WrongRow, columns_of, filter_of, kind_of, row_of, say
from tracing.queries.conditions import conditions_of

COLUMN_OF = {
    "text": "name",
    "array": "tags",
    "number": "promptVersion",
    "boolean": "isRootObservation",
    "datetime": "timestamp",
    "object": "metadata",
}
VALUES = {"string": "a, b", "stringObject": "x", "number": "0.5", "numberObject": "-3", "boolean": "no"}
WAYS = [(kind, code) for kind, ways in OPERATORS.items() for code, _ in ways]


def row_for(kind: str, code: str) -> FilterRow:
    type_ = code.split(":")[0]
    value = {"datetime": "2026-05-04T12:00:00Z", "null": ""}.get(type_, VALUES.get(type_, 'a, "b, c"'))
    return FilterRow(COLUMN_OF[kind], code, "key" if kind == "object" else "", value)


@pytest.mark.parametrize(("kind", "code"), WAYS)
def test_each_way_to_compare_goes_to_the_api_and_back(kind: str, code: str) -> None:
    row = row_for(kind, code)
    said = filter_of("observations", row)
    conditions_of([said], at="filters")
    assert row_of("observations", said) == row


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("one,two", ["one", "two"]),
        (' one , "two, three",, ', ["one ", "two, three"]),
        ('"say ""hi"""', ['say "hi"']),
    ],
)
def test_several_values_are_separated_by_commas(typed: str, value: list[str]) -> None:
    said = filter_of("observations", FilterRow("name", "stringOptions:any of", "", typed))
    assert said["value"] == value
    back = row_of("observations", said)
    assert back and filter_of("observations", back) == said


def test_times_without_a_zone_are_utc() -> None:
    said = filter_of("traces", FilterRow("timestamp", "datetime:>=", "", "2026-05-04 12:00"))
    assert said["value"] == "2026-05-04T12:00:00Z"


@pytest.mark.parametrize(
    "said",
    [
        {"type": "string", "column": "promptVersion", "operator": "=", "value": "3"},
        {"type": "string", "column": "name", "operator": "=", "value": "two\nlines"},
        {"type": "stringOptions", "column": "name", "operator": "any of", "value": ["", "a"]},
        {"type": "null", "column": "metadata", "operator": "is null"},
        {"type": "string", "column": "traceTags", "operator": "=", "value": "x"},
        {"type": "arrayOptions", "column": "tags", "operator": "any of", "value": []},
        {"type": "string", "column": "gone", "operator": "=", "value": "x"},
    ],
)
def test_what_no_row_says_is_no_row(said: dict[str, Any]) -> None:
    assert row_of("observations", said) is None
    assert say("observations", said)


def test_yes_or_no_is_nothing_else() -> None:
    with pytest.raises(WrongRow, match="Choose yes or no"):
        filter_of("observations", FilterRow("isRootObservation", "boolean:=", "", "maybe"))


@pytest.mark.parametrize("view", VIEW_NAMES)
def test_every_column_has_ways_to_compare(view: str) -> None:
    assert {kind_of(view, column) for column, _ in columns_of(view)} <= OPERATORS.keys()
