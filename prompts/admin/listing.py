"""Filters of the list of prompts in, one page of rows out, each whole: a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import CharField, F, Func, QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList

from accounts.admin_site import visitor_of
from prompts.admin.places import READ
from prompts.lists import Listed, below, count_uses, crumbs_of, describe, in_folder, list_folders
from prompts.models import Prompt, PromptLabel
from prompts.screens import editor_of, names_of
from prompts.wire import LATEST

FOLDER = "folder"
LOOKED_FOR = ("label", "tag", "type__exact")
MAX_OPTIONS = 200
MAX_PROJECTS_COUNTED = 5
"""Projects on one page of which uses are counted: each takes a statement of its own."""


@dataclass(frozen=True, slots=True)
class Way:
    """A folder that the list leads to."""

    name: str
    path: str
    link: str
    prompts: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What a row of the list shows beside the prompt itself. `uses` None: not counted."""

    labels: tuple[tuple[str, int], ...] = ()
    latest: int | None = None
    versions: int = 0
    editor: str = ""
    edited_at: datetime | None = None
    uses: int | None = 0


class PromptList(ChangeList):
    """The list of one folder: its prompts, not those of its sub-folders; a search looks into these, too."""

    result_list: Any

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Prompt]:
        rows: QuerySet[Prompt] = super().get_queryset(request, exclude_parameters)
        self.folder = folder_in(request)
        rows = below(rows, self.folder)
        folders = [] if self.is_search() else list_folders(rows, self.folder, limit=MAX_OPTIONS + 1)
        self.folders = [
            Way(one.name, one.path, self.link_to(one.path), one.prompts) for one in folders[:MAX_OPTIONS]
        ]
        self.has_more_folders = len(folders) > MAX_OPTIONS
        return rows if self.is_search() else in_folder(rows, self.folder)

    def is_search(self) -> bool:
        """Say whether rows are looked for by something else than their folder and project."""
        return bool(self.query) or any(name in self.filter_params for name in LOOKED_FOR)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count
        prompts: list[Any] = list(self.result_list)
        shown = show(prompts)
        for prompt in prompts:
            prompt.shown = shown[prompt.pk]
            prompt.short_name = prompt.name[len(self.folder) + 1 :] if self.folder else prompt.name
        self.result_list = prompts

    def crumbs(self) -> list[Way]:
        """Return the folders on the way to this one."""
        return [Way(one.name, one.path, self.link_to(one.path)) for one in crumbs_of(self.folder)]

    def link_to(self, path: str = "") -> str:
        """Return the query that leads to a folder, or to the outermost, with what else the list is narrowed to."""
        narrowed: str = self.get_query_string({FOLDER: path or None}, [PAGE_VAR])
        return narrowed

    def here(self) -> str:
        return self.link_to()

    def is_narrowed(self) -> bool:
        return self.is_search() or bool(self.folder) or "project" in self.filter_params


def folder_in(request: HttpRequest) -> str:
    return request.GET.get(FOLDER, "").strip("/")


def show(prompts: Sequence[Prompt]) -> dict[str, Shown]:
    """Return what the rows of these prompts show, by id."""
    rows = describe({prompt.project_id for prompt in prompts}, [prompt.pk for prompt in prompts])
    names = names_of([row.changed_by for row in rows])
    uses = _uses(prompts, {row.id: row for row in rows})
    shown = {row.id: _shown(row, names, uses) for row in rows}
    return {prompt.pk: shown.get(prompt.pk, Shown()) for prompt in prompts}


def _uses(prompts: Sequence[Prompt], rows: dict[str, Listed]) -> dict[str, int] | None:
    """Return how many generations used each prompt in 7 days; None where too many projects are listed."""
    projects = {prompt.project_id for prompt in prompts}
    if len(projects) > MAX_PROJECTS_COUNTED:
        return None
    counts: dict[str, int] = {}
    for project_id in projects:
        own = [one.pk for one in prompts if one.project_id == project_id]
        counts |= count_uses(project_id, [rows[pk] for pk in own if pk in rows])
    return counts


def _shown(row: Listed, names: dict[str, str], uses: dict[str, int] | None) -> Shown:
    return Shown(
        labels=tuple(sorted(((label, number) for label, number in row.labels), key=_newest_first)),
        latest=row.newest,
        versions=len(row.version_ids),
        editor=editor_of(row.changed_by, names),
        edited_at=row.changed_at,
        uses=None if uses is None else uses.get(row.id, 0),
    )


def _newest_first(held: tuple[str, int]) -> tuple[int, str]:
    label, number = held
    return -number, label


class FolderFilter(admin.SimpleListFilter):
    """Takes the folder out of the query; the list's own way of showing it is above the table."""

    title = "folder"
    parameter_name = FOLDER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def has_output(self) -> bool:
        return False

    def queryset(self, request: HttpRequest, queryset: QuerySet[Prompt]) -> QuerySet[Prompt]:
        return queryset


class ProjectFilter(admin.SimpleListFilter):
    title = "project"
    parameter_name = "project"
    path = "project_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        projects = visitor_of(request).projects_with(READ)[:MAX_OPTIONS]
        if len(projects) < 2:
            return []
        return [(project.id, f"{project.organization.name} / {project.name}") for project in projects]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{self.path: value}) if value else queryset


class LabelFilter(admin.SimpleListFilter):
    title = "label"
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        visible = model_admin.get_queryset(request)
        labels = PromptLabel.objects.filter(prompt__in=visible).exclude(label=LATEST)
        found = labels.order_by("label").values_list("label", flat=True).distinct()[:MAX_OPTIONS]
        return [(label, label) for label in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Prompt]) -> QuerySet[Prompt]:
        value = self.value()
        return queryset.filter(labels__label=value) if value else queryset


class TagFilter(admin.SimpleListFilter):
    title = "tag"
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        visible = model_admin.get_queryset(request).order_by()
        tags = visible.annotate(tag=Func(F("tags"), function="unnest", output_field=CharField()))
        found = tags.order_by("tag").values_list("tag", flat=True).distinct()[:MAX_OPTIONS]
        return [(tag, tag) for tag in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Prompt]) -> QuerySet[Prompt]:
        value = self.value()
        return queryset.filter(tags__contains=[value]) if value else queryset
