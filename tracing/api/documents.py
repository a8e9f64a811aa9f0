"""What the OpenAPI document says of traces, observations, sessions and users; responses are not made from it."""

from typing import Any, TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

F = TypeVar("F", bound="serializers.Field[Any, Any, Any, Any]")

FIELDS = OpenApiParameter(
    "fields",
    OpenApiTypes.STR,
    description="Groups of fields, with commas between: core (always), io, scores, observations, metrics.",
)
ORDER_BY = OpenApiParameter(
    "orderBy",
    OpenApiTypes.STR,
    description="`<column>.<asc|desc>`; columns: id, timestamp, name, userId, release, version, public, bookmarked,"
    " sessionId.",
)


def absent(field: type[F]) -> F:
    """Return a field that may be null, but is always there."""
    return field(allow_null=True)


class SessionSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    createdAt = serializers.DateTimeField()
    projectId = serializers.CharField()
    environment = serializers.CharField()


class TraceSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    externalId = absent(serializers.CharField)
    timestamp = serializers.DateTimeField()
    name = absent(serializers.CharField)
    userId = absent(serializers.CharField)
    sessionId = absent(serializers.CharField)
    metadata = serializers.DictField()
    release = absent(serializers.CharField)
    version = absent(serializers.CharField)
    projectId = serializers.CharField()
    environment = serializers.CharField()
    public = serializers.BooleanField()
    bookmarked = serializers.BooleanField()
    tags = serializers.ListField(child=serializers.CharField())
    input = absent(serializers.JSONField)
    output = absent(serializers.JSONField)
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class SessionWithTracesSerializer(SessionSerializer):
    traces = TraceSerializer(many=True)


class TraceWithDetailsSerializer(TraceSerializer):
    htmlPath = serializers.CharField()
    latency = serializers.FloatField(help_text="Seconds; -1 without the group metrics.")
    totalCost = serializers.FloatField(help_text="USD; -1 without the group metrics.")
    observations = serializers.ListField(child=serializers.CharField())
    scores = serializers.ListField(child=serializers.CharField())


class UsageSerializer(serializers.Serializer[Any]):
    unit = serializers.CharField()
    input = serializers.IntegerField()
    output = serializers.IntegerField()
    total = serializers.IntegerField()


class ObservationSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    projectId = serializers.CharField()
    traceId = serializers.CharField()
    parentObservationId = absent(serializers.CharField)
    name = absent(serializers.CharField)
    type = serializers.CharField()
    environment = serializers.CharField()
    startTime = serializers.DateTimeField()
    endTime = absent(serializers.DateTimeField)
    completionStartTime = absent(serializers.DateTimeField)
    version = absent(serializers.CharField)
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    input = absent(serializers.JSONField)
    output = absent(serializers.JSONField)
    metadata = serializers.DictField()
    level = serializers.CharField()
    statusMessage = absent(serializers.CharField)
    model = absent(serializers.CharField)
    modelParameters = absent(serializers.DictField)
    promptId = absent(serializers.CharField)
    promptName = absent(serializers.CharField)
    promptVersion = absent(serializers.IntegerField)
    usageDetails = serializers.DictField(child=serializers.IntegerField())
    costDetails = serializers.DictField(child=serializers.FloatField())
    usage = UsageSerializer()
    unit = serializers.CharField()
    promptTokens = serializers.IntegerField()
    completionTokens = serializers.IntegerField()
    totalTokens = serializers.IntegerField()
    usagePricingTierId = absent(serializers.CharField)
    usagePricingTierName = absent(serializers.CharField)
    modelId = absent(serializers.CharField)
    inputPrice = absent(serializers.FloatField)
    outputPrice = absent(serializers.FloatField)
    totalPrice = absent(serializers.FloatField)
    calculatedInputCost = absent(serializers.FloatField)
    calculatedOutputCost = absent(serializers.FloatField)
    calculatedTotalCost = absent(serializers.FloatField)
    latency = absent(serializers.FloatField)
    timeToFirstToken = absent(serializers.FloatField)


class TraceWithFullDetailsSerializer(TraceWithDetailsSerializer):
    observations = ObservationSerializer(many=True)  # type: ignore[assignment]
    scores = serializers.ListField(child=serializers.DictField())


class UserSerializer(serializers.Serializer[Any]):
    userId = serializers.CharField()
    firstTrace = serializers.DateTimeField()
    lastTrace = serializers.DateTimeField()
    totalTraces = serializers.IntegerField()
    totalObservations = serializers.IntegerField()
    totalPromptTokens = serializers.IntegerField()
    totalCompletionTokens = serializers.IntegerField()
    totalTokens = serializers.IntegerField()
    sumCalculatedTotalCost = serializers.FloatField()


class DeleteTracesSerializer(serializers.Serializer[Any]):
    traceIds = serializers.ListField(child=serializers.CharField(), min_length=1, max_length=1000)


class MessageSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()


class PageMetaSerializer(serializers.Serializer[Any]):
    page = serializers.IntegerField()
    limit = serializers.IntegerField()
    totalItems = serializers.IntegerField()
    totalPages = serializers.IntegerField()


def page_of(item: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """Return the form of a page of such items."""
    name = item.__name__.removesuffix("Serializer")
    fields = {"data": item(many=True), "meta": PageMetaSerializer()}
    page: serializers.Serializer[Any] = inline_serializer(f"PageOf{name}", fields)
    return page
