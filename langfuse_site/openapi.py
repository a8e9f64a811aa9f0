"""The API's views in, what OpenAPI says of them out.

Views speak JSON without serializers: what a view doesn't tell by `extend_schema` is an object here. A view
tells its query parameters by its `filterset_class`.
"""

from typing import Any

from django import forms
from django_filters import FilterSet
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from accounts.api.params import MomentField
from tracing.api.params import ApiFilterSet, WordField, WordsField

PAGE_PARAMETERS = [
    OpenApiParameter("page", OpenApiTypes.INT, description="Starts at 1."),
    OpenApiParameter("limit", OpenApiTypes.INT, description="Items on a page."),
]
FILTER_PARAMETER = OpenApiParameter(
    "filter",
    OpenApiTypes.STR,
    description="A JSON array of conditions, all of which must hold: `[{type, column, operator, value, key?}]`."
    " Where it speaks of a column that a simple parameter is for, it goes first.",
)
METHOD_NAMES = {"GET": "get", "POST": "create", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """Public key and secret key as user name and password."""

    target_class = "accounts.api.authentication.ApiKeyAuthentication"
    match_subclasses = True
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "basic", "description": "Public key and secret key of a project."}


class ApiSchema(AutoSchema):
    def get_operation_id(self) -> str:
        """Return `traces_list` for a list, `traces_get` for one of it."""
        words = [
            part for part in self.path.removeprefix("/api/public/").split("/") if not part.startswith("{")
        ]
        name = METHOD_NAMES[self.method]
        if self.method == "GET" and self._filters() is not None:
            name = "list"
        if self.method == "DELETE" and not self.path.endswith("}"):
            name = "delete_many"
        return "_".join([*words, name]).replace("-", "_")

    def get_tags(self) -> list[str]:
        words = self.path.removeprefix("/api/public/").split("/")
        return [words[1] if words[0] in {"v2", "v3"} else words[0]]

    def get_request_serializer(self) -> Any:
        return OpenApiTypes.OBJECT if self.method in {"POST", "PUT", "PATCH"} else None

    def get_response_serializers(self) -> Any:
        return OpenApiTypes.OBJECT

    def get_override_parameters(self) -> list[Any]:
        filters = self._filters()
        if filters is None or self.method != "GET":
            return []
        own = [_parameter(name, filter_) for name, filter_ in filters.base_filters.items()]
        advanced = issubclass(filters, ApiFilterSet) and filters.view() is not None
        return [*PAGE_PARAMETERS, *own, *([FILTER_PARAMETER] if advanced else [])]

    def _filters(self) -> type[FilterSet] | None:
        return getattr(self.view, "filterset_class", None)


def _parameter(name: str, filter_: Any) -> OpenApiParameter:
    kind, field = OpenApiTypes.STR, filter_.field_class
    if issubclass(field, MomentField):
        kind = OpenApiTypes.DATETIME
    if issubclass(field, forms.FloatField):
        kind = OpenApiTypes.DOUBLE
    words = filter_.extra["words"] if issubclass(field, WordField) else None
    return OpenApiParameter(name, kind, enum=words, many=issubclass(field, WordsField))
