"""Settings of an organization and of a project: rename, delete with the name typed again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.services.organizations import delete_organization, update_organization
from accounts.services.projects import delete_project, update_project
from accounts.ui.forms import ConfirmForm, NameForm
from accounts.ui.places import (
    OrganizationPlace,
    ProjectPlace,
    SignedInRequest,
    author_of,
    in_organization,
    in_project,
)
from langfuse_site.lib.errors import ApiError, message_of


@in_organization("organization:update")
def organization_settings(request: SignedInRequest, place: OrganizationPlace) -> HttpResponse:
    form = NameForm(request.POST or None, initial={"name": place.organization.name})
    if request.method == "POST" and form.is_valid():
        try:
            update_organization(place.organization, author=author_of(request), name=form.cleaned_data["name"])
        except ApiError as error:
            form.add_error("name", message_of(error))
        else:
            messages.success(request, "Saved.")
            return redirect("organization_settings", place.organization.id)
    return _organization_page(request, place, form=form)


@require_POST
@in_organization("organization:delete")
def remove_organization(request: SignedInRequest, place: OrganizationPlace) -> HttpResponse:
    confirm = ConfirmForm(request.POST, expected=place.organization.name)
    if confirm.is_valid():
        try:
            delete_organization(place.organization, author=author_of(request))
        except ApiError as error:
            confirm.add_error(None, message_of(error))
        else:
            messages.success(request, f"{place.organization.name} is deleted.")
            return redirect("overview")
    return _organization_page(request, place, confirm=confirm)


@in_project("project:update")
def project_settings(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    form = NameForm(request.POST or None, initial={"name": place.project.name})
    if request.method == "POST" and form.is_valid():
        try:
            update_project(place.project, form.cleaned_data, author=author_of(request))
        except ApiError as error:
            form.add_error(None, message_of(error))
        else:
            messages.success(request, "Saved.")
            return redirect("project_settings", place.project.id)
    return _project_page(request, place, form=form)


@require_POST
@in_project("project:delete")
def remove_project(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    confirm = ConfirmForm(request.POST, expected=place.project.name)
    if confirm.is_valid():
        delete_project(place.project, author=author_of(request))
        messages.success(request, f"{place.project.name} is deleted, its keys are refused from now on.")
        return redirect("organization", place.organization.id)
    return _project_page(request, place, confirm=confirm)


def _organization_page(
    request: SignedInRequest,
    place: OrganizationPlace,
    *,
    form: NameForm | None = None,
    confirm: ConfirmForm | None = None,
) -> HttpResponse:
    place.organization.refresh_from_db()
    context = {
        "place": place,
        "form": form or NameForm(initial={"name": place.organization.name}),
        "confirm": confirm or ConfirmForm(expected=place.organization.name),
    }
    return render(request, "accounts/organization_settings.html", context)


def _project_page(
    request: SignedInRequest,
    place: ProjectPlace,
    *,
    form: NameForm | None = None,
    confirm: ConfirmForm | None = None,
) -> HttpResponse:
    place.project.refresh_from_db()
    context = {
        "place": place,
        "form": form or NameForm(initial={"name": place.project.name}),
        "confirm": confirm or ConfirmForm(expected=place.project.name),
    }
    return render(request, "accounts/project_settings.html", context)
