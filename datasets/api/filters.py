"""The query parameters of the lists of experiments and of their items."""

from typing import Any

from django.db.models import QuerySet
from django.db.models.lookups import In

from datasets.columns import EXPERIMENTS, ITEMS
from datasets.queries import having, said
from langfuse_site.lib.ids import key_of
from tracing.api.params import AnyOfFilter, ApiFilterSet, MomentFilter
from tracing.queries.filters import View, compile_filter


class RequiredMomentFilter(MomentFilter):
    def __init__(self, field_name: str, *, column: str, lookup_expr: str) -> None:
        super().__init__(field_name, column=column, lookup_expr=lookup_expr)
        self.extra["required"] = True


class AnyIdFilter(AnyOfFilter):
    """Ids that clients chose."""

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        return qs.filter(**{f"{self.field_name}__in": [key_of(one) for one in value]}) if value else qs


class AnySaidFilter(AnyOfFilter):
    """Texts that an observation says of its experiment; `field_name` is their key."""

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        return qs.filter(In(said(self.field_name), value)) if value else qs


class ExperimentFilters(ApiFilterSet):
    fromStartTime = RequiredMomentFilter("start_time", column="startTime", lookup_expr="gte")
    toStartTime = MomentFilter("start_time", column="startTime", lookup_expr="lt")
    id = AnyIdFilter("experiment_id", column="id")
    name = AnyOfFilter("label", column="name")
    datasetId = AnyOfFilter("dataset_id", column="datasetId")

    @classmethod
    def view(cls) -> View:
        return EXPERIMENTS

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        advanced = compile_filter(self.view(), self.data.get("filter"))
        for name, value in self.form.cleaned_data.items():
            if self.filters[name].column not in advanced.columns:
                queryset = self.filters[name].filter(queryset, value)
        return having(queryset, advanced.condition) if advanced.columns else queryset


class ItemFilters(ApiFilterSet):
    fromStartTime = RequiredMomentFilter("start_time", column="startTime", lookup_expr="gte")
    toStartTime = MomentFilter("start_time", column="startTime", lookup_expr="lt")
    experimentId = AnyIdFilter("experiment_id", column="experimentId")
    experimentName = AnySaidFilter("name", column="experimentName")
    experimentItemId = AnySaidFilter("item_id", column="experimentItemId")
    datasetId = AnySaidFilter("dataset_id", column="datasetId")

    @classmethod
    def view(cls) -> View:
        return ITEMS
