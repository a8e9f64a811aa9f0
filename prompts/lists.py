"""Prompts of one project or several in; their folders, those that a search finds, and rows of a list out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import CharField, Count, Exists, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import StrIndex, Substr
from django.utils import timezone

from prompts.models import Prompt, PromptLabel
from prompts.usage import DAYS, generation_provider

DESCRIBE = """
select p.id, p.name, p.type, p.tags, newest.version, newest.created_at, newest.created_by,
       newest.commit_message,
       array(select v.id from prompt_versions as v where v.prompt_id = p.id),
       (select coalesce(json_agg(json_build_array(l.label, v.version) order by l.label), '[]')
          from prompt_labels as l
          join prompt_versions as v on v.id = l.version_id
         where l.prompt_id = p.id and l.label <> 'latest')
  from prompts as p
  join lateral (
        select v.version, v.created_at, v.created_by, v.commit_message
          from prompt_versions as v
         where v.prompt_id = p.id
         order by v.version desc
         limit 1
       ) as newest on true
 where p.project_id = any(%s) and p.id = any(%s)
"""


@dataclass(frozen=True, slots=True)
class Search:
    """What a list is narrowed to; empty text: not by that."""

    query: str = ""
    type: str = ""
    label: str = ""
    tag: str = ""

    def __bool__(self) -> bool:
        return any((self.query, self.type, self.label, self.tag))


@dataclass(frozen=True, slots=True)
class Folder:
    """A part of names up to a slash; `path` without the last slash."""

    name: str
    path: str
    prompts: int
    """Below it, at any depth."""


@dataclass(frozen=True, slots=True)
class Crumb:
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A prompt as one row. `labels` with the numbers they point to, `latest` left out."""

    id: str
    name: str
    type: str
    tags: list[str]
    newest: int
    changed_at: datetime
    changed_by: str
    message: str | None
    version_ids: list[str]
    labels: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Page:
    folders: list[Folder]
    prompts: list[Listed]
    total: int


def list_folder(project_id: str, folder: str, *, limit: int, offset: int) -> Page:
    """Return what lies directly in a folder, folders first; '' is the outermost."""
    rows = below(Prompt.objects.filter(project_id=project_id), folder)
    count = _parts(rows, folder).aggregate(
        folders=Count("part", distinct=True, filter=Q(slash__gt=0)), prompts=Count("pk", filter=Q(slash=0))
    )
    folders = list_folders(rows, folder, limit=limit, offset=offset) if offset < count["folders"] else []
    start = max(offset - count["folders"], 0)
    own = in_folder(rows, folder).order_by("name", "pk")
    ids = own.values_list("pk", flat=True)[start : start + limit - len(folders)]
    return Page(folders, describe([project_id], list(ids)), count["folders"] + count["prompts"])


def find_prompts(project_id: str, folder: str, search: Search, *, limit: int, offset: int) -> Page:
    """Return the prompts below a folder that a search finds, at any depth."""
    rows = narrowed(below(Prompt.objects.filter(project_id=project_id), folder), search)
    ids = rows.order_by("name", "pk").values_list("pk", flat=True)[offset : offset + limit]
    return Page([], describe([project_id], list(ids)), rows.count())


def below(rows: QuerySet[Prompt], folder: str) -> QuerySet[Prompt]:
    """Return those of the prompts that lie in a folder or in one of its folders."""
    return rows.filter(name__startswith=f"{folder}/") if folder else rows


def in_folder(rows: QuerySet[Prompt], folder: str) -> QuerySet[Prompt]:
    """Return those of the prompts below a folder that are in the folder itself."""
    return _parts(rows, folder).filter(slash=0)


def list_folders(rows: QuerySet[Prompt], folder: str, *, limit: int, offset: int = 0) -> list[Folder]:
    """Return the sub-folders of a folder, by name, with the number of prompts below each."""
    inner = _parts(rows, folder).filter(slash__gt=0).order_by()
    counted = inner.values("part").annotate(count=Count("pk")).order_by("part")
    prefix = f"{folder}/" if folder else ""
    return [
        Folder(row["part"], f"{prefix}{row['part']}", row["count"])
        for row in counted[offset : offset + limit]
    ]


def crumbs_of(folder: str) -> list[Crumb]:
    """Return the folders on the way to this one, itself last."""
    parts = folder.split("/") if folder else []
    return [Crumb(part, "/".join(parts[: index + 1])) for index, part in enumerate(parts)]


def narrowed(rows: QuerySet[Prompt], search: Search) -> QuerySet[Prompt]:
    """Return those of the prompts that a search asks for."""
    if search.type:
        rows = rows.filter(type=search.type)
    if search.label:
        rows = rows.filter(Exists(PromptLabel.objects.filter(prompt=OuterRef("pk"), label=search.label)))
    if search.tag:
        rows = rows.filter(tags__contains=[search.tag])
    return matching(rows, search.query) if search.query else rows


def matching(rows: QuerySet[Prompt], text: str) -> QuerySet[Prompt]:
    """Return those of the prompts that have a text in their name or in what they say, whatever its case.

    Of the many versions of a prompt, those with a label are what somebody may be looking for.
    """
    served = PromptLabel.objects.filter(prompt=OuterRef("pk")).annotate(text=Said("version__content"))
    return rows.filter(Q(name__icontains=text) | Exists(served.filter(text__icontains=text)))


def describe(project_ids: Collection[str], prompt_ids: Sequence[str]) -> list[Listed]:
    """Return rows of these prompts of the projects, in their order; without those that have no versions."""
    if not prompt_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(DESCRIBE, [list(project_ids), list(prompt_ids)])
        found = {row[0]: Listed(*row) for row in cursor.fetchall()}
    return [found[pk] for pk in prompt_ids if pk in found]


def count_uses(project_id: str, prompts: Sequence[Listed]) -> dict[str, int]:
    """Return, by prompt id, how many generations of the last days are linked to one of its versions."""
    version_ids = [pk for prompt in prompts for pk in prompt.version_ids]
    if not version_ids:
        return {}
    used = generation_provider()(project_id, version_ids, since=timezone.now() - timedelta(days=DAYS))
    return {prompt.id: sum(used[pk].count for pk in prompt.version_ids if pk in used) for prompt in prompts}


class Said(Func):
    """The text of a content: that of a text prompt, or of all messages of a chat."""

    template = (
        "(case jsonb_typeof(%(expressions)s) when 'string' then %(expressions)s #>> '{}'"
        " else (select string_agg(said ->> 'content', E'\\n')"
        " from jsonb_array_elements(%(expressions)s) as said) end)"
    )
    arity = 1
    output_field = CharField()


def _parts(rows: QuerySet[Prompt], folder: str) -> QuerySet[Any]:
    """Say of prompts below a folder where the next slash of their names is, and what stands before it."""
    rest = Substr("name", len(folder) + 2 if folder else 1)
    part = Func(rest, Value("/"), Value(1), function="split_part", output_field=CharField())
    return rows.annotate(slash=StrIndex(rest, Value("/")), part=part)
