"""Filters as the API has them in, rows of a form out, and back; what rows can't say stays as it is."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analytics.saved.names import DIMENSIONS, OWN_DIMENSIONS, dimension_name, offered_dimensions, view_of
from langfuse_site.lib.errors import InvalidData
from tracing.queries.conditions import conditions_of, utc

Filter = dict[str, Any]

PRESENCE = (("null:is not null", "is set"), ("null:is null", "is not set"))
OPERATORS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "text": (
        ("string:=", "is"),
        ("stringOptions:any of", "is any of"),
        ("stringOptions:none of", "is none of"),
        ("string:contains", "contains"),
        ("string:does not contain", "does not contain"),
        ("string:starts with", "starts with"),
        ("string:ends with", "ends with"),
        *PRESENCE,
    ),
    "array": (
        ("arrayOptions:any of", "has any of"),
        ("arrayOptions:all of", "has all of"),
        ("arrayOptions:none of", "has none of"),
        *PRESENCE,
    ),
    "number": (
        ("number:=", "is"),
        ("number:>", "is more than"),
        ("number:>=", "is at least"),
        ("number:<", "is less than"),
        ("number:<=", "is at most"),
        *PRESENCE,
    ),
    "boolean": (("boolean:=", "is"), ("boolean:<>", "is not")),
    "datetime": (
        ("datetime:>=", "is from"),
        ("datetime:>", "is after"),
        ("datetime:<", "is before"),
        ("datetime:<=", "is until"),
    ),
    "object": (
        ("stringObject:=", "is"),
        ("stringObject:contains", "contains"),
        ("stringObject:does not contain", "does not contain"),
        ("stringObject:starts with", "starts with"),
        ("stringObject:ends with", "ends with"),
        ("categoryOptions:any of", "is any of"),
        ("categoryOptions:none of", "is none of"),
        ("numberObject:=", "is the number"),
        ("numberObject:>", "is more than"),
        ("numberObject:>=", "is at least"),
        ("numberObject:<", "is less than"),
        ("numberObject:<=", "is at most"),
    ),
}
"""How columns of each kind are compared: the type and operator of the API, and what people read."""
KIND_NAMES = {
    "text": "a text",
    "array": "a list",
    "number": "a number",
    "boolean": "yes or no",
    "datetime": "a time",
    "object": "metadata",
}
WORDS = {code: label for ways in OPERATORS.values() for code, label in ways}
MOST_ROWS = 50
YES_AND_NO = {"yes": True, "no": False}


class WrongRow(Exception):
    """A row says nothing that can be asked; the text says what to do."""


@dataclass(slots=True)
class FilterRow:
    """One comparison, as it is typed."""

    column: str = ""
    how: str = ""
    key: str = ""
    value: str = ""
    error: str = ""
    suggestions: Sequence[str] = ()

    @property
    def is_blank(self) -> bool:
        return not (self.column or self.key or self.value.strip())

    @property
    def is_presence(self) -> bool:
        """Say whether nothing is compared with: the column is set, or not."""
        return self.how.startswith("null:")

    @property
    def takes_several(self) -> bool:
        return "Options:" in self.how


def kind_of(view: str, column: str) -> str:
    """Return what kind of column it is, or nothing for one that rows do not compare."""
    is_offered = column in {"metadata", "timestamp", *offered_dimensions(view)}
    return view_of(view).columns[column].column.kind if is_offered else ""


def columns_of(view: str) -> list[tuple[str, str]]:
    """Return the columns that rows compare, by name."""
    names = [(one, dimension_name(view, one)) for one in offered_dimensions(view)]
    return [*sorted(names, key=lambda one: one[1]), ("metadata", "Metadata"), ("timestamp", "Time")]


def fit(view: str, row: FilterRow) -> None:
    """Let a row whose column has changed compare in a way that its column can: of the same name, or the first."""
    ways = OPERATORS.get(kind_of(view, row.column), ())
    if ways and row.how not in dict(ways):
        row.how = next((code for code, label in ways if label == WORDS.get(row.how)), ways[0][0])


def filter_of(view: str, row: FilterRow) -> Filter:
    """Return the filter that a row says."""
    ways = OPERATORS.get(kind_of(view, row.column))
    if not ways:
        raise WrongRow("Choose what is compared, or remove the row.")
    type_, operator = _way(view, row, ways).split(":", 1)
    said: Filter = {"type": type_, "column": row.column, "operator": operator}
    if kind_of(view, row.column) == "object":
        if not row.key.strip():
            raise WrongRow("Name the key of the metadata that is compared.")
        said["key"] = row.key.strip()
    return said if type_ == "null" else said | {"value": _value(type_, row.value)}


def _way(view: str, row: FilterRow, ways: Sequence[tuple[str, str]]) -> str:
    for code, label in ways:
        if row.how == code or label == WORDS.get(row.how):
            return code
    name, kind = dimension_name(view, row.column), KIND_NAMES[kind_of(view, row.column)]
    known = ", ".join(label for _, label in ways)
    raise WrongRow(
        f"{name} is {kind}, which “{WORDS.get(row.how, row.how)[:40]}” is not for: choose {known}."
    )


def _value(type_: str, text: str) -> Any:
    if type_.startswith("boolean"):
        if text not in YES_AND_NO:
            raise WrongRow("Choose yes or no.")
        return YES_AND_NO[text]
    if type_.startswith("number"):
        return _number(text)
    if type_ == "datetime":
        return _moment(text.strip())
    if not text.strip():
        raise WrongRow("Type what it is compared with, or choose “is set” or “is not set”.")
    return _texts(text) if type_.endswith("Options") else text


def _number(text: str) -> float | int:
    try:
        number = float(text.strip())
    except ValueError:
        raise WrongRow("A number is expected, such as 0.5.") from None
    if number != number or abs(number) == float("inf"):
        raise WrongRow("A number is expected, such as 0.5.")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongRow("A time in UTC is expected, such as 2026-05-04 12:00.") from None
    return text if moment.tzinfo else utc(moment).isoformat().replace("+00:00", "Z")


def _texts(text: str) -> list[str]:
    """Return what is separated by commas; quotation marks hold together what has one."""
    try:
        (values,) = csv.reader([text], skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        raise WrongRow('Separate values by commas; one with a comma stands in "quotation marks".') from None
    return [value for value in values if value]


def row_of(view: str, said: Filter) -> FilterRow | None:
    """Return the row that says the filter, or nothing where no row says exactly that."""
    row = FilterRow(
        column=str(said.get("column", "")),
        how=f"{said.get('type')}:{said.get('operator')}",
        key=str(said.get("key", "")),
        value=_typed(said.get("value")),
    )
    try:
        return row if filter_of(view, row) == said and _is_one_line(row) else None
    except WrongRow:
        return None


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_quoted(str(one)) for one in value)
    return "" if value is None else str(value)


def _quoted(text: str) -> str:
    if text == text.strip() and not set(text) & {",", '"'}:
        return text
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="").writerow([text])
    return line.getvalue()


def _is_one_line(row: FilterRow) -> bool:
    return not any(set(text) & {"\n", "\r", "\x00"} for text in (row.key, row.value))


def say(view: str, said: Filter) -> str:
    """Return a filter as a sentence; one of another grammar as it came."""
    column, how = str(said.get("column", "")), f"{said.get('type')}:{said.get('operator')}"
    if column not in {**DIMENSIONS, **OWN_DIMENSIONS.get(view, {})} or how not in WORDS:
        return json.dumps(said, ensure_ascii=False)
    name = f"{dimension_name(view, column)}" + (f" {said['key']}" if said.get("key") else "")
    return f"{name} {WORDS[how]} {_typed(said.get('value'))}".strip()


def read_kept(texts: Sequence[str]) -> list[Filter]:
    """Return filters that a form carries along as JSON; those that are none any more are left out."""
    kept = []
    for text in texts[:MOST_ROWS]:
        try:
            said = json.loads(text)
            conditions_of([said], at="filters")
        except (ValueError, RecursionError, InvalidData):
            continue
        kept.append(said)
    return kept
