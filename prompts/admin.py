"""Prompts and their versions in the admin, to be looked at: content never changes, labels move over the API."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from accounts.admin_site import ReadOnlyAdmin, site
from prompts.models import Prompt, PromptLabel, PromptVersion


class LabelInline(TabularInline):
    """Which version each label points to."""

    model = PromptLabel
    fields = ("label", "version")
    readonly_fields = ("label", "version")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Prompt | None = None) -> bool:
        return False


@admin.register(Prompt, site=site)
class PromptAdmin(ReadOnlyAdmin):
    list_display = ("name", "project", "type", "tags", "updated_at")
    list_filter = ("type",)
    list_select_related = ("project",)
    search_fields = ("name", "=id", "=project__id")
    ordering = ("-updated_at",)
    inlines = (LabelInline,)


@admin.register(PromptVersion, site=site)
class PromptVersionAdmin(ReadOnlyAdmin):
    list_display = ("prompt", "version", "commit_message", "created_by", "created_at")
    list_select_related = ("prompt",)
    search_fields = ("prompt__name", "=id", "=prompt__project__id")
    ordering = ("-created_at",)
