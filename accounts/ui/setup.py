"""The way in: create an organization, create a project, take its first keys."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts.services.api_keys import create_api_key
from accounts.services.organizations import create_organization, may_create_organization
from accounts.services.projects import create_project
from accounts.ui.context import host_for_clients
from accounts.ui.forms import NameForm
from accounts.ui.places import (
    OrganizationPlace,
    ProjectPlace,
    SignedInRequest,
    author_of,
    in_organization,
    in_project,
    signed_in,
)
from langfuse_site.lib.errors import ApiError, message_of


@signed_in
def new_organization(request: SignedInRequest) -> HttpResponse:
    """Step one."""
    if not may_create_organization(request.user):
        raise PermissionDenied("Only some people may create organizations on this server.")
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            organization = create_organization(
                form.cleaned_data["name"], author=author_of(request), owner=request.user
            )
        except ApiError as error:
            form.add_error("name", message_of(error))
        else:
            return redirect("new_project", organization.id)
    return render(request, "accounts/setup_organization.html", {"form": form, "step": 1})


@in_organization("projects:create")
def new_project(request: SignedInRequest, place: OrganizationPlace) -> HttpResponse:
    """Step two."""
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            project = create_project(
                place.organization, author=author_of(request), name=form.cleaned_data["name"]
            )
        except ApiError as error:
            form.add_error("name", message_of(error))
        else:
            return redirect("project_setup", project.id)
    return render(request, "accounts/setup_project.html", {"form": form, "place": place, "step": 2})


@never_cache
@in_project("apiKeys:CUD")
def project_setup(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    """Step three: a POST makes a key pair and shows it, this once, in the snippets."""
    issued = None
    if request.method == "POST":
        issued = create_api_key(place.project, author=author_of(request))
    context = {"place": place, "issued": issued, "host": host_for_clients(request), "step": 3}
    return render(request, "accounts/setup_keys.html", context)
