"""What the OpenAPI document says of experiments and their items; responses are not made from it."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from scoring.api.documents import CURSOR, LIMIT, ScoreV3Serializer
from tracing.api.documents import absent

EXPERIMENT_GROUPS = ("core", "metadata", "scores")
ITEM_GROUPS = ("core", "dataset", "io", "metadata", "itemMetadata", "experimentMetadata", "scores")


def parameters(groups: tuple[str, ...], default: str) -> list[OpenApiParameter]:
    """Return the parameters of a list that pages by cursor beside its filters."""
    known = ", ".join(groups)
    return [
        OpenApiParameter("page", exclude=True),
        OpenApiParameter("fromStartTime", OpenApiTypes.DATETIME, required=True),
        LIMIT,
        CURSOR,
        OpenApiParameter(
            "fields",
            OpenApiTypes.STR,
            description=f"Groups of fields, with commas between: {known}. Core is always there; {default} by default.",
        ),
        OpenApiParameter(
            "scoreLimit",
            OpenApiTypes.INT,
            description="Scores with each, the newest: 1 to 50; 50 by default.",
        ),
    ]


class CursorSerializer(serializers.Serializer[Any]):
    cursor = serializers.CharField(required=False, help_text="Not there on the last page.")


class ExperimentSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    description = absent(serializers.CharField)
    startTime = serializers.DateTimeField()
    endTime = serializers.DateTimeField()
    itemCount = serializers.IntegerField()
    datasetId = absent(serializers.CharField)
    metadata = serializers.DictField(required=False, allow_null=True)
    scores = ScoreV3Serializer(many=True, required=False)


class ExperimentsSerializer(serializers.Serializer[Any]):
    data = ExperimentSerializer(many=True)  # type: ignore[assignment]
    meta = CursorSerializer()


class ExperimentItemSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    traceId = serializers.CharField()
    startTime = serializers.DateTimeField()
    endTime = absent(serializers.DateTimeField)
    level = serializers.CharField()
    environment = serializers.CharField()
    experimentId = serializers.CharField()
    experimentName = serializers.CharField()
    experimentItemId = serializers.CharField()
    experimentDatasetId = serializers.CharField(required=False, allow_null=True)
    experimentItemVersion = serializers.DateTimeField(required=False, allow_null=True)
    input = serializers.JSONField(required=False, allow_null=True)
    output = serializers.JSONField(required=False, allow_null=True)
    expectedOutput = serializers.JSONField(required=False, allow_null=True)
    metadata = serializers.DictField(required=False, allow_null=True)
    experimentItemMetadata = serializers.DictField(required=False, allow_null=True)
    experimentMetadata = serializers.DictField(required=False, allow_null=True)
    experimentDescription = serializers.CharField(required=False, allow_null=True)
    scores = ScoreV3Serializer(many=True, required=False)


class ExperimentItemsSerializer(serializers.Serializer[Any]):
    data = ExperimentItemSerializer(many=True)  # type: ignore[assignment]
    meta = CursorSerializer()
