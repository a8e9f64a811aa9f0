"""A draft of a prompt that does not exist yet in, its review and then the prompt out."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.admin_site import Visitor, visitor_of
from accounts.audit import by_user
from langfuse_site.lib.errors import ApiError, Conflict, message_of
from langfuse_site.lib.ids import key_of
from prompts.admin.editing import (
    NEW_ROWS,
    TO_REVIEW,
    TO_SAVE,
    beside,
    check_composition,
    draft_diff,
    kept,
    named,
    served,
    show_beside,
)
from prompts.admin.forms import NewDraftForm, SaveForm, opened
from prompts.admin.label_states import choosable_states
from prompts.admin.places import Place, number_in, prompt_url, show, visible_prompts
from prompts.admin.reading import version_of
from prompts.admin.rearranging import rearranged
from prompts.rules import EDIT
from prompts.versions import create_version

LABELS_OF_NEW = ["production"]


def new_prompt(request: HttpRequest) -> HttpResponse:
    """Open the editor on nothing; take a draft back from it, to review it, edit it further or save it."""
    visitor = visitor_of(request)
    projects = visitor.projects_with(EDIT)
    if not projects:
        raise PermissionDenied("Your role does not allow to make prompts.")
    if request.method != "POST":
        return _editor(request, NewDraftForm(initial=_start(request, visitor), projects=projects))
    step = request.POST.get("step", TO_REVIEW)
    form = NewDraftForm(rearranged(request.POST, step), projects=projects)
    if step not in (TO_REVIEW, TO_SAVE):
        return _editor(request, form)
    if form.is_valid():
        check_composition(form, form.cleaned_data["project"], form.new.name)
        _check_name(form, visitor)
    if not form.is_valid():
        return _editor(request, form)
    if step == TO_SAVE:
        return _save(request, form, visitor)
    return _review(request, form, SaveForm(known=LABELS_OF_NEW, initial=kept(request)))


@require_POST
def preview_new(request: HttpRequest) -> HttpResponse:
    """Answer what is typed with what stands beside it."""
    projects = visitor_of(request).projects_with(EDIT)
    form = NewDraftForm(request.POST, projects=projects)
    project_id = request.POST.get("project", "")
    if project_id not in {project.id for project in projects}:
        raise Http404("No such project")
    return show_beside(request, form, project_id, request.POST.get("name", ""))


def _start(request: HttpRequest, visitor: Visitor) -> dict[str, Any]:
    """Return what the editor opens with: a version to copy, or a folder and a project."""
    asked = {name: str(value).replace("\x00", "") for name, value in request.GET.items()}
    source = visible_prompts(visitor).filter(pk=asked.get("copy", "")).first()
    if source is not None:
        version = version_of(Place(source, visitor), number_in(asked.get("version")))
        copied = {"project": source.project_id, "name": f"{source.name} copy", "type": source.type}
        return copied if version is None else {**opened(version), **copied}
    folder = asked.get("folder", "").strip("/")
    return {
        "project": asked.get("project", ""),
        "name": f"{folder}/" if folder else "",
        "type": asked.get("type", "text"),
        "config": "{}",
        "tags": "",
    }


def _check_name(form: NewDraftForm, visitor: Visitor) -> None:
    if not form.is_valid():
        return
    taken = visible_prompts(visitor).filter(
        project_id=form.cleaned_data["project"], name_key=key_of(form.new.name)
    )
    if taken.exists():
        form.add_error("name", "This project has a prompt of that name: open it to add a version")


def _editor(request: HttpRequest, form: NewDraftForm) -> HttpResponse:
    project_id = str(form["project"].value() or "")
    known = {choice for choice, _ in form.fields["project"].choices}  # type: ignore[attr-defined]
    is_known = project_id in known
    side = beside(form.typed_content(), project_id if is_known else "", str(form["name"].value() or ""))
    context = {
        "form": form,
        "preview_url": prompt_url("preview_new"),
        "kept": kept(request),
        **NEW_ROWS,
        **side,
    }
    return show(request, "new.html", "New prompt", **context)


def _review(request: HttpRequest, form: NewDraftForm, save: SaveForm, *, error: str = "") -> HttpResponse:
    new = form.new
    return show(
        request,
        "review_new.html",
        f"New prompt {new.name}",
        form=form,
        save=save,
        states=choosable_states(None, LABELS_OF_NEW),
        error=error,
        next_number=1,
        diff=draft_diff(None, new),
    )


def _save(request: HttpRequest, form: NewDraftForm, visitor: Visitor) -> HttpResponse:
    save = SaveForm(request.POST, known=LABELS_OF_NEW)
    if not save.is_valid():
        return _review(request, form, save)
    project_id = form.cleaned_data["project"]
    try:
        created = create_version(
            project_id, named(form.new, save), author=by_user(visitor.user), expected_latest=0
        )
    except Conflict:
        form.add_error("name", "Somebody made a prompt of that name meanwhile: open it to add a version")
        return _editor(request, form)
    except ApiError as error:
        return _review(request, form, save, error=message_of(error))
    messages.success(request, f"The prompt is saved.{served(save)}")
    return redirect(f"{prompt_url('change', created.prompt_id)}?saved=new")
