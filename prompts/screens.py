"""A project and what a reader looks for in; the prompts of one page, and all that one prompt's page shows, out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from accounts.models import ApiKey, User
from prompts.models import ChangeStatus, Prompt, PromptChangeRequest, PromptFetch, PromptVersion
from prompts.queries import list_versions
from prompts.usage import DAYS, generation_provider
from prompts.versions import BY_KEY

MAX_FETCHERS = 100
UNDECIDED = [ChangeStatus.OPEN, ChangeStatus.APPROVED]

LIST_FOLDER = """
with inside as (
    select p.id, substr(p.name, length(%(prefix)s) + 1) as rest
      from prompts as p
     where p.project_id = %(project_id)s and starts_with(p.name, %(prefix)s)
), entries as (
    select case when position('/' in rest) > 0 then split_part(rest, '/', 1) end as folder,
           case when position('/' in rest) = 0 then id end as id,
           rest
      from inside
)
select folder, id, count(*) as prompts, count(*) over () as total
  from entries
 group by folder, id
 order by folder is null, coalesce(folder, min(rest)), id
 limit %(limit)s offset %(offset)s
"""

# Of the many versions of a prompt, those with a label are what somebody may be looking for.
FIND_PROMPTS = """
select p.id, count(*) over () as total
  from prompts as p
 where p.project_id = %(project_id)s
   and starts_with(p.name, %(prefix)s)
   and (%(type)s = '' or p.type = %(type)s)
   and (%(tag)s = '' or p.tags @> array[%(tag)s])
   and (%(label)s = '' or exists (select from prompt_labels as l
                                   where l.prompt_id = p.id and l.label = %(label)s))
   and (%(pattern)s = '' or p.name ilike %(pattern)s or exists (
        select from prompt_labels as l
          join prompt_versions as v on v.id = l.version_id
         where l.prompt_id = p.id
           and case jsonb_typeof(v.content)
               when 'string' then v.content #>> '{}'
               else (select string_agg(m ->> 'content', E'\\n')
                       from jsonb_array_elements(v.content) as m)
               end ilike %(pattern)s))
 order by p.name, p.id
 limit %(limit)s offset %(offset)s
"""

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
 where p.project_id = %s and p.id = any(%s)
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
    name: str
    path: str
    prompts: int
    """Below it, at any depth."""


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


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Who got a version, added up over days. `key`: what people know the API key by."""

    number: int
    label: str
    key: str
    note: str
    sdk: str
    count: int
    last_seen: datetime


def list_folder(project_id: str, folder: str, *, limit: int, offset: int) -> Page:
    """Return what lies directly in a folder, folders first; '' is the outermost."""
    prefix = f"{folder}/" if folder else ""
    rows = _rows(LIST_FOLDER, {"project_id": project_id, "prefix": prefix, "limit": limit, "offset": offset})
    folders = [
        Folder(name, prefix + name, prompts) for name, pk, prompts, _ in rows if name is not None and not pk
    ]
    return Page(folders, describe(project_id, [row[1] for row in rows if row[1]]), _total(rows))


def find_prompts(project_id: str, folder: str, search: Search, *, limit: int, offset: int) -> Page:
    """Return the prompts below a folder whose name, or labelled text, has the query in it, whatever its case."""
    parameters = {
        "project_id": project_id,
        "prefix": f"{folder}/" if folder else "",
        "type": search.type,
        "label": search.label,
        "tag": search.tag,
        "pattern": f"%{_escaped(search.query)}%" if search.query else "",
        "limit": limit,
        "offset": offset,
    }
    rows = _rows(FIND_PROMPTS, parameters)
    return Page([], describe(project_id, [pk for pk, _ in rows]), _total(rows))


def describe(project_id: str, prompt_ids: Sequence[str]) -> list[Listed]:
    """Return rows of these prompts, in their order."""
    if not prompt_ids:
        return []
    found = {row[0]: Listed(*row) for row in _rows(DESCRIBE, [project_id, list(prompt_ids)])}
    return [found[pk] for pk in prompt_ids if pk in found]


def count_uses(project_id: str, prompts: Sequence[Listed]) -> dict[str, int]:
    """Return, by prompt id, how many generations of the last days are linked to one of its versions."""
    version_ids = [pk for prompt in prompts for pk in prompt.version_ids]
    if not version_ids:
        return {}
    used = generation_provider()(project_id, version_ids, since=timezone.now() - timedelta(days=DAYS))
    return {prompt.id: sum(used[pk].count for pk in prompt.version_ids if pk in used) for prompt in prompts}


def list_fetchers(project_id: str, version_ids: Sequence[str], *, days: int = 7) -> list[Fetcher]:
    """Return who got these versions in the last days, the latest seen first."""
    rows = (
        PromptFetch.objects.filter(project_id=project_id, version_id__in=version_ids, day__gt=_since(days))
        .values("version__version", "label", "api_key_id", "sdk_name", "sdk_version")
        .annotate(times=Sum("count"), seen=Max("last_seen"))
        .order_by("-seen")[:MAX_FETCHERS]
    )
    found = list(rows)
    keys = ApiKey.objects.filter(project_id=project_id, pk__in={row["api_key_id"] for row in found})
    by_id = {key.pk: key for key in keys}
    return [
        Fetcher(
            number=row["version__version"],
            label=row["label"],
            key=by_id[row["api_key_id"]].public_key if row["api_key_id"] in by_id else "",
            note=(by_id[row["api_key_id"]].note or "") if row["api_key_id"] in by_id else "",
            sdk=" ".join(filter(None, (row["sdk_name"], row["sdk_version"]))),
            count=row["times"],
            last_seen=row["seen"],
        )
        for row in found
    ]


def list_timeline(prompt: Prompt, *, top: int | None, limit: int) -> list[PromptVersion]:
    """Return a prompt's versions with their labels, the newest first, from number `top` down, without content."""
    versions = list_versions(prompt.project_id).filter(prompt=prompt)
    versions = versions if top is None else versions.filter(version__lte=top)
    return list(versions.defer("content", "config").prefetch_related("labels").order_by("-version")[:limit])


def list_undecided(prompt: Prompt) -> QuerySet[PromptChangeRequest]:
    """Return the change requests that nobody has closed, the newest first."""
    changes = PromptChangeRequest.objects.filter(prompt=prompt, status__in=UNDECIDED)
    return changes.select_related("version", "author").order_by("-created_at")


def names_of(created_by: Sequence[str]) -> dict[str, str]:
    """Return, by id, the names of the people among those who made versions; keys have none."""
    return {user.pk: user.get_full_name() for user in User.objects.filter(pk__in=set(created_by))}


def editor_of(created_by: str, names: dict[str, str]) -> str:
    """Return who made a version, as people know them, by what `names_of` has found."""
    return "API key" if created_by == BY_KEY else names.get(created_by, "somebody")


def _rows(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _total(rows: Sequence[tuple[Any, ...]]) -> int:
    return int(rows[0][-1]) if rows else 0


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _since(days: int) -> date:
    return (timezone.now() - timedelta(days=days)).date()
