"""The query parameters of the third version's list of scores: lists with commas, and what excludes what."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.db.models.functions import Left
from django.db.models.lookups import In
from django.http import QueryDict

from langfuse_site.lib.errors import InvalidData, issue
from scoring.api.filters import AnyIdFilter
from scoring.models import ScoreDataType, ScoreSource
from tracing.api.params import AnyOfFilter, ApiFilterSet, ColumnFilter, MomentFilter, WordsField
from tracing.models.traces import INDEXED_PREFIX

NOT_FILTERS = frozenset({"limit", "cursor", "fields"})
TARGETS = ("traceId", "sessionId", "experimentId")
TYPES_WITH_VALUES = (ScoreDataType.NUMERIC, ScoreDataType.BOOLEAN, ScoreDataType.CATEGORICAL)
BOOLEANS = {"true": 1.0, "false": 0.0}
NUMBER = forms.FloatField()


class KnownWordsField(WordsField):
    """Words that the API knows, in letters of either case."""

    def __init__(self, *, words: Sequence[str], **options: Any) -> None:
        super().__init__(**options)
        self.words = words

    def to_python(self, value: Any) -> list[str]:
        return [word.upper() for word in super().to_python(value)]

    def validate(self, value: Any) -> None:
        if not set(value) <= set(self.words):
            expected = " | ".join(self.words)
            raise forms.ValidationError(f"Invalid value: {expected} are expected", code="invalid_value")


class KnownWordsFilter(ColumnFilter):
    field_class = KnownWordsField

    def __init__(self, field_name: str, *, column: str, words: Sequence[str]) -> None:
        super().__init__(field_name, column=column, lookup_expr="in")
        self.extra["words"] = tuple(words)


class AnyNameFilter(AnyOfFilter):
    """Texts of which an index holds the first characters."""

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        if not value:
            return qs
        prefixes = [name[:INDEXED_PREFIX] for name in value]
        return qs.filter(
            In(Left(self.field_name, INDEXED_PREFIX), prefixes), **{f"{self.field_name}__in": value}
        )


class NumberFilter(ColumnFilter):
    field_class = forms.FloatField


class ValuesFilter(AnyOfFilter):
    """Values of the one data type that is asked for."""

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        if not value:
            return qs
        data_type = self.parent.form.cleaned_data["dataType"][0]
        if data_type == ScoreDataType.CATEGORICAL:
            return qs.filter(string_value__in=value)
        return qs.filter(value__in=[_number(text, data_type) for text in value])


class ScoreV3Filters(ApiFilterSet):
    id = AnyIdFilter("id", column="id")
    name = AnyNameFilter("name", column="name")
    source = KnownWordsFilter("source", column="source", words=ScoreSource.values)
    dataType = KnownWordsFilter("data_type", column="dataType", words=ScoreDataType.values)
    environment = AnyOfFilter("environment", column="environment")
    configId = AnyOfFilter("config_id", column="configId")
    queueId = AnyOfFilter("queue_id", column="queueId")
    authorUserId = AnyOfFilter("author_user_id", column="authorUserId")
    value = ValuesFilter("value", column="value")
    valueMin = NumberFilter("value", column="value", lookup_expr="gte")
    valueMax = NumberFilter("value", column="value", lookup_expr="lte")
    traceId = AnyIdFilter("trace_id", column="traceId")
    sessionId = AnyIdFilter("session_id", column="sessionId")
    observationId = AnyIdFilter("observation_id", column="observationId")
    experimentId = AnyIdFilter("dataset_run_id", column="experimentId")
    fromTimestamp = MomentFilter("timestamp", column="timestamp", lookup_expr="gte")
    toTimestamp = MomentFilter("timestamp", column="timestamp", lookup_expr="lt")

    def narrowed(self) -> QuerySet[Any]:
        """Return the rows that all the parameters ask for; what the API doesn't know or allow is a 400."""
        problems = list(_unknown(self.data, {*self.filters, *NOT_FILTERS}))
        if not problems and self.is_valid():
            problems = list(_broken_rules(self.form.cleaned_data))
        if problems:
            raise InvalidData(problems)
        return super().narrowed()


def _unknown(query: QueryDict, known: Iterable[str]) -> Iterator[dict[str, Any]]:
    strange = sorted(query.keys() - set(known))
    if strange:
        names = ", ".join(f"'{name}'" for name in strange)
        yield {
            **issue([], f"Unrecognized key(s) in query: {names}", code="unrecognized_keys"),
            "keys": strange,
        }
    for name, values in query.lists():
        if len(values) > 1:
            yield issue([name], "Expected one value; commas part several", code="invalid_type")


def _broken_rules(asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    types, values = asked["dataType"], asked["value"]
    if values:
        yield from _value_problems(types, values)
    for name in ("valueMin", "valueMax"):
        if asked[name] is not None and types != [ScoreDataType.NUMERIC]:
            yield issue([name], f"{name} needs dataType=NUMERIC and no other dataType")
    if asked["observationId"] and not asked["traceId"]:
        yield issue(["observationId"], "observationId needs traceId: ids of observations belong to a trace")
    targets = [name for name in TARGETS if asked[name]]
    if len(targets) > 1:
        yield issue([targets[1]], f"At most one of {', '.join(TARGETS)} can be given")


def _value_problems(types: Sequence[str], values: Sequence[str]) -> Iterator[dict[str, Any]]:
    if len(types) != 1 or types[0] not in TYPES_WITH_VALUES:
        yield issue(["value"], f"value needs a single dataType of {', '.join(TYPES_WITH_VALUES)}")
        return
    if types[0] == ScoreDataType.CATEGORICAL:
        return
    expected = "a finite number" if types[0] == ScoreDataType.NUMERIC else "true or false"
    for text in values:
        if _number(text, types[0]) is None:
            yield issue(["value"], f"Expected {expected} for dataType={types[0]}, received {text[:100]!r}")


def _number(text: str, data_type: str) -> float | None:
    if data_type == ScoreDataType.BOOLEAN:
        return BOOLEANS.get(text)
    try:
        number: float = NUMBER.clean(text)
    except forms.ValidationError:
        return None
    return number
