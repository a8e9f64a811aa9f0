"""What the OpenAPI document says of prompts; bodies are not made from it."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from prompts.models import PromptType

VERSION = OpenApiParameter("version", OpenApiTypes.INT)
LABEL = OpenApiParameter(
    "label", OpenApiTypes.STR, description="`production` where no version is named either."
)
RESOLVE = OpenApiParameter("resolve", OpenApiTypes.BOOL)
NAME = OpenApiParameter("name", OpenApiTypes.STR, required=True)


class Texts(serializers.ListField):
    child = serializers.CharField()


class NewPromptSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.ChoiceField(PromptType.choices, required=False)
    prompt = serializers.JSONField(help_text="Text, or a list of messages and placeholders for a chat.")
    config = serializers.JSONField(required=False)
    labels = Texts(required=False)
    tags = Texts(required=False, allow_null=True)
    commitMessage = serializers.CharField(required=False, allow_null=True, max_length=500)


class FirstNewPromptSerializer(NewPromptSerializer):
    isActive = serializers.BooleanField()


class PromptSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    projectId = serializers.CharField()
    createdBy = serializers.CharField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    type = serializers.ChoiceField(PromptType.choices)
    prompt = serializers.JSONField()
    config = serializers.JSONField()
    labels = Texts()
    tags = Texts()
    commitMessage = serializers.CharField(allow_null=True)
    isActive = serializers.BooleanField()


class ResolvedPromptSerializer(PromptSerializer):
    resolutionGraph = serializers.DictField(allow_null=True)


class NewLabelsSerializer(serializers.Serializer[Any]):
    newLabels = Texts()


class PromptMetaSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.ChoiceField(PromptType.choices)
    versions = serializers.ListField(child=serializers.IntegerField())
    labels = Texts()
    tags = Texts()
    lastUpdatedAt = serializers.DateTimeField()
    lastConfig = serializers.JSONField()


class PageSerializer(serializers.Serializer[Any]):
    page = serializers.IntegerField()
    limit = serializers.IntegerField()
    totalItems = serializers.IntegerField()
    totalPages = serializers.IntegerField()


class PromptMetaPageSerializer(serializers.Serializer[Any]):
    data = PromptMetaSerializer(many=True)  # type: ignore[assignment]
    meta = PageSerializer()
    pagination = PageSerializer()
