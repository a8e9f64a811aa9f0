"""A prompt, or one version of it, in; gone after a question that tells what goes with it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from langfuse_site.lib.errors import ApiError, message_of
from prompts.admin.places import Place, in_prompt, number_in, prompt_url, show_prompt
from prompts.models import Prompt, PromptLabel
from prompts.queries import list_dependents
from prompts.rules import EDIT
from prompts.versions import delete_versions
from prompts.wire import LATEST


@in_prompt(EDIT)
def delete(request: HttpRequest, place: Place) -> HttpResponse:
    """Ask, saying which labels go and what others need it; then delete the version, or all of them."""
    number = number_in(request.POST.get("version") or request.GET.get("version"))
    versions = place.prompt.versions.filter(**({} if number is None else {"version": number}))
    if number is not None and not versions.exists():
        raise Http404("No such version")
    error = ""
    if request.method == "POST":
        error = _delete(request, place, number)
        if not error:
            return redirect(_next(place))
    labels = PromptLabel.objects.filter(version__in=versions).exclude(label=LATEST).order_by("label")
    names = list(labels.values_list("label", flat=True))
    numbers = list(versions.values_list("version", flat=True))
    return show_prompt(
        request,
        place,
        "delete.html",
        tab="change",
        number=number,
        count=len(numbers),
        labels=names,
        dependents=list_dependents(place.prompt, numbers=numbers, labels=names),
        error=error,
    )


def _delete(request: HttpRequest, place: Place, number: int | None) -> str:
    """Delete; return what forbids it, or nothing."""
    try:
        delete_versions(place.project_id, place.prompt.name, version=number, label=None, author=place.author)
    except ApiError as error:
        return message_of(error)
    what = f"The prompt {place.prompt.name}" if number is None else f"Version {number}"
    messages.success(request, f"{what} is deleted.")
    return ""


def _next(place: Place) -> str:
    is_left = Prompt.objects.filter(pk=place.prompt.pk).exists()
    return place.url("change") if is_left else prompt_url("changelist")
