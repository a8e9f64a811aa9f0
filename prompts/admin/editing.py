"""A draft in, its review and then a new version out: the steps of the editor, none of which keeps anything."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from langfuse_site.lib.errors import ApiError, Conflict, message_of
from prompts.admin.comparing import diff_of, state_of
from prompts.admin.forms import DraftForm, SaveForm, TagsForm, known_labels
from prompts.admin.label_states import choosable_states
from prompts.admin.places import Place, in_prompt, number_in, show_prompt
from prompts.admin.reading import entry_of, version_of
from prompts.admin.rearranging import rearranged
from prompts.content import Message, compose, messages_of, names_of
from prompts.diff import Comparison, State, compare
from prompts.models import Prompt, PromptVersion
from prompts.rules import EDIT
from prompts.versions import create_version, set_tags
from prompts.wire import NewVersion

TO_REVIEW, TO_SAVE = "review", "save"
"""The steps that leave the editor; every other one comes back to it."""
NEW_ROWS = {
    "new_message": Message("message", "user"),
    "new_placeholder": Message("placeholder"),
}
"""What a script in the browser copies for a row that is added."""


@in_prompt(EDIT)
def edit_version(request: HttpRequest, place: Place) -> HttpResponse:
    """Open the editor on a version; take a draft back from it, to review it, edit it further or save it."""
    newest = version_of(place, None)
    if newest is None:
        raise Http404("This prompt has no versions")
    if request.method != "POST":
        number = number_in(request.GET.get("version"))
        base = newest if number is None else _numbered(place, number)
        return _editor(request, place, DraftForm.of_version(base, latest=newest.version))
    step = request.POST.get("step", TO_REVIEW)
    typed = rearranged(request.POST, step)
    form = DraftForm(typed, prompt_name=place.prompt.name, prompt_type=place.prompt.type)
    if step not in (TO_REVIEW, TO_SAVE):
        return _editor(request, place, form)
    check_composition(form, place.project_id, place.prompt.name)
    if not form.is_valid():
        return _editor(request, place, form)
    return (_save if step == TO_SAVE else _review)(request, place, form, newest)


@in_prompt(EDIT)
def preview_prompt(request: HttpRequest, place: Place) -> HttpResponse:
    """Answer what is typed with what stands beside it: variables, the composed text, what is wrong."""
    form = DraftForm(request.POST or None, prompt_name=place.prompt.name, prompt_type=place.prompt.type)
    return show_beside(request, form, place.project_id, place.prompt.name)


@in_prompt(EDIT)
def edit_tags(request: HttpRequest, place: Place) -> HttpResponse:
    """Ask for the tags of a prompt, and set them without a new version."""
    initial = {"tags": ", ".join(place.prompt.tags)}
    form = TagsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        set_tags(place.project_id, place.prompt.name, tags=form.cleaned_data["tags"], author=place.author)
        messages.success(request, "The tags are saved.")
        return redirect(place.url("change"))
    return show_prompt(request, place, "tags.html", tab="change", form=form)


def beside(content: Any, project_id: str, name: str) -> dict[str, Any]:
    """Return what stands beside the editor for a content."""
    composed = compose(project_id, name, content)
    return {
        "names": names_of(content, composed),
        "composed": composed,
        "composed_messages": messages_of(composed.content) if composed else [],
        "characters": sum(len(message.content) for message in messages_of(content)),
    }


def kept(request: HttpRequest) -> dict[str, Any]:
    """Return what was said of a version before its draft went back to the editor, so that it is not lost."""
    said = request.POST
    return {
        "commit_message": said.get("commit_message", ""),
        "labels": said.getlist("labels"),
        "more_labels": said.get("more_labels", ""),
    }


def check_composition(form: DraftForm, project_id: str, name: str) -> None:
    """Tell, beside the text, why a draft can't be composed of what it names."""
    if not form.is_valid():
        return
    composed = compose(project_id, name, form.new.content)
    if composed is not None and composed.problem:
        form.add_error("text", composed.problem)


