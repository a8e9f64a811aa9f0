"""A view's column table and a `filter` parameter in, one SQL condition with bound values out.

A view is a set of columns over one table; `compile_filter(view, text)` is all that an endpoint calls.
Apps above tracing add their columns to tracing's views through `filter_columns` of their companion.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal, TypeVar

import msgspec
from django.db.models import BooleanField, Model, QuerySet
from django.db.models.expressions import RawSQL

from langfuse_site.lib.errors import InvalidData, InvalidRequest, issue
from langfuse_site.lib.ids import key_of
from tracing.queries.conditions import (
    ArrayOptionsCondition,
    BooleanCondition,
    BooleanObjectCondition,
    CategoryOptionsCondition,
    Condition,
    DatetimeCondition,
    NullCondition,
    NumberCondition,
    NumberObjectCondition,
    StringCondition,
    StringObjectCondition,
    StringOptionsCondition,
    decode_conditions,
    utc,
)

M = TypeVar("M", bound=Model)

OWN = "{}"
"""The condition of a column that belongs to the view's table itself."""

Kind = Literal[
    "text",
    "number",
    "datetime",
    "boolean",
    "array",
    "object",
    "number by key",
    "texts by key",
    "booleans by key",
]


Search = Literal["payload", "metadata"]
"""What takes `matches`: a payload, with letters of either case alike, or metadata, with letters as they are."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column id means in SQL.

    `sql` is an expression over the view's table, of the type that `kind` says (`object`: jsonb; the kinds
    by key give a number, an array of text or of booleans, and hold one `%s` for the key). `within` is a
    condition with `{}` in the place of the comparison, for columns of another table. A text column with
    `indexed_prefix` is compared by that many first characters too; `is_id` columns hold `lib.ids.key_of`.
    In an object that is `dotted`, the key `a.b` finds what is in `a`, too.
    """

    id: str
    kind: Kind
    sql: str
    names: tuple[str, ...] = ()
    within: str = OWN
    indexed_prefix: int | None = None
    is_id: bool = False
    dotted: bool = False
    search: Search | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A table and the columns by which it may be filtered, by id and by display name."""

    name: str
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Fragment:
    """SQL with `%s` for each of its values."""

    sql: str
    params: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A compiled `filter`: the ids of the columns it speaks of, and the condition on the view's table."""

    columns: frozenset[str]
    condition: Fragment

    def narrow(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Return those of `rows`, a queryset of the view's table, that meet the condition."""
        if not self.columns:
            return rows
        sql, params = self.condition.sql, self.condition.params
        return rows.filter(RawSQL(sql, params, output_field=BooleanField()))  # noqa: S611


NO_FILTER = Filter(frozenset(), Fragment("true", ()))


def view_of(name: str, columns: Sequence[Column]) -> View:
    """Return a view that finds each column by its id and its other names."""
    by_name = {column.id: column for column in columns}
    for column in columns:
        for alias in column.names:
            by_name.setdefault(alias, column)
    return View(name, by_name)


def compile_filter(view: View, text: str | None) -> Filter:
    """Return the compiled `filter` parameter; an `ApiError` of status 400 says what is wrong with it."""
    return compile_conditions(view, decode_conditions(text)) if text else NO_FILTER


def compile_conditions(view: View, conditions: Sequence[Condition]) -> Filter:
    """Return the same for conditions that were read already."""
    columns = [_column(view, condition.column) for condition in conditions]
    pairs = list(zip(columns, conditions, strict=True))
    _refuse_slow_searches(pairs)
    fragments = [_compile(column, condition) for column, condition in pairs]
    return Filter(frozenset(column.id for column in columns), _join(fragments))


def _column(view: View, name: str) -> Column:
    column = view.columns.get(name)
    if column is None:
        known = ", ".join(sorted({column.id for column in view.columns.values()}))
        raise InvalidRequest(f"Invalid filter column: {name}. Columns of {view.name}: {known}")
    return column


def _refuse_slow_searches(pairs: Sequence[tuple[Column, Condition]]) -> None:
    """Refuse `matches` elsewhere than in payloads and metadata, and payloads without `=` or `matches`."""
    for index, (column, condition) in enumerate(pairs):
        if condition.operator == "matches" and column.search is None:
            message = f"Invalid operator: matches is not for column {column.id}"
            raise InvalidData([issue(["filter", index, "operator"], message, code="invalid_value")])
    payloads = [condition for column, condition in pairs if column.search == "payload"]
    if not payloads:
        return
    if not all(isinstance(condition, StringCondition) for condition in payloads):
        raise InvalidRequest("Invalid filter: conditions on input and output are of type string")
    if not any(condition.operator in {"=", "matches"} for condition in payloads):
        raise InvalidRequest(
            "Invalid filter: conditions on input and output need one among them with operator = or matches"
        )


def _join(fragments: Sequence[Fragment]) -> Fragment:
    sql = " and ".join(f"({fragment.sql})" for fragment in fragments) or "true"
    params: tuple[Any, ...] = reduce(lambda joined, fragment: joined + fragment.params, fragments, ())
    return Fragment(sql, params)


OPPOSITES: Mapping[str, str] = {
    "none of": "any of",
    "does not contain": "contains",
    "is null": "is not null",
    "<>": "=",
}


def _compile(column: Column, condition: Condition) -> Fragment:
    """What is denied of another table's row holds without such a row, too."""
    opposite = OPPOSITES.get(condition.operator)
    if column.within == OWN or opposite is None:
        return _affirm(column, condition)
    affirmed = _affirm(column, msgspec.structs.replace(condition, operator=opposite))
    return Fragment(f"not ({affirmed.sql})", affirmed.params)


def _affirm(column: Column, condition: Condition) -> Fragment:
    if isinstance(condition, NullCondition):
        inner = _null(column, condition)
    else:
        compiler = _COMPILERS.get((type(condition), column.kind))
        if compiler is None:
            accepted = sorted(_tag(type_) for type_, kind in _COMPILERS if kind == column.kind)
            raise InvalidRequest(
                f"Invalid filter: column {column.id} takes conditions of type {', '.join(accepted)} or null, "
                f"not {_tag(type(condition))}"
            )
        inner = compiler(column, condition)
    return Fragment(column.within.format(inner.sql), inner.params)


def _tag(condition: type) -> str:
    return str(condition.__struct_config__.tag)  # type: ignore[attr-defined]


def _null(column: Column, condition: NullCondition) -> Fragment:
    if column.kind.endswith("by key"):
        raise InvalidRequest(f"Invalid filter: column {column.id} needs a key, which type null has not")
    absent = {
        "array": f"coalesce(cardinality({column.sql}), 0) = 0",
        "object": f"coalesce({column.sql}, '{{}}') = '{{}}'",
    }.get(column.kind, f"({column.sql}) is null")
    return Fragment(absent if condition.operator == "is null" else f"not ({absent})", ())


def _text(column: Column, condition: StringCondition) -> Fragment:
    if condition.operator == "matches":
        return Fragment(f"strpos(lower({column.sql}), lower(%s::text)) > 0", (condition.value,))
    if condition.operator != "=":
        return _match(Fragment(column.sql, ()), condition.operator, value=condition.value)
    value = key_of(condition.value) if column.is_id else condition.value
    return _with_prefix(column, "{} = %s::text", value=value)


def _text_options(column: Column, condition: StringOptionsCondition) -> Fragment:
    values = [key_of(value) for value in condition.value] if column.is_id else list(condition.value)
    if condition.operator == "any of":
        return _with_prefix(column, "{} = any(%s::text[])", value=values)
    return Fragment(f"({column.sql} = any(%s::text[])) is not true", (values,))


def _with_prefix(column: Column, comparison: str, *, value: str | list[str]) -> Fragment:
    exact = Fragment(comparison.format(column.sql), (value,))
    size = column.indexed_prefix
    if size is None:
        return exact
    prefix = value[:size] if isinstance(value, str) else [text[:size] for text in value]
    return _join([Fragment(comparison.format(f"left({column.sql}, {size})"), (prefix,)), exact])


def _match(text: Fragment, operator: str, *, value: str) -> Fragment:
    """Compare in letters as they are; what is null contains nothing."""
    sql, params = text.sql, text.params
    if operator == "=":
        return Fragment(f"{sql} = %s::text", (*params, value))
    if operator in {"contains", "matches"}:
        return Fragment(f"strpos({sql}, %s::text) > 0", (*params, value))
    if operator == "does not contain":
        return Fragment(f"coalesce(strpos({sql}, %s::text), 0) = 0", (*params, value))
    if operator == "starts with":
        return Fragment(f"starts_with({sql}, %s::text)", (*params, value))
    return Fragment(f"right({sql}, length(%s::text)) = %s::text", (*params, value, value))


def _number(column: Column, condition: NumberCondition) -> Fragment:
    return Fragment(f"{column.sql} {condition.operator} %s::float8", (condition.value,))


def _datetime(column: Column, condition: DatetimeCondition) -> Fragment:
    return Fragment(f"{column.sql} {condition.operator} %s::timestamptz", (utc(condition.value),))


def _boolean(column: Column, condition: BooleanCondition) -> Fragment:
    operator = "=" if condition.operator == "=" else "is distinct from"
    return Fragment(f"{column.sql} {operator} %s::boolean", (condition.value,))


def _array(column: Column, condition: ArrayOptionsCondition) -> Fragment:
    comparison = (
        f"{column.sql} @> %s::text[]" if condition.operator == "all of" else f"{column.sql} && %s::text[]"
    )
    if condition.operator == "none of":
        comparison = f"({comparison}) is not true"
    return Fragment(comparison, (list(condition.value),))


def _member(column: Column, key: str) -> Fragment:
    """Return the text of what an object has under the key."""
    if not column.dotted:
        return Fragment(f"({column.sql} ->> %s::text)", (key,))
    inner = f"{column.sql} #>> string_to_array(%s::text, '.')"
    return Fragment(f"coalesce({column.sql} ->> %s::text, {inner})", (key, key))


def _metadata_text(column: Column, condition: StringObjectCondition) -> Fragment:
    return _match(_member(column, condition.key), condition.operator, value=condition.value)


NUMERIC_TEXT = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?\s*$"
"""What may be cast to numeric without an error and without building a number of a million digits."""


def _metadata_number(column: Column, condition: NumberObjectCondition) -> Fragment:
    value = _member(column, condition.key)
    number = f"case when {value.sql} ~ %s then {value.sql}::numeric end"
    params = (*value.params, NUMERIC_TEXT, *value.params, condition.value)
    return Fragment(f"({number}) {condition.operator} %s::float8", params)


def _metadata_options(column: Column, condition: CategoryOptionsCondition) -> Fragment:
    value = _member(column, condition.key)
    return _any_or_none(f"{value.sql} = any(%s::text[])", value.params, condition)


def _number_by_key(column: Column, condition: NumberObjectCondition) -> Fragment:
    return Fragment(f"({column.sql}) {condition.operator} %s::float8", (condition.key, condition.value))


def _texts_by_key(column: Column, condition: CategoryOptionsCondition) -> Fragment:
    return _any_or_none(f"({column.sql}) && %s::text[]", (condition.key,), condition)


def _any_or_none(comparison: str, keys: tuple[str, ...], condition: CategoryOptionsCondition) -> Fragment:
    wanted = comparison if condition.operator == "any of" else f"({comparison}) is not true"
    return Fragment(wanted, (*keys, list(condition.value)))


def _booleans_by_key(column: Column, condition: BooleanObjectCondition) -> Fragment:
    """`<>` matches what has no value of that name, too."""
    among = f"array[%s::boolean] <@ ({column.sql})"
    wanted = among if condition.operator == "=" else f"({among}) is not true"
    return Fragment(wanted, (condition.value, condition.key))


_COMPILERS: dict[tuple[type[Condition], Kind], Callable[[Column, Any], Fragment]] = {
    (StringCondition, "text"): _text,
    (StringOptionsCondition, "text"): _text_options,
    (NumberCondition, "number"): _number,
    (DatetimeCondition, "datetime"): _datetime,
    (BooleanCondition, "boolean"): _boolean,
    (ArrayOptionsCondition, "array"): _array,
    (StringObjectCondition, "object"): _metadata_text,
    (NumberObjectCondition, "object"): _metadata_number,
    (CategoryOptionsCondition, "object"): _metadata_options,
    (NumberObjectCondition, "number by key"): _number_by_key,
    (CategoryOptionsCondition, "texts by key"): _texts_by_key,
    (BooleanObjectCondition, "booleans by key"): _booleans_by_key,
}
