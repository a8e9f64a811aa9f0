"""A prompt and the number of a version in, its pages out: the version in its time line, and who uses it."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from django.http import Http404, HttpRequest, HttpResponse

from prompts.admin.places import Place, in_prompt, number_in, show_prompt
from prompts.content import MAX_MARKS, MAX_NAMES, compose, messages_of, names_of, show
from prompts.diff import pretty
from prompts.models import PromptVersion
from prompts.queries import labels_of, list_versions, with_all
from prompts.screens import editor_of, list_fetchers, list_timeline
from prompts.screens import names_of as editor_names
from prompts.usage import DAYS, ScoreAverage, VersionUsage, usage_of

VERSIONS_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A version on the time line."""

    version: PromptVersion
    labels: list[str]
    editor: str


@dataclass(frozen=True, slots=True)
class Used:
    """A version with its figures; `scores` in the order of the page's columns."""

    entry: Entry
    usage: VersionUsage
    scores: list[ScoreAverage | None]

    @property
    def is_telling(self) -> bool:
        return bool(self.entry.labels or self.usage.generations.count)


@in_prompt()
def show_version(request: HttpRequest, place: Place) -> HttpResponse:
    """Show one version, the latest where none is asked for, beside the time line."""
    version = version_of(place, number_in(request.GET.get("version")))
    before = number_in(request.GET.get("before"))
    entries, older = timeline(place, before=before)
    if version is None:
        return show_prompt(request, place, "no_version.html", tab="change")
    is_whole = "all" in request.GET
    composed = compose(place.project_id, place.prompt.name, version.content, number=version.version)
    return show_prompt(
        request,
        place,
        "version.html",
        tab="change",
        version=version,
        entry=entry_of(version),
        entries=entries,
        older=older,
        before=before,
        shown=show(version.content, marks=inf if is_whole else MAX_MARKS),
        base_url=place.url("change"),
        is_saved="saved" in request.GET,
        names=names_of(version.content, composed, most=None if is_whole else MAX_NAMES),
        config=pretty(version.config),
        composed=composed,
        composed_messages=messages_of(composed.content) if composed else [],
        usage=usage_of(place.project_id, [version.pk])[version.pk],
        days=DAYS,
    )


@in_prompt()
def show_usage(request: HttpRequest, place: Place) -> HttpResponse:
    """Show what each version was used for and which clients still get it."""
    entries, older = timeline(place, before=number_in(request.GET.get("before")))
    ids = [entry.version.pk for entry in entries]
    usage = usage_of(place.project_id, ids)
    names = score_names(usage.values())
    rows = [_used(entry, usage[entry.version.pk], names) for entry in entries]
    return show_prompt(
        request,
        place,
        "usage.html",
        tab="usage",
        rows=[row for row in rows if row.is_telling],
        unused=sum(not row.is_telling for row in rows),
        older=older,
        clients=list_fetchers(place.project_id, _version_ids(place)),
        scores=names,
        days=DAYS,
    )


def version_of(place: Place, number: int | None) -> PromptVersion | None:
    """Return a version of the prompt; the latest where no number is given, None where there is none at all."""
    versions = with_all(list_versions(place.project_id)).filter(prompt=place.prompt)
    if number is None:
        return versions.order_by("-version").first()
    found = versions.filter(version=number).first()
    if found is None:
        raise Http404("No such version")
    return found


def timeline(place: Place, *, before: int | None = None) -> tuple[list[Entry], int | None]:
    """Return the newest versions below a number, and the number below which there are more."""
    top = None if before is None else before - 1
    versions = list_timeline(place.prompt, top=top, limit=VERSIONS_A_PAGE + 1)
    names = editor_names([version.created_by for version in versions])
    entries = [_entry(version, names) for version in versions[:VERSIONS_A_PAGE]]
    return entries, entries[-1].version.version if len(versions) > VERSIONS_A_PAGE else None


def entry_of(version: PromptVersion) -> Entry:
    return _entry(version, editor_names([version.created_by]))


def _entry(version: PromptVersion, names: dict[str, str]) -> Entry:
    return Entry(version, labels_of(version), editor_of(version.created_by, names))


def _version_ids(place: Place) -> list[str]:
    return list(place.prompt.versions.values_list("pk", flat=True))


def _used(entry: Entry, usage: VersionUsage, names: list[str]) -> Used:
    by_name = {score.name: score for score in usage.scores}
    return Used(entry, usage, [by_name.get(name) for name in names])


def score_names(usages: Iterable[VersionUsage]) -> list[str]:
    """Return the names of the scores that any of the versions has."""
    return sorted({score.name for usage in usages for score in usage.scores})
