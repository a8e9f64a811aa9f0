"""The query parameters of the lists of scores."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from langfuse_site.lib.ids import key_of
from scoring.columns import SCORES
from scoring.models import ScoreDataType, ScoreSource
from scoring.queries import having_trace
from tracing.api.params import (
    AllOfFilter,
    AnyOfFilter,
    ApiFilterSet,
    ChoiceFilter,
    ColumnFilter,
    IdFilter,
    MomentFilter,
    OfTraceFilter,
    PrefixedTextFilter,
    TextFilter,
)
from tracing.queries.filters import View

OPERATORS = {"<": "lt", ">": "gt", "<=": "lte", ">=": "gte", "=": "exact", "!=": "exact"}


class AnyIdFilter(AnyOfFilter):
    """Ids that clients chose."""

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        keys = [key_of(one) for one in value]
        return qs.filter(**{f"{self.field_name}__in": keys}) if keys else qs


class TagsOfTraceFilter(AllOfFilter):
    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        return having_trace(qs, tags__contains=value) if value else qs


class OperatorFilter(ChoiceFilter):
    """How `value` is compared."""

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        return qs


class ValueFilter(ColumnFilter):
    field_class = forms.FloatField

    def filter(self, qs: QuerySet[Any], value: float | None) -> QuerySet[Any]:
        if value is None:
            return qs
        operator = self.parent.form.cleaned_data.get("operator") or "="
        condition = {f"value__{OPERATORS[operator]}": value}
        return qs.exclude(**condition) if operator == "!=" else qs.filter(**condition)


class ScoreFilters(ApiFilterSet):
    """What both versions of the list take."""

    userId = OfTraceFilter("user_id", column="userId")
    name = PrefixedTextFilter("name", column="name")
    configId = TextFilter("config_id", column="configId")
    queueId = TextFilter("queue_id", column="queueId")
    traceTags = TagsOfTraceFilter("trace_id", column="trace_tags")
    dataType = ChoiceFilter("data_type", column="dataType", words=ScoreDataType.values)
    fromTimestamp = MomentFilter("timestamp", column="timestamp", lookup_expr="gte")
    toTimestamp = MomentFilter("timestamp", column="timestamp", lookup_expr="lt")
    environment = AnyOfFilter("environment", column="environment")
    source = ChoiceFilter("source", column="source", words=ScoreSource.values)
    operator = OperatorFilter("value", column="value", words=tuple(OPERATORS))
    value = ValueFilter("value", column="value")
    scoreIds = AnyIdFilter("id", column="id")

    @classmethod
    def view(cls) -> View:
        return SCORES


class TargetedScoreFilters(ScoreFilters):
    """What the second version takes besides."""

    sessionId = IdFilter("session_id", column="sessionId")
    datasetRunId = IdFilter("dataset_run_id", column="datasetRunId")
    traceId = IdFilter("trace_id", column="traceId")
    observationId = AnyIdFilter("observation_id", column="observationId")
