"""What the OpenAPI document says of `/v2/observations`; responses are not made from it."""

from typing import Any, TypeVar

from rest_framework import serializers

from tracing.api.documents import absent

F = TypeVar("F", bound="serializers.Field[Any, Any, Any, Any]")


def of(group: str, field: type[F], **options: Any) -> F:
    """Return a field that is there when its group was asked for."""
    return field(required=False, help_text=f"Group {group}.", **options)


def maybe(group: str, field: type[F], **options: Any) -> F:
    """Return the same, where it may be null."""
    return of(group, field, allow_null=True, **options)


class ObservationV2Serializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    traceId = serializers.CharField()
    startTime = serializers.DateTimeField()
    endTime = absent(serializers.DateTimeField)
    projectId = serializers.CharField()
    parentObservationId = absent(serializers.CharField)
    type = serializers.CharField()
    modelId = absent(serializers.CharField)
    inputPrice = serializers.CharField(allow_null=True, help_text="USD per unit; null without group model.")
    outputPrice = serializers.CharField(allow_null=True, help_text="USD per unit; null without group model.")
    totalPrice = serializers.CharField(allow_null=True, help_text="USD per unit; null without group model.")
    latency = serializers.FloatField(allow_null=True, help_text="Seconds; null without group metrics.")
    timeToFirstToken = serializers.FloatField(
        allow_null=True, help_text="Seconds; null without group metrics."
    )
    name = maybe("basic", serializers.CharField)
    level = of("basic", serializers.CharField)
    statusMessage = maybe("basic", serializers.CharField)
    version = maybe("basic", serializers.CharField)
    environment = of("basic", serializers.CharField)
    bookmarked = of("basic", serializers.BooleanField)
    public = of("basic", serializers.BooleanField)
    userId = maybe("basic", serializers.CharField)
    sessionId = maybe("basic", serializers.CharField)
    isRootObservation = of("basic", serializers.BooleanField)
    completionStartTime = maybe("time", serializers.DateTimeField)
    createdAt = of("time", serializers.DateTimeField)
    updatedAt = of("time", serializers.DateTimeField)
    input = maybe("io", serializers.CharField)
    output = maybe("io", serializers.CharField)
    metadata = of("metadata", serializers.DictField)
    model = maybe("model", serializers.CharField)
    providedModelName = maybe("model", serializers.CharField)
    internalModelId = maybe("model", serializers.CharField)
    modelParameters = maybe("model", serializers.DictField)
    usageDetails = of("usage", serializers.DictField, child=serializers.IntegerField())
    costDetails = of("usage", serializers.DictField, child=serializers.FloatField())
    totalCost = maybe("usage", serializers.FloatField)
    inputUsage = of("usage", serializers.IntegerField)
    outputUsage = of("usage", serializers.IntegerField)
    totalUsage = of("usage", serializers.IntegerField)
    inputCost = maybe("usage", serializers.FloatField)
    outputCost = maybe("usage", serializers.FloatField)
    usagePricingTierId = maybe("usage", serializers.CharField)
    usagePricingTierName = maybe("usage", serializers.CharField)
    promptId = maybe("prompt", serializers.CharField)
    promptName = maybe("prompt", serializers.CharField)
    promptVersion = maybe("prompt", serializers.IntegerField)
    tags = of("trace_context", serializers.ListField, child=serializers.CharField())
    release = maybe("trace_context", serializers.CharField)
    traceName = maybe("trace_context", serializers.CharField)


class CursorMetaSerializer(serializers.Serializer[Any]):
    cursor = serializers.CharField(required=False, help_text="Of the next page; not there on the last one.")


class ObservationsV2Serializer(serializers.Serializer[Any]):
    data = ObservationV2Serializer(many=True)  # type: ignore[assignment]
    meta = CursorMetaSerializer()
