"""Score configs in the admin: checked, made and changed by what serves the API."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import ServedAdmin
from accounts.admin_site import site
from accounts.audit import Author, by_user
from accounts.models import User
from langfuse_site.lib.errors import InvalidData, InvalidRequest, message_of
from scoring.config_changes import create_config, update_config
from scoring.configs import ConfigFields, read_new_config
from scoring.models import ConfigDataType, ScoreConfig
from scoring.shapes import config_shape


@admin.register(ScoreConfig, site=site)
class ScoreConfigAdmin(ServedAdmin):
    list_display = ("name", "project", "data_type", "is_archived", "created_at")
    list_filter = ("data_type", "is_archived")
    list_select_related = ("project",)
    search_fields = ("name", "=id", "=project__id")
    ordering = ("-created_at",)
    raw_id_fields = ("project",)
    fields = (
        *("project", "name", "data_type", "is_archived", "min_value", "max_value"),
        *("categories", "description"),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: ScoreConfig | None = None) -> tuple[str, ...]:
        return () if obj is None else ("project", "data_type")

    def save_model(self, request: HttpRequest, obj: ScoreConfig, form: Any, change: bool) -> None:
        fields = _checked(obj)
        if change:
            update_config(ScoreConfig.objects.get(pk=obj.pk), fields, author=_author(request))
        else:
            obj.pk = create_config(obj.project_id, fields, author=_author(request)).pk


def _checked(config: ScoreConfig) -> ConfigFields:
    said = config_shape(config)
    if config.data_type == ConfigDataType.BOOLEAN:
        said["categories"] = None
    try:
        return read_new_config(said)
    except InvalidData as error:
        raise InvalidRequest(message_of(error)) from error


def _author(request: HttpRequest) -> Author:
    if not isinstance(request.user, User):
        raise TypeError("The admin is for users who have signed in")
    return by_user(request.user)
