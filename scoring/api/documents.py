"""What the OpenAPI document says of scores and score configs; bodies are not made from it."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from scoring.models import ConfigDataType, ScoreDataType, ScoreSource
from tracing.api.documents import absent

PAGE = [OpenApiParameter("page", OpenApiTypes.INT), OpenApiParameter("limit", OpenApiTypes.INT)]
GROUPS = OpenApiParameter(
    "fields", OpenApiTypes.STR, description="Groups of fields, with commas between: score (always), trace."
)


LIMIT = OpenApiParameter("limit", OpenApiTypes.INT, description="Items on a page, 1 to 100; 50 by default.")
CURSOR = OpenApiParameter("cursor", OpenApiTypes.STR, description="`meta.cursor` of the page before.")
V3_PARAMETERS = [
    OpenApiParameter("page", exclude=True),
    LIMIT,
    CURSOR,
    OpenApiParameter(
        "fields",
        OpenApiTypes.STR,
        description="Groups of fields, with commas between: core (always), details, subject, annotation.",
    ),
]


class ScoreSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    projectId = serializers.CharField()
    name = serializers.CharField()
    value = serializers.FloatField(required=False, help_text="Not there for texts.")
    stringValue = absent(serializers.CharField)
    dataType = serializers.ChoiceField(ScoreDataType.choices)
    source = serializers.ChoiceField(ScoreSource.choices)  # type: ignore[assignment]
    traceId = absent(serializers.CharField)
    observationId = absent(serializers.CharField)
    sessionId = absent(serializers.CharField)
    datasetRunId = absent(serializers.CharField)
    timestamp = serializers.DateTimeField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    authorUserId = absent(serializers.CharField)
    comment = absent(serializers.CharField)
    metadata = serializers.DictField()
    configId = absent(serializers.CharField)
    queueId = absent(serializers.CharField)
    executionTraceId = absent(serializers.CharField)
    environment = serializers.CharField()


class TraceOfScoreSerializer(serializers.Serializer[Any]):
    userId = absent(serializers.CharField)
    tags = serializers.ListField(child=serializers.CharField())
    environment = serializers.CharField()
    sessionId = serializers.CharField(required=False, allow_null=True)


class ScoreWithTraceSerializer(ScoreSerializer):
    trace = TraceOfScoreSerializer(required=False, allow_null=True)


class SubjectSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["trace", "observation", "session", "experiment"])
    id = serializers.CharField()
    traceId = serializers.CharField(required=False, allow_null=True, help_text="Of observations.")


class ScoreV3Serializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    projectId = serializers.CharField()
    name = serializers.CharField()
    value = serializers.JSONField(help_text="A number, true or false, or a string, as dataType says.")
    dataType = serializers.ChoiceField(ScoreDataType.choices)
    source = serializers.ChoiceField(ScoreSource.choices)  # type: ignore[assignment]
    timestamp = serializers.DateTimeField()
    environment = serializers.CharField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    comment = serializers.CharField(required=False, allow_null=True)
    configId = serializers.CharField(required=False, allow_null=True)
    metadata = serializers.DictField(required=False)
    authorUserId = serializers.CharField(required=False, allow_null=True)
    queueId = serializers.CharField(required=False, allow_null=True)
    subject = SubjectSerializer(required=False, allow_null=True)


class CursorWithLimitSerializer(serializers.Serializer[Any]):
    limit = serializers.IntegerField()
    cursor = serializers.CharField(required=False, help_text="Not there on the last page.")


class ScoresV3Serializer(serializers.Serializer[Any]):
    data = ScoreV3Serializer(many=True)  # type: ignore[assignment]
    meta = CursorWithLimitSerializer()


class NewScoreSerializer(serializers.Serializer[Any]):
    """One of traceId, sessionId and datasetRunId says what the score is of."""

    id = serializers.CharField(required=False)
    name = serializers.CharField()
    value = serializers.JSONField(help_text="A number, or a string for categories and texts.")
    dataType = serializers.ChoiceField(ScoreDataType.choices, required=False)
    traceId = serializers.CharField(required=False, allow_null=True)
    observationId = serializers.CharField(required=False, allow_null=True)
    sessionId = serializers.CharField(required=False, allow_null=True)
    datasetRunId = serializers.CharField(required=False, allow_null=True)
    configId = serializers.CharField(required=False, allow_null=True)
    queueId = serializers.CharField(required=False, allow_null=True)
    comment = serializers.CharField(required=False, allow_null=True)
    metadata = serializers.JSONField(required=False, allow_null=True)
    environment = serializers.CharField(required=False, allow_null=True)
    source = serializers.ChoiceField(["API", "ANNOTATION"], required=False)  # type: ignore[assignment]


class CreatedScoreSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()


class CategorySerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.FloatField()


class NewScoreConfigSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=35)
    dataType = serializers.ChoiceField(ConfigDataType.choices)
    minValue = serializers.FloatField(required=False, allow_null=True)
    maxValue = serializers.FloatField(required=False, allow_null=True)
    categories = CategorySerializer(many=True, required=False, allow_null=True)
    description = serializers.CharField(required=False, allow_null=True)


class ChangedScoreConfigSerializer(serializers.Serializer[Any]):
    isArchived = serializers.BooleanField(required=False)
    name = serializers.CharField(max_length=35, required=False)
    minValue = serializers.FloatField(required=False, allow_null=True)
    maxValue = serializers.FloatField(required=False, allow_null=True)
    categories = CategorySerializer(many=True, required=False, allow_null=True)
    description = serializers.CharField(required=False, allow_null=True)


class ScoreConfigSerializer(NewScoreConfigSerializer):
    id = serializers.CharField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    projectId = serializers.CharField()
    isArchived = serializers.BooleanField()
