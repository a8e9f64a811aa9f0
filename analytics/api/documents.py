"""What the OpenAPI document says of metrics; responses are not made from it."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from analytics.metrics.parse import DEFAULT_ROW_LIMIT
from analytics.metrics.query import AGGREGATIONS, Version
from analytics.metrics.views.catalog import VIEWS

QUERY = """A JSON object:

```
{{
  "view": one of {views},
  "metrics": [{{"measure", "aggregation"}}],        at least one
  "dimensions": [{{"field"}}],
  "filters": [{{"type", "column", "operator", "value", "key"}}],
  "timeDimension": {{"granularity": "auto", "minute", "hour", "day", "week" or "month"}},
  "fromTimestamp", "toTimestamp": ISO 8601, both within the time asked for; required
  "orderBy": [{{"field", "direction": "asc" or "desc"}}],
  "config": {{"bins": 1 to 100 (10), "row_limit": 1 to 1000 ({limit})}}
}}
```

Aggregations: {aggregations}. A metric stands in a row as `aggregation_measure`, the bucket of time as
`time_dimension`; `orderBy` names them so. With a time dimension and without `orderBy`, buckets without rows
are told as zeros. A histogram is an array of `[lower, upper, height]`. Costs are in USD, latencies in
milliseconds; percentiles are within 1 %, all else is exact.

{details}"""


def query_parameter(version: Version) -> OpenApiParameter:
    """Return the one parameter of a version, with the names that it knows."""
    return OpenApiParameter("query", OpenApiTypes.STR, required=True, description=_description(version))


def _description(version: Version) -> str:
    limit = DEFAULT_ROW_LIMIT[version]
    return QUERY.format(
        views=", ".join(f'"{name}"' for name in VIEWS[version]),
        limit=f"{limit} if not given" if limit else "none if not given",
        aggregations=", ".join(AGGREGATIONS),
        details="\n".join(_details(version)),
    )


def _details(version: Version) -> list[str]:
    lines = []
    for view in VIEWS[version].values():
        lines.append(f"**{view.name}**: dimensions {', '.join(view.dimensions)}.")
        lines.append(f"Measures {', '.join(view.measures)}.")
        if view.high_cardinality:
            high = ", ".join(name for name in view.dimensions if name in view.high_cardinality)
            lines.append(
                f"Only with `config.row_limit`, a falling `orderBy` on a measure and no time dimension: {high}."
            )
        lines.append("")
    return lines


class MetricsSerializer(serializers.Serializer[Any]):
    data = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]


class DailyUsageSerializer(serializers.Serializer[Any]):
    model = serializers.CharField(allow_null=True)
    inputUsage = serializers.IntegerField()
    outputUsage = serializers.IntegerField()
    totalUsage = serializers.IntegerField()
    totalCost = serializers.FloatField(help_text="USD")
    countObservations = serializers.IntegerField()
    countTraces = serializers.IntegerField()


class DailySerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    countTraces = serializers.IntegerField()
    countObservations = serializers.IntegerField()
    totalCost = serializers.FloatField(help_text="USD")
    usage = DailyUsageSerializer(many=True)


class PlacementSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["widget", "preset"])
    id = serializers.CharField(required=False)
    widgetId = serializers.CharField(required=False)
    presetId = serializers.CharField(required=False)
    x = serializers.IntegerField(required=False)
    y = serializers.IntegerField(required=False)
    width = serializers.IntegerField(required=False)
    height = serializers.IntegerField(required=False)


class DefinitionSerializer(serializers.Serializer[Any]):
    widgets = PlacementSerializer(many=True)


class NewDashboardSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField(required=False)
    definition = DefinitionSerializer(required=False)
    filters = serializers.ListField(child=serializers.DictField(), required=False)


class DashboardSerializer(NewDashboardSerializer):
    id = serializers.CharField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class NewWidgetSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField(required=False)
    view = serializers.CharField()
    dimensions = serializers.ListField(child=serializers.DictField())
    metrics = serializers.ListField(child=serializers.DictField())
    filters = serializers.ListField(child=serializers.DictField())
    chartType = serializers.CharField()
    chartConfig = serializers.DictField(required=False)


class WidgetSerializer(NewWidgetSerializer):
    id = serializers.CharField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class DeletedSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()
