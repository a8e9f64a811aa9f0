"""A request in the admin and an id in; the prompt, if the visitor may read it, and what they may do with it out."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from unfold.admin import ModelAdmin

from accounts.admin_site import Visitor, site, visitor_of
from accounts.audit import Author, by_user
from prompts.models import Prompt
from prompts.rules import EDIT, PROTECTED

READ = "prompts:read"
KEYS = "apiKeys:read"

TABS = (
    ("change", "Prompt"),
    ("diff", "Compare"),
    ("labels", "Labels"),
    ("changes", "Change requests"),
    ("usage", "Who uses it"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A prompt as one visitor sees it."""

    prompt: Prompt
    visitor: Visitor

    @property
    def project_id(self) -> str:
        return self.prompt.project_id

    @property
    def author(self) -> Author:
        return by_user(self.visitor.user)

    @property
    def may_edit(self) -> bool:
        return self.visitor.can(EDIT, self.project_id)

    @property
    def may_protect(self) -> bool:
        return self.visitor.can(PROTECTED, self.project_id)

    @property
    def sees_keys(self) -> bool:
        return self.visitor.can(KEYS, self.project_id)

    def url(self, page: str, *args: Any) -> str:
        return prompt_url(page, self.prompt.pk, *args)


PromptView = Callable[[HttpRequest, Place], HttpResponse]


class TeamAdmin(ModelAdmin):
    """An admin of what belongs to projects: members see the rows of theirs, by the scopes of their role.

    `project_path` leads from a row to its project. Nothing is added, changed or deleted here, unless a
    subclass says so.
    """

    project_path = "project"
    list_per_page = 50
    list_disable_select_all = True
    actions = None

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        request.GET = _without_nul(request.GET)  # type: ignore[assignment]
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(**self.of_visitor(visitor_of(request)))

    def of_visitor(self, visitor: Visitor) -> dict[str, Any]:
        """Return the condition on rows that makes them the visitor's."""
        if visitor.user.is_superuser:
            return {f"{self.project_path}__deleted_at__isnull": True}
        ids = [project.id for project in visitor.projects_with(READ)]
        return {f"{self.project_path}_id__in": ids}

    def has_module_permission(self, request: HttpRequest) -> bool:
        return visitor_of(request).can(READ)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return visitor_of(request).can(READ)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _without_nul(query: QueryDict) -> QueryDict:
    """Return the query of an address, which may hold anything, as the database takes it."""
    cleaned = query.copy()
    for name, values in query.lists():
        cleaned.setlist(name, [value.replace("\x00", "") for value in values])
    return cleaned


def visible_prompts(visitor: Visitor) -> QuerySet[Prompt]:
    """Return the prompts that the visitor may read."""
    rows = Prompt.objects.select_related("project", "project__organization")
    if visitor.user.is_superuser:
        return rows.filter(project__deleted_at=None)
    return rows.filter(project_id__in=[project.id for project in visitor.projects_with(READ)])


def in_prompt(scope: str = READ) -> Callable[[PromptView], Callable[..., HttpResponse]]:
    """Admit to a view those who have the scope in the project of the prompt of its URL."""

    def decorate(view: PromptView) -> Callable[..., HttpResponse]:
        @wraps(view)
        def admitted(request: HttpRequest, object_id: str) -> HttpResponse:
            visitor = visitor_of(request)
            prompt_id = unquote(object_id).replace("\x00", "")
            prompt = visible_prompts(visitor).filter(pk=prompt_id).first()
            if prompt is None:
                raise Http404("No such prompt")
            if not visitor.can(scope, prompt.project_id):
                raise PermissionDenied("Your role in this project does not allow this.")
            return view(request, Place(prompt, visitor))

        return admitted

    return decorate


def prompt_url(page: str, *args: Any) -> str:
    return reverse(f"admin:prompts_prompt_{page}", args=args)


def show(
    request: HttpRequest, template: str, title: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Return a page of the admin with what stands around each of them."""
    request.current_app = site.name
    known = {"opts": Prompt._meta, "title": title, "is_fullwidth": "1", **context}
    return render(
        request, f"admin/prompts/{template}", {**site.each_context(request), **known}, status=status
    )


def show_prompt(
    request: HttpRequest, place: Place, template: str, *, tab: str, status: int = 200, **context: Any
) -> HttpResponse:
    """Return a page of one prompt, under its tabs."""
    tabs = [(title, place.url(page), page == tab) for page, title in TABS]
    known = {"original": place.prompt, "place": place, "tabs": tabs}
    return show(request, template, place.prompt.name, status=status, **known, **context)


def number_in(text: str | None) -> int | None:
    """Return the number of a version that an address names; None where it names none."""
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise Http404("No such version")
    return int(text)
