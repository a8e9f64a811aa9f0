"""The list of prompts in the admin, and the routes of their pages."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.admin_site import site, visitor_of
from accounts.templatetags.pages import grouped, when
from prompts.admin import comparing, creating, deleting, editing, labels, proposing, reading
from prompts.admin.listing import FolderFilter, LabelFilter, ProjectFilter, PromptList, TagFilter
from prompts.admin.places import READ, TeamAdmin
from prompts.lists import matching
from prompts.models import Prompt
from prompts.rules import EDIT

MAX_LABELS = 4


@admin.register(Prompt, site=site)
class PromptAdmin(TeamAdmin):
    """Prompts of the visitor's projects. A prompt's pages are our own, under the addresses that Django gives."""

    menu_title = "Prompts"
    menu_icon = "edit_note"
    menu_place = 1

    list_filter = (FolderFilter, ProjectFilter, LabelFilter, TagFilter, "type")
    list_select_related = ("project", "project__organization")
    list_before_template = "admin/prompts/_folders.html"
    list_fullwidth = True
    list_filter_sheet = True
    search_fields = ("name",)
    search_help_text = "Search names and what labelled versions say"
    ordering = ("name", "pk")

    class Media:
        css = {"all": ("site/prompts.css",)}

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        several = len(visitor_of(request).projects_with(READ)) > 1
        project = ("project_name",) if several else ()
        return ("title", *project, "type", "labels", "latest", "tag_list", "editor", "uses")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PromptList]:
        return PromptList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Prompt], search_term: str
    ) -> tuple[QuerySet[Prompt], bool]:
        text = search_term.strip()
        return (matching(queryset, text) if text else queryset), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return visitor_of(request).can(EDIT)

    @display(description="Name", ordering="name")
    def title(self, prompt: Any) -> SafeString:
        return format_html('<span class="pr-name" title="{}">{}</span>', prompt.name, prompt.short_name)

    @display(description="Project", ordering="project__name")
    def project_name(self, prompt: Prompt) -> SafeString:
        return format_html(
            '<span title="{}">{}</span>', prompt.project.organization.name, prompt.project.name
        )

    @display(description="Labels")
    def labels(self, prompt: Any) -> SafeString:
        pairs = prompt.shown.labels
        chips = format_html_join(" ", '<span class="pr-label">{} <b>{}</b></span>', pairs[:MAX_LABELS])
        more = len(pairs) - MAX_LABELS
        return chips + (
            format_html(' <span class="pr-muted">+{}</span>', more) if more > 0 else SafeString("")
        )

    @display(description="Latest")
    def latest(self, prompt: Any) -> SafeString:
        if prompt.shown.latest is None:
            return SafeString('<span class="pr-muted">none</span>')
        of = f" of {prompt.shown.versions}" if prompt.shown.versions != prompt.shown.latest else ""
        return format_html(
            '<span class="pr-num">{}<span class="pr-muted">{}</span></span>', prompt.shown.latest, of
        )

    @display(description="Tags")
    def tag_list(self, prompt: Prompt) -> SafeString:
        return format_html_join(" ", '<span class="pr-tag">{}</span>', ((tag,) for tag in prompt.tags[:3]))

    @display(description="Last edited")
    def editor(self, prompt: Any) -> SafeString:
        if prompt.shown.edited_at is None:
            return SafeString("")
        return format_html(
            '{} <span class="pr-muted">{}</span>', prompt.shown.editor, when(prompt.shown.edited_at)
        )

    @display(description="Uses in 7 days")
    def uses(self, prompt: Any) -> SafeString:
        if prompt.shown.uses is None:
            return SafeString('<span class="pr-muted" title="Choose a project to count">–</span>')
        return format_html('<span class="pr-num">{}</span>', grouped(prompt.shown.uses))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return reading.show_version(request, object_id)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return creating.new_prompt(request)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return deleting.delete(request, object_id)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return labels.list_labels(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        views = {
            "edit": editing.edit_version,
            "preview": editing.preview_prompt,
            "tags": editing.edit_tags,
            "diff": comparing.compare_versions,
            "labels": labels.list_labels,
            "move": labels.move,
            "remove": labels.remove,
            "rollback": labels.roll_back_label,
            "changes": proposing.list_changes_of,
            "propose": proposing.propose,
            "usage": reading.show_usage,
        }
        own = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"prompts_prompt_{name}")
            for name, view in views.items()
        ]
        new = path(
            "preview/", self.admin_site.admin_view(creating.preview_new), name="prompts_prompt_preview_new"
        )
        urls: list[URLPattern] = super().get_urls()
        return [new, *own, *urls]
