"""Prompts as files on pages: a zip to download, a zip to upload whose difference is shown before it is imported."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import cast

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_safe

from accounts.api.bodies import drain_body
from accounts.ui.places import ProjectPlace, SignedInRequest, author_of, in_project
from langfuse_site.lib.errors import ApiError
from prompts.exports import export_files
from prompts.files.archives import MAX_ZIP_BYTES, UPLOAD, write_zip
from prompts.files.documents import InvalidFiles, Problem
from prompts.files.writing import Format
from prompts.import_plan import Plan, PromptChange
from prompts.import_report import VersionDifference, list_differences, numbers_text
from prompts.imports import PlanChanged
from prompts.models import PromptUpload
from prompts.rules import EDIT
from prompts.uploads import import_upload, keep_upload

READ = "prompts:read"
MAX_FORM_BYTES = MAX_ZIP_BYTES + 100_000
"""Of the form around the file."""
MAX_SHOWN_CHANGES = 200
MAX_SHOWN_VERSIONS = 30
MAX_REASON = 500
SPOOLED_BYTES = 4_000_000

View = Callable[[SignedInRequest, ProjectPlace], HttpResponse]
TOO_LARGE = Problem(
    "", 0, f"A zip file has at most {MAX_ZIP_BYTES // 1_000_000} MB: export fewer prompts at once"
)


@require_safe
@in_project(READ)
def export_prompts(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    """Send all prompts of the project as a zip."""
    format = _format(request)
    stream = tempfile.SpooledTemporaryFile(SPOOLED_BYTES)  # noqa: SIM115 - closed with the response
    write_zip(stream, export_files(place.project.id, format))
    stream.seek(0)
    name = slugify(place.project.name) or "prompts"
    sent = FileResponse(stream, as_attachment=True, filename=f"{name}-prompts.zip")
    return cast(HttpResponse, sent)


def _capped(view: View) -> View:
    """Refuse a form that is too large before the check for forgery reads it, and with it the file, to the disk."""

    @wraps(view)
    def checked(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MAX_FORM_BYTES:
            drain_body(request)
            return _page(request, place, [TOO_LARGE])
        return csrf_protect(view)(request, place)

    return checked


@csrf_exempt
@in_project(EDIT)
@_capped
def import_prompts(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    """Take a zip; what it would change is shown on a page of its own."""
    if request.method != "POST":
        return _page(request, place)
    file = request.FILES.get("file")
    if file is None:
        return _page(request, place, [Problem("", 0, "Choose a zip file first")])
    try:
        kept = keep_upload(place.project, request.user, file.name or "prompts.zip", file.read())
    except InvalidFiles as error:
        return _page(request, place, error.problems)
    except ApiError as error:
        return _page(request, place, [Problem("", 0, error.message)])
    return redirect("prompt_upload", place.project.id, kept.id)


@in_project(EDIT)
def upload(request: SignedInRequest, place: ProjectPlace, upload_id: str) -> HttpResponse:
    """Show what an upload would change; import it, as it was shown, or drop it."""
    rows = PromptUpload.objects.select_related("project")
    kept = rows.filter(pk=upload_id, project=place.project, user=request.user).first()
    if kept is None:
        messages.info(
            request, "That upload is no longer there: uploads are kept for an hour. Upload it again."
        )
        return redirect("import_prompts", place.project.id)
    if request.method != "POST":
        return _show(request, place, kept)
    if request.POST.get("action") == "drop":
        kept.delete()
        return redirect("import_prompts", place.project.id)
    asked, reason = request.POST.getlist("move"), request.POST.get("reason", "")[:MAX_REASON]
    try:
        plan = import_upload(
            kept,
            author=author_of(request),
            asked=asked,
            reason=reason.replace("\x00", ""),
            expected=request.POST.get("shown", ""),
        )
    except PlanChanged:
        return _show(request, place, kept, is_changed=True)
    except InvalidFiles as error:
        return _show(request, place, kept, error.problems)
    messages.success(request, f"Imported: {_counts(plan)}.")
    return redirect("prompts", place.project.id)


@dataclass(frozen=True, slots=True)
class Shown:
    """A change as the page has it; `differences` of the newest versions, `more` for those it only names."""

    change: PromptChange
    versions: str
    differences: list[VersionDifference]


def _show(
    request: SignedInRequest,
    place: ProjectPlace,
    kept: PromptUpload,
    problems: Sequence[Problem] = (),
    *,
    is_changed: bool = False,
) -> HttpResponse:
    """Show an upload: try it and take it back. What was ticked and typed is still there."""
    try:
        plan = import_upload(kept, author=author_of(request), dry_run=True)
    except InvalidFiles as error:
        return _page(request, place, error.problems, name=kept.name)
    context = {
        "place": place,
        "upload": kept,
        "plan": plan,
        "summary": _summary(plan),
        "shown": list(_shown(plan)),
        "hidden": max(0, len(plan.changes) - MAX_SHOWN_CHANGES),
        "problems": problems,
        "is_changed": is_changed,
        "asked": request.POST.getlist("move"),
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "prompts/upload.html", context)


def _shown(plan: Plan) -> Iterator[Shown]:
    left = MAX_SHOWN_VERSIONS
    for change in plan.changes[:MAX_SHOWN_CHANGES]:
        differences = list_differences(change, limit=left)
        left -= len(differences)
        yield Shown(change, numbers_text([one.number for one in change.added]), differences)


def _summary(plan: Plan) -> str:
    if plan.is_empty:
        return ""
    same = f" {plan.same:,} prompts are as the files say." if plan.same else ""
    return f"An import brings {_counts(plan)}.{same}"


def _counts(plan: Plan) -> str:
    """Return how much an import changes, as people say it."""
    counts = {
        "new prompt": sum(change.prompt is None for change in plan.changes),
        "new version": sum(len(change.added) for change in plan.changes),
        "moved label": sum(len(change.moving) for change in plan.changes),
        "retagged prompt": sum(change.prompt is not None and bool(change.tags) for change in plan.changes),
    }
    parts = [f"{count:,} {name}{'' if count == 1 else 's'}" for name, count in counts.items() if count]
    return ", ".join(parts) or "nothing has changed"


def _page(
    request: SignedInRequest, place: ProjectPlace, problems: Sequence[Problem] = (), *, name: str = ""
) -> HttpResponse:
    context = {
        "place": place,
        "problems": problems,
        "name": name,
        "max_megabytes": MAX_ZIP_BYTES // 1_000_000,
        "max_files": UPLOAD.files,
    }
    return render(request, "prompts/import.html", context)


def _format(request: SignedInRequest) -> Format:
    return "json" if request.GET.get("format") == "json" else "yaml"