def show_beside(request: HttpRequest, form: DraftForm, project_id: str, name: str) -> HttpResponse:
    content = form.typed_content()
    valid = form.is_valid()
    errors = {} if valid else {field: form.errors[field] for field in ("config",) if field in form.errors}
    context = {**beside(content, project_id, name), "preview_errors": errors}
    return render(request, "admin/prompts/_beside.html", context)


def named(new: NewVersion, save: SaveForm) -> NewVersion:
    fields = save.cleaned_data
    return NewVersion(
        name=new.name,
        type=new.type,
        content=new.content,
        labels=fields["all_labels"],
        tags=new.tags,
        config=new.config,
        commit_message=fields["commit_message"],
    )


def draft_diff(against: PromptVersion | None, new: NewVersion) -> Comparison:
    """Return what a draft makes of a version, or of nothing."""
    return compare(state_of(against, like=new.content), State(new.content, new.config))


def served(save: SaveForm) -> str:
    labels = save.cleaned_data["all_labels"]
    return f" It is served as {', '.join(labels)}." if labels else ""


def _numbered(place: Place, number: int) -> PromptVersion:
    version = version_of(place, number)
    if version is None:
        raise Http404("No such version")
    return version


def _editor(request: HttpRequest, place: Place, form: DraftForm) -> HttpResponse:
    context = {
        "form": form,
        "base": form["base"].value(),
        "preview_url": place.url("preview"),
        "kept": kept(request),
        **NEW_ROWS,
        **beside(form.typed_content(), place.project_id, place.prompt.name),
    }
    return show_prompt(request, place, "edit.html", tab="change", **context)


def _review(
    request: HttpRequest,
    place: Place,
    form: DraftForm,
    newest: PromptVersion,
    *,
    save: SaveForm | None = None,
    error: str = "",
) -> HttpResponse:
    """Show what a draft changes before it is saved; where somebody saved meanwhile, what they changed too."""
    opened = form.cleaned_data.get("latest") or newest.version
    base = _base(place, form.cleaned_data.get("base")) or newest
    is_stale = opened != newest.version
    against = newest if is_stale else base
    new = form.new
    theirs = _base(place, opened) if is_stale else None
    labels = known_labels(place)
    return show_prompt(
        request,
        place,
        "review.html",
        tab="change",
        form=form,
        save=save or SaveForm(known=labels, initial=kept(request)),
        states=choosable_states(place, labels),
        error=error,
        is_stale=is_stale,
        against=against,
        newest=entry_of(newest),
        next_number=newest.version + 1,
        diff=draft_diff(against, new),
        theirs=theirs,
        theirs_diff=diff_of(theirs, newest) if theirs else None,
        tags_change=_tags_change(place.prompt, new),
    )


def _base(place: Place, number: int | None) -> PromptVersion | None:
    if not number:
        return None
    return place.prompt.versions.filter(version=number).first()


def _tags_change(prompt: Prompt, new: NewVersion) -> tuple[list[str], list[str]] | None:
    tags = list(new.tags or ())
    return None if tags == prompt.tags else (prompt.tags, tags)


def _save(request: HttpRequest, place: Place, form: DraftForm, newest: PromptVersion) -> HttpResponse:
    save = SaveForm(request.POST, known=known_labels(place))
    opened = form.cleaned_data.get("latest")
    if not save.is_valid() or opened != newest.version:
        return _review(request, place, form, newest, save=save)
    try:
        created = create_version(
            place.project_id, named(form.new, save), author=place.author, expected_latest=opened
        )
    except Conflict:
        return _review(request, place, form, version_of(place, None) or newest, save=save)
    except ApiError as error:
        return _review(request, place, form, newest, save=save, error=message_of(error))
    messages.success(request, f"Version {created.version} is saved.{served(save)}")
    return redirect(f"{place.url('change')}?saved=1")
