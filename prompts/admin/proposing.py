"""A prompt in, its change requests out; a form to propose a version for a label."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from langfuse_site.lib.errors import ApiError, message_of
from prompts.admin.forms import ProposeForm, known_labels
from prompts.admin.label_states import choosable_states
from prompts.admin.labels import asked, chosen, what_changes
from prompts.admin.places import Place, in_prompt, show_prompt
from prompts.admin.reading import timeline
from prompts.changes import propose_change
from prompts.models import PromptChangeRequest
from prompts.rules import EDIT

MAX_CHANGES = 200


@in_prompt()
def list_changes_of(request: HttpRequest, place: Place) -> HttpResponse:
    """Show what is proposed for this prompt, the newest first."""
    rows = PromptChangeRequest.objects.filter(prompt=place.prompt).select_related("version", "author")
    changes = rows.defer("version__content", "version__config").order_by("-created_at")[:MAX_CHANGES]
    return show_prompt(request, place, "changes.html", tab="changes", changes=changes)


@in_prompt(EDIT)
def propose(request: HttpRequest, place: Place) -> HttpResponse:
    """Ask which version for which label and why; then open a change request."""
    form = asked(ProposeForm, request)
    if form.is_bound and form.is_valid():
        fields = form.cleaned_data
        try:
            change = propose_change(
                place.project_id,
                place.prompt.name,
                label=fields["label"],
                version=fields["version"],
                author=place.author,
                message=fields["reason"],
            )
        except ApiError as error:
            form.add_error("label", message_of(error))
        else:
            messages.success(request, "The change is proposed: others of your team can review it now.")
            return redirect(reverse("admin:prompts_promptchangerequest_change", args=[change.pk]))
    entries, _ = timeline(place)
    state, target = chosen(place, form)
    return show_prompt(
        request,
        place,
        "propose.html",
        tab="changes",
        form=form,
        states=choosable_states(place, known_labels(place)),
        entries=entries,
        state=state,
        target=target,
        diff=what_changes(place, state, target),
    )
