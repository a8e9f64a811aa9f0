"""Roles in one project: the organization's, or one that holds here alone."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.models import Membership, ProjectMembership, Role
from accounts.roles import effective_role
from accounts.services.members import remove_project_role, set_project_role
from accounts.ui.forms import RoleForm, role_choices
from accounts.ui.members import PER_PAGE, found_members
from accounts.ui.places import ProjectPlace, SignedInRequest, author_of, in_project
from langfuse_site.lib.errors import ApiError, message_of


@dataclass(frozen=True, slots=True)
class MemberRow:
    membership: Membership
    own: Role | None
    effective: Role


@in_project("projectMembers:read")
def project_members(request: SignedInRequest, place: ProjectPlace) -> HttpResponse:
    query = request.GET.get("q", "").strip().replace("\x00", "")
    page = Paginator(found_members(place.organization, query), PER_PAGE).get_page(request.GET.get("page"))
    own = dict(ProjectMembership.objects.filter(project=place.project).values_list("membership_id", "role"))
    rows = [_row(membership, own.get(membership.pk)) for membership in page]
    context = {
        "place": place,
        "query": query,
        "page": page,
        "rows": rows,
        "roles": [choice for choice in role_choices(place.role) if choice[0] != Role.NONE],
        "may_change": "projectMembers:CUD" in place.scopes,
        "own_rank": place.role.rank,
    }
    return render(request, "accounts/project_members.html", context)


@require_POST
@in_project("projectMembers:CUD")
def change_project_role(request: SignedInRequest, place: ProjectPlace, membership_id: int) -> HttpResponse:
    """Set the role that holds in this project; an empty one lets the organization's hold again."""
    membership = get_object_or_404(
        Membership.objects.select_related("user"), pk=membership_id, organization=place.organization
    )
    form = RoleForm(request.POST, highest=place.role)
    try:
        if not request.POST.get("role"):
            remove_project_role(place.project, membership.user, author=author_of(request))
        elif form.is_valid():
            role = Role(form.cleaned_data["role"])
            set_project_role(place.project, membership.user, role, author=author_of(request))
        else:
            messages.error(request, "This role can't be given.")
            return redirect("project_members", place.project.id)
    except ApiError as error:
        messages.error(request, message_of(error))
    else:
        messages.success(request, f"The role of {membership.user.email} in this project is changed.")
    return redirect("project_members", place.project.id)


def _row(membership: Membership, own: str | None) -> MemberRow:
    role = Role(own) if own else None
    return MemberRow(membership, role, effective_role(Role(membership.role), role))
