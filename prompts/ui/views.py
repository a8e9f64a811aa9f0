"""The prompts of a project, read: by folder, one with its versions, two versions side by side."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from accounts.ui.context import host_for_clients
from accounts.ui.places import ProjectPlace, SignedInRequest, in_project
from langfuse_site.lib.ids import key_of
from prompts.content import final_content, whole_text
from prompts.lists import Search, crumbs_of
from prompts.models import Prompt, PromptVersion
from prompts.queries import get_version
from prompts.rules import EDIT
from prompts.ui.detail import TABS, Asked, Detail, detail_of
from prompts.ui.difference import difference_of
from prompts.ui.links import folder_of
from prompts.ui.listing import Wish, listing_of, uses_on_page
from prompts.ui.snippets import first_snippets
from prompts.ui.tabs import clients_of, composed_version, linked_usage, moves_of, text_of, use_of

MAX_PAGE = 10_000
READ = "prompts:read"


@in_project(READ)
def prompts(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    """Show what lies in a folder, or what a search finds below it; with `part=uses` the counts that come later."""
    search = Search(*(_text(request, name) for name in ("q", "type", "label", "tag")))
    page = min(max(_number(request, "page") or 1, 1), MAX_PAGE)
    wish, part = Wish(_text(request, "folder").strip("/"), search, page), _text(request, "part")
    if part == "uses":
        return render(request, "prompts/_uses.html", {"uses": uses_on_page(place.project.id, wish)})
    listing = listing_of(place.project.id, wish, counts_uses=part == "all")
    context = {"place": place, "wish": wish, "listing": listing, "may_edit": EDIT in place.scopes}
    if listing.is_empty:
        host = host_for_clients(request)
        context |= {"host": host, "snippets": first_snippets(host)}
    return render(request, "prompts/prompts.html", context)


@in_project(READ)
def prompt(request: SignedInRequest, place: ProjectPlace, name: str) -> HttpResponse:
    """Show one version of a prompt, or with `from` and `to` what changed between two."""
    return _show(request, place, key_of(name))


@in_project(READ)
def prompt_by_key(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    """Show a prompt whose name can't be a part of an address: too long, or browsers take it for something else."""
    return _show(request, place, _text(request, "key"))


@in_project(READ)
def prompt_text(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    """Return all of a version as text: what it says, as it is written or composed, or with `part` its config."""
    found = _find(place, _text(request, "key"))
    version = _version(found, _asked_number(request, "version"))
    composed = composed_version(version) if "composed" in request.GET else None
    value = final_content(version.content, composed)
    if _text(request, "part") == "config":
        value = version.config
    return HttpResponse(whole_text(value), content_type="text/plain; charset=utf-8")


def _show(request: SignedInRequest, place: ProjectPlace, name_key: str) -> HttpResponse:
    found = _find(place, name_key)
    context = {"place": place, "prompt": found, "crumbs": crumbs_of(folder_of(found.name))}
    context["short_name"] = found.name.rpartition("/")[2]
    if "from" in request.GET or "to" in request.GET:
        left, right = (_version(found, _asked_number(request, name)) for name in ("from", "to"))
        difference = difference_of(found, left, right, is_whole="whole" in request.GET)
        context |= {"difference": difference, "address": difference.address}
        return render(request, "prompts/difference.html", context)
    tab = _text(request, "show")
    if tab not in TABS:
        raise Http404("No such page")
    asked = Asked(tab, _asked_version(request, found), _number(request, "top"), "raw" in request.GET)
    detail = detail_of(found, asked)
    context |= {"detail": detail, "address": detail.address, "may_edit": EDIT in place.scopes}
    return render(request, "prompts/prompt.html", context | _tab(request, place, found, detail))


def _tab(request: SignedInRequest, place: ProjectPlace, found: Prompt, detail: Detail) -> dict[str, Any]:
    match detail.asked.tab:
        case "use":
            return {"use": use_of(found, detail, host=host_for_clients(request))}
        case "usage":
            return {"usage": linked_usage(found, detail), "sees_traces": "project:read" in place.scopes}
        case "clients":
            return {"clients": clients_of(found, detail), "sees_keys": "apiKeys:read" in place.scopes}
        case "labels":
            return {"moves": moves_of(found, detail)}
        case _:
            return {"text": text_of(found, detail)}


def _find(place: ProjectPlace, name_key: str) -> Prompt:
    found = Prompt.objects.filter(project_id=place.project.id, name_key=name_key).first()
    if found is None:
        raise Http404("No such prompt")
    return found


def _version(found: Prompt, number: int | None) -> PromptVersion:
    version = get_version(found.project_id, found.name, version=number) if number is not None else None
    if version is None:
        raise Http404("No such version")
    return version


def _asked_version(request: SignedInRequest, found: Prompt) -> int | None:
    """Return the number of the version that an address names, by number or by a label that it has now."""
    label = _text(request, "label")
    if not label or "version" in request.GET:
        return _asked_number(request, "version")
    version = found.versions.filter(labels__label=label).first()
    if version is None:
        raise Http404("No version has this label")
    return version.version


def _asked_number(request: SignedInRequest, name: str) -> int | None:
    """Return the number that an address names; what is none is a page that does not exist."""
    if name not in request.GET:
        return None
    number = _number(request, name)
    if number is None:
        raise Http404("No such version")
    return number


def _text(request: SignedInRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "").strip()


def _number(request: SignedInRequest, name: str) -> int | None:
    text = _text(request, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
