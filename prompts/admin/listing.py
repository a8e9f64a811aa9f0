"""Filters of the list of prompts in, one page of rows out, each whole: a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import CharField, Count, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import StrIndex, Substr
from django.http import HttpRequest
from django.utils import timezone
from unfold.views import ChangeList

from accounts.admin_site import visitor_of
from prompts.admin.places import READ
from prompts.models import Prompt, PromptLabel, PromptVersion
from prompts.screens import editor_of, names_of
from prompts.usage import DAYS, generation_provider
from prompts.wire import LATEST

FOLDER = "folder"
LOOKED_FOR = ("label", "tag", "type__exact")
MAX_OPTIONS = 200
MAX_PROJECTS_COUNTED = 5
"""Projects on one page of which uses are counted: each takes a statement of its own."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A part of names up to a slash; `path` without the last slash."""

    path: str
    name: str
    count: int
    link: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a row of the list shows beside the prompt itself. `uses` None: not counted."""

    labels: tuple[tuple[str, int], ...]
    latest: int | None
    versions: int
    editor: str
    edited_at: datetime | None
    uses: int | None


class PromptList(ChangeList):
    """The list of one folder: its prompts, not those of its sub-folders; a search looks into these, too."""

    result_list: Any

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Prompt]:
        rows: QuerySet[Prompt] = super().get_queryset(request, exclude_parameters)
        self.folder = folder_in(request)
        if self.folder:
            rows = rows.filter(name__startswith=f"{self.folder}/")
        folders = [] if self.is_search() else list_folders(rows, self.folder)
        self.folders = [replace(one, link=self.link_to(one.path)) for one in folders[:MAX_OPTIONS]]
        self.has_more_folders = len(folders) > MAX_OPTIONS
        return rows if self.is_search() else in_folder(rows, self.folder)

    def is_search(self) -> bool:
        """Say whether rows are looked for by something else than their folder and project."""
        return bool(self.query) or any(name in self.filter_params for name in LOOKED_FOR)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count
        prompts: list[Any] = list(self.result_list)
        shown = describe(prompts)
        for prompt in prompts:
            prompt.shown = shown[prompt.pk]
            prompt.short_name = prompt.name[len(self.folder) + 1 :] if self.folder else prompt.name
        self.result_list = prompts

    def crumbs(self) -> list[Folder]:
        """Return the folders on the way to this one."""
        parts = self.folder.split("/") if self.folder else []
        paths = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        return [Folder(path, part, 0, self.link_to(path)) for path, part in zip(paths, parts, strict=True)]

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


def in_folder(rows: QuerySet[Prompt], folder: str) -> QuerySet[Prompt]:
    """Return those of the prompts that are in the folder itself."""
    start = len(folder) + 2 if folder else 1
    return rows.annotate(slash=StrIndex(Substr("name", start), Value("/"))).filter(slash=0)


def list_folders(rows: QuerySet[Prompt], folder: str) -> list[Folder]:
    """Return the sub-folders of a folder with the number of prompts below each, by name: one more than are shown."""
    start = len(folder) + 2 if folder else 1
    rest = Substr("name", start)
    part = Func(rest, Value("/"), Value(1), function="split_part", output_field=CharField())
    inner = rows.annotate(slash=StrIndex(rest, Value("/"))).filter(slash__gt=0).order_by()
    counted = inner.annotate(part=part).values("part").annotate(count=Count("pk")).order_by("part")
    prefix = f"{folder}/" if folder else ""
    return [Folder(f"{prefix}{row['part']}", row["part"], row["count"]) for row in counted[: MAX_OPTIONS + 1]]


def describe(prompts: Sequence[Prompt]) -> dict[str, Shown]:
    """Return what the rows of these prompts show, by id."""
    labels: dict[str, list[tuple[str, int]]] = {prompt.pk: [] for prompt in prompts}
    for prompt_id, label, number in _labels(prompts):
        labels[prompt_id].append((label, number))
    newest = _newest_versions(prompts)
    names = names_of([version.created_by for version in newest.values()])
    versions: dict[str, list[str]] = {prompt.pk: [] for prompt in prompts}
    for prompt_id, version_id in PromptVersion.objects.filter(prompt__in=prompts).values_list(
        "prompt_id", "pk"
    ):
        versions[prompt_id].append(version_id)
    uses = _uses(prompts, versions)
    return {
        prompt.pk: _shown(prompt, labels[prompt.pk], newest.get(prompt.pk), names, versions[prompt.pk], uses)
        for prompt in prompts
    }


def _labels(prompts: Sequence[Prompt]) -> QuerySet[PromptLabel, tuple[str, str, int]]:
    rows = PromptLabel.objects.filter(prompt__in=prompts).exclude(label=LATEST)
    return rows.order_by("-version__version", "label").values_list("prompt_id", "label", "version__version")


def _newest_versions(prompts: Sequence[Prompt]) -> dict[str, PromptVersion]:
    rows = PromptVersion.objects.filter(labels__label=LATEST, prompt__in=prompts)
    return {version.prompt_id: version for version in rows.defer("content", "config")}


def _uses(prompts: Sequence[Prompt], versions: dict[str, list[str]]) -> dict[str, int] | None:
    """Return how many generations used each version in 7 days; None where too many projects are listed."""
    projects = {prompt.project_id for prompt in prompts}
    if len(projects) > MAX_PROJECTS_COUNTED:
        return None
    since, counts = timezone.now() - timedelta(days=DAYS), {}
    for project_id in projects:
        ids = [one for prompt in prompts if prompt.project_id == project_id for one in versions[prompt.pk]]
        found = generation_provider()(project_id, ids, since=since)
        counts.update({version_id: generations.count for version_id, generations in found.items()})
    return counts


def _shown(
    prompt: Prompt,
    labels: list[tuple[str, int]],
    newest: PromptVersion | None,
    names: dict[str, str],
    versions: list[str],
    uses: dict[str, int] | None,
) -> Shown:
    return Shown(
        labels=tuple(labels),
        latest=newest.version if newest else None,
        versions=len(versions),
        editor=editor_of(newest.created_by, names) if newest else "",
        edited_at=newest.created_at if newest else None,
        uses=None if uses is None else sum(uses.get(version_id, 0) for version_id in versions),
    )


def matching(rows: QuerySet[Prompt], text: str) -> QuerySet[Prompt]:
    """Return those of the prompts that have the text in their name, or in a version that has a label."""
    served = PromptLabel.objects.filter(prompt=OuterRef("pk")).annotate(text=Said("version__content"))
    return rows.filter(Q(name__icontains=text) | Exists(served.filter(text__icontains=text)))


class Said(Func):
    """The text of a content: that of a text prompt, or of all messages of a chat."""

    template = (
        "(case jsonb_typeof(%(expressions)s) when 'string' then %(expressions)s #>> '{}'"
        " else (select string_agg(said ->> 'content', E'\\n')"
        " from jsonb_array_elements(%(expressions)s) as said) end)"
    )
    arity = 1
    output_field = CharField()


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
