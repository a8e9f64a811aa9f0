"""The API keys of a project: listed, issued with the secret shown once, revoked."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import ApiKey
from accounts.services.api_keys import IssuedKey, create_api_key, revoke_api_key
from accounts.ui.context import host_for_clients
from accounts.ui.forms import ApiKeyForm
from accounts.ui.places import ProjectPlace, SignedInRequest, author_of, in_project


@in_project("apiKeys:read")
def api_keys(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    return _page(request, place, form=ApiKeyForm())


@never_cache
@require_POST
@in_project("apiKeys:CUD")
def create_key(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    """Issue a key and show its secret in this very response: it is stored nowhere to be shown again."""
    form = ApiKeyForm(request.POST)
    if not form.is_valid():
        return _page(request, place, form=form)
    issued = create_api_key(
        place.project,
        author=author_of(request),
        note=form.cleaned_data["note"] or None,
        expires_at=form.expires_at(),
    )
    return _page(request, place, form=ApiKeyForm(), issued=issued)


@require_POST
@in_project("apiKeys:CUD")
def revoke_key(request: SignedInRequest, place: ProjectPlace, key_id: str) -> HttpResponse:
    row = get_object_or_404(ApiKey.objects.select_related("project"), pk=key_id, project=place.project)
    revoke_api_key(row, author=author_of(request))
    messages.success(request, f"{row.public_key} is revoked: it is refused from now on.")
    return redirect("api_keys", place.project.id)


def _page(
    request: SignedInRequest, place: ProjectPlace, *, form: ApiKeyForm, issued: IssuedKey | None = None
) -> HttpResponse:
    rows = ApiKey.objects.filter(project=place.project).select_related("created_by").order_by("-created_at")
    context = {
        "place": place,
        "keys": rows,
        "form": form,
        "issued": issued,
        "host": host_for_clients(request),
        "now": timezone.now(),
    }
    return render(request, "accounts/api_keys.html", context)
