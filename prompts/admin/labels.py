"""A prompt in, where its labels are and have been out; forms to move, remove and roll one back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import ApiKey
from langfuse_site.lib.errors import ApiError, message_of
from prompts.admin.comparing import diff_of
from prompts.admin.forms import MoveForm, ReasonForm, known_labels
from prompts.admin.label_states import (
    LabelState,
    choosable_states,
    list_states,
    numbers_before,
    state_of,
)
from prompts.admin.places import Place, in_prompt, number_in, show_prompt
from prompts.admin.reading import timeline, version_of
from prompts.labels import move_label, remove_label, roll_back
from prompts.models import PromptLabelMove, PromptVersion
from prompts.queries import list_moves
from prompts.rules import EDIT, rules_of
from prompts.wire import LATEST, label_problem

MOVES_A_PAGE = 50

Asked = TypeVar("Asked", bound=MoveForm)


@dataclass(frozen=True, slots=True)
class Moved:
    """A line of a label's history; `who`: a person, or the key that did it."""

    move: PromptLabelMove
    who: str


@in_prompt()
def list_labels(request: HttpRequest, place: Place) -> HttpResponse:
    """Show each label, what holds for it, and every move that there was."""
    states = list_states(place)
    label = request.GET.get("label", "").replace("\x00", "")
    moves = list_moves(place.project_id, place.prompt.name, label=label or None)
    page = Paginator(moves.select_related("user", "change_request"), MOVES_A_PAGE).get_page(
        request.GET.get("page")
    )
    return show_prompt(
        request,
        place,
        "labels.html",
        tab="labels",
        states=states,
        latest=version_of(place, None),
        moves=_told_moves(page, sees_keys=place.sees_keys),
        page=page,
        only=label,
        patterns=rules_of(place.project_id).immutable,
    )


@in_prompt(EDIT)
def move(request: HttpRequest, place: Place) -> HttpResponse:
    """Ask which label goes to which version and why; say which version loses it; then move it."""
    form = asked(MoveForm, request)
    if form.is_bound and form.is_valid():
        fields = form.cleaned_data
        done = _try(
            form,
            lambda: move_label(
                place.project_id,
                place.prompt.name,
                label=fields["label"],
                version=fields["version"],
                author=place.author,
                reason=fields["reason"],
            ),
        )
        if done:
            messages.success(request, f"{fields['label']} is on version {fields['version']} now.")
            return redirect(place.url("labels"))
    labels = known_labels(place)
    entries, _ = timeline(place)
    state, target = chosen(place, form)
    return show_prompt(
        request,
        place,
        "move.html",
        tab="labels",
        form=form,
        states=choosable_states(place, labels),
        entries=entries,
        state=state,
        target=target,
        diff=what_changes(place, state, target),
    )


@in_prompt(EDIT)
def remove(request: HttpRequest, place: Place) -> HttpResponse:
    """Take a label away, after a question."""
    state = _held_state(request, place)
    form = ReasonForm(request.POST if request.method == "POST" else None, initial={"label": state.label})
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        done = _try(
            form,
            lambda: remove_label(
                place.project_id, place.prompt.name, label=state.label, author=place.author, reason=reason
            ),
        )
        if done:
            messages.success(request, f"No version has the label {state.label} any more.")
            return redirect(place.url("labels"))
    return show_prompt(request, place, "remove.html", tab="labels", form=form, state=state)


@in_prompt(EDIT)
def roll_back_label(request: HttpRequest, place: Place) -> HttpResponse:
    """Point a label to where it was before its last move; ask first where that is not where somebody saw it."""
    state = _held_state(request, place, is_held=False)
    number = numbers_before(place).get(state.label, 0)
    is_moved = "to" in request.POST and request.POST["to"] != str(number)
    is_sent = request.method == "POST" and not is_moved
    form = ReasonForm(request.POST if is_sent else None, initial={"label": state.label})
    if is_sent and form.is_valid():
        reason = form.cleaned_data["reason"]
        done = _try(
            form,
            lambda: roll_back(
                place.project_id, place.prompt.name, label=state.label, author=place.author, reason=reason
            ),
        )
        if done:
            messages.success(request, f"{state.label} is rolled back to version {done.version}.")
            return redirect(place.url("labels"))
    target = place.prompt.versions.filter(version=number).first()
    known: dict[str, Any] = {"form": form, "state": state, "target": target, "is_moved": is_moved}
    diff = what_changes(place, state, target)
    return show_prompt(request, place, "roll_back.html", tab="labels", diff=diff, **known)


def _try(form: Any, change: Callable[[], PromptVersion]) -> PromptVersion | None:
    """Run a service; what it refuses is told beside the label."""
    try:
        return change()
    except ApiError as error:
        form.add_error("label", message_of(error))
        return None


def asked(form: type[Asked], request: HttpRequest) -> Asked:
    """Return the form as it was sent, or as an address or `Show what changes` fill it: not yet judged."""
    if request.method != "POST":
        label = request.GET.get("label", "").replace("\x00", "")
        return form(initial={"label": label, "version": number_in(request.GET.get("version"))})
    if request.POST.get("step") == "look":
        return form(initial=request.POST.dict())
    return form(request.POST)


def chosen(place: Place, form: MoveForm) -> tuple[LabelState | None, PromptVersion | None]:
    """Return the label and the version that the form speaks of, as far as both are there."""
    label, number = str(form["label"].value() or ""), form["version"].value()
    state = state_of(place, label) if label and label != LATEST and not label_problem(label) else None
    if not str(number or "").isdecimal() or len(str(number)) > 9:
        return state, None
    return state, place.prompt.versions.filter(version=int(str(number))).first()


def what_changes(place: Place, state: LabelState | None, target: PromptVersion | None) -> Any:
    """Return what a label's users get other than before; None where that is nothing to compare."""
    if state is None or target is None or state.holder in (None, target.version):
        return None
    held = place.prompt.versions.filter(version=state.holder).first()
    if held is None:
        return None
    return diff_of(held, target)


def _held_state(request: HttpRequest, place: Place, *, is_held: bool = True) -> LabelState:
    label = str(request.POST.get("label") or request.GET.get("label", ""))
    if label == LATEST or label_problem(label):
        raise Http404("No such label")
    state = state_of(place, label)
    if state.holder is None and (is_held or label not in numbers_before(place)):
        raise Http404("No such label")
    return state


def _told_moves(page: Page[PromptLabelMove], *, sees_keys: bool) -> list[Moved]:
    moves = list(page)
    ids = {move.api_key_id for move in moves if move.api_key_id and sees_keys}
    keys = dict(ApiKey.objects.filter(pk__in=ids).values_list("pk", "public_key"))
    return [Moved(move, _who(move, keys if sees_keys else None)) for move in moves]


def _who(move: PromptLabelMove, keys: dict[str, str] | None) -> str:
    """Return who moved a label; `keys` None: for somebody who may not know the keys."""
    if move.user is not None:
        return move.user.get_full_name()
    if move.api_key_id:
        return "an API key" if keys is None else f"key {keys.get(move.api_key_id, '(revoked)')}"
    return "the system"
