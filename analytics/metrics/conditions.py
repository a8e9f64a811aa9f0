"""The filters of a query in, conditions in SQL over its view's table and joins out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analytics.metrics.query import Query
from analytics.metrics.views.parts import Dimension, MetricsView
from tracing.queries.conditions import Condition, StringCondition, StringOptionsCondition
from tracing.queries.filters import OWN, Column, Fragment, View, compile_conditions

TEXTUAL_NUMBERS = frozenset({"promptVersion", "observationPromptVersion"})
"""Numbers that the API's clients compare as text, too."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """One fragment for each filter, and the joins that they speak of."""

    fragments: tuple[Fragment, ...]
    joins: tuple[str, ...]


def compile_filters(query: Query, view: MetricsView) -> Conditions:
    """Return the conditions; an `ApiError` of status 400 says which column or type is wrong."""
    fragments = [_compile(query, view, condition) for condition in query.filters]
    return Conditions(tuple(fragments), tuple(dict.fromkeys(_joins(view, query.filters))))


def _joins(view: MetricsView, conditions: Sequence[Condition]) -> Iterable[str]:
    for condition in conditions:
        yield from view.columns[condition.column].joins


def _compile(query: Query, view: MetricsView, condition: Condition) -> Fragment:
    columns = {name: _column(query, one, condition) for name, one in view.columns.items()}
    return compile_conditions(View(view.name, columns), [condition]).condition


def _column(query: Query, dimension: Dimension, condition: Condition) -> Column:
    column = dimension.column
    if dimension.pairs and dimension.id in query.dimensions:
        return replace(column, within=OWN)
    if dimension.id in TEXTUAL_NUMBERS and isinstance(condition, StringCondition | StringOptionsCondition):
        return replace(column, kind="text", sql=f"({column.sql})::text")
    return column
