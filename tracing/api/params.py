"""Query parameters in, narrowed querysets out: the kinds of filters that the API's lists are made of."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Left
from django.db.models.lookups import Exact
from django.http import QueryDict
from django_filters import Filter, FilterSet

from accounts.api.params import MomentField
from langfuse_site.lib.errors import InvalidData, issue
from langfuse_site.lib.ids import key_of
from tracing.models import Trace
from tracing.models.traces import INDEXED_PREFIX
from tracing.queries.filters import NO_FILTER, View, compile_filter


class TextField(forms.Field):
    """Text as it came: nothing is stripped, and U+FFFD stands for NUL as it does in what is stored."""

    def to_python(self, value: Any) -> str | None:
        return value.replace("\x00", "\ufffd") if value else None


class GivenTextField(forms.Field):
    """The same, but the empty string is not the absent one."""

    def to_python(self, value: Any) -> str | None:
        return None if value is None else value.replace("\x00", "\ufffd")


class WordField(TextField):
    def __init__(self, *, words: Sequence[str], **options: Any) -> None:
        super().__init__(**options)
        self.words = words

    def validate(self, value: Any) -> None:
        if value and value not in self.words:
            expected = " | ".join(self.words)
            raise forms.ValidationError(f"Invalid value: one of {expected} is expected", code="invalid_value")


class WordsWidget(forms.Widget):
    """A repeated key, or one string with commas."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        values = data.getlist(name) if isinstance(data, QueryDict) else [data[name]] if data.get(name) else []
        words = values[0].split(",") if len(values) == 1 else values
        return [word.strip() for word in words if word.strip()]


class WordsField(forms.Field):
    widget = WordsWidget

    def to_python(self, value: Any) -> list[str]:
        return [word.replace("\x00", "\ufffd") for word in value or []]


class ColumnFilter(Filter):
    """A filter on one column; `column` is its id in the advanced `filter`, which goes first."""

    def __init__(self, field_name: str, *, column: str, lookup_expr: str = "exact") -> None:
        super().__init__(field_name=field_name, lookup_expr=lookup_expr)
        self.column = column


class TextFilter(ColumnFilter):
    field_class = TextField


class IdFilter(TextFilter):
    """An id that a client chose."""

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        return qs.filter(**{self.field_name: key_of(value)}) if value else qs


class PrefixedTextFilter(TextFilter):
    """Text of which an index holds the first characters."""

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        return with_text(qs, self.field_name, value) if value else qs


class MomentFilter(ColumnFilter):
    field_class = MomentField


class AnyOfFilter(ColumnFilter):
    field_class = WordsField

    def __init__(self, field_name: str, *, column: str) -> None:
        super().__init__(field_name, column=column, lookup_expr="in")


class AllOfFilter(ColumnFilter):
    field_class = WordsField

    def __init__(self, field_name: str, *, column: str) -> None:
        super().__init__(field_name, column=column, lookup_expr="contains")


class ChoiceFilter(ColumnFilter):
    """One of the words that the API knows."""

    field_class = WordField

    def __init__(self, field_name: str, *, column: str, words: Sequence[str]) -> None:
        super().__init__(field_name, column=column)
        self.extra["words"] = tuple(words)


class FlagFilter(ChoiceFilter):
    """`true` or `false`, of a condition on the rows."""

    def __init__(self, *, column: str, condition: Q) -> None:
        super().__init__("", column=column, words=("true", "false"))
        self.condition = condition

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        if not value:
            return qs
        return qs.filter(self.condition if value == "true" else ~self.condition)


class IdOrNoneFilter(ColumnFilter):
    """An id that a client chose; the empty string asks for the rows without."""

    field_class = GivenTextField

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        return qs if value is None else qs.filter(**{self.field_name: key_of(value) if value else None})


class OfTraceFilter(TextFilter):
    """Text of the trace that a row belongs to; an index holds its first characters."""

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        if not value:
            return qs
        own = Trace.objects.filter(project_id=OuterRef("project_id"), id=OuterRef("trace_id"))
        return qs.filter(Exists(with_text(own, self.field_name, value)))


class IdOfTraceFilter(TextFilter):
    """An id that a client chose, of the trace that a row belongs to."""

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        if not value:
            return qs
        own = Trace.objects.filter(project_id=OuterRef("project_id"), id=OuterRef("trace_id"))
        return qs.filter(Exists(own.filter(**{self.field_name: key_of(value)})))


def with_text(rows: QuerySet[Any], field_name: str, value: str) -> QuerySet[Any]:
    """Return those of `rows` where a text, whose first characters are indexed, is `value`."""
    return rows.filter(Exact(Left(field_name, INDEXED_PREFIX), value[:INDEXED_PREFIX]), **{field_name: value})


class ApiFilterSet(FilterSet):
    """The simple parameters of a list and, where it has a view, the advanced `filter`, which goes first."""

    @classmethod
    def view(cls) -> View | None:
        """Return the columns that the advanced filter may name."""
        return None

    def narrowed(self) -> QuerySet[Any]:
        """Return the rows that all the parameters ask for; a parameter that can't be read is a 400."""
        if not self.is_valid():
            raise InvalidData(list(self._issues()))
        rows: QuerySet[Any] = self.qs
        return rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        view = self.view()
        advanced = compile_filter(view, self.data.get("filter")) if view else NO_FILTER
        for name, value in self.form.cleaned_data.items():
            if self.filters[name].column not in advanced.columns:
                queryset = self.filters[name].filter(queryset, value)
        return advanced.narrow(queryset)

    def _issues(self) -> Iterator[dict[str, Any]]:
        for name, errors in self.form.errors.as_data().items():
            for error in errors:
                yield issue([name], str(error.message), code=error.code or "custom")
