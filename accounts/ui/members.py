"""Who belongs to an organization, in which role, and who is invited."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import Invitation, Membership, Organization, Role
from accounts.services.invitations import create_invitation, invitation_url, revoke_invitation
from accounts.services.members import change_role, remove_member
from accounts.ui.forms import InvitationForm, RoleForm, role_choices
from accounts.ui.places import OrganizationPlace, SignedInRequest, author_of, in_organization
from langfuse_site.lib.errors import ApiError, message_of

PER_PAGE = 100


@in_organization("organizationMembers:read")
def members(request: SignedInRequest, place: OrganizationPlace) -> HttpResponse:
    return _page(request, place, form=_invitation_form(place))


@require_POST
@in_organization("organizationMembers:CUD")
def invite(request: SignedInRequest, place: OrganizationPlace) -> HttpResponse:
    form = _invitation_form(place, request)
    if not form.is_valid():
        return _page(request, place, form=form)
    given = form.cleaned_data
    try:
        invitation = create_invitation(
            place.organization,
            author=author_of(request),
            email=given["email"],
            role=Role(given["role"]),
            project=given["project"],
            project_role=Role(given["project_role"]) if given["project_role"] else None,
        )
    except ApiError as error:
        form.add_error(None, message_of(error))
        return _page(request, place, form=form)
    messages.success(request, f"{invitation.email} is invited. Copy the link below and send it to them.")
    return redirect("members", place.organization.id)


@require_POST
@in_organization("organizationMembers:CUD")
def withdraw_invitation(
    request: SignedInRequest, place: OrganizationPlace, invitation_id: str
) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=invitation_id, organization=place.organization)
    revoke_invitation(invitation, author=author_of(request))
    messages.success(request, f"The invitation of {invitation.email} is withdrawn.")
    return redirect("members", place.organization.id)


@require_POST
@in_organization("organizationMembers:CUD")
def change_member(request: SignedInRequest, place: OrganizationPlace, membership_id: int) -> HttpResponse:
    membership = get_object_or_404(
        Membership.objects.select_related("user"), pk=membership_id, organization=place.organization
    )
    form = RoleForm(request.POST, highest=place.role)
    if not form.is_valid():
        messages.error(request, "This role can't be given.")
        return redirect("members", place.organization.id)
    try:
        change_role(membership, Role(form.cleaned_data["role"]), author=author_of(request))
    except ApiError as error:
        messages.error(request, message_of(error))
    else:
        messages.success(request, f"The role of {membership.user.email} is changed.")
    return redirect("members", place.organization.id)


@require_POST
@in_organization()
def remove(request: SignedInRequest, place: OrganizationPlace, membership_id: int) -> HttpResponse:
    """Remove a member; everybody may remove themselves, which is to leave."""
    membership = get_object_or_404(
        Membership.objects.select_related("user"), pk=membership_id, organization=place.organization
    )
    leaves = membership.user_id == request.user.pk
    if not leaves and "organizationMembers:CUD" not in place.organization_scopes:
        messages.error(request, "Only owners and admins may remove members.")
        return redirect("members", place.organization.id)
    try:
        remove_member(membership, author=author_of(request))
    except ApiError as error:
        messages.error(request, message_of(error))
        return redirect("members", place.organization.id)
    if leaves:
        messages.success(request, f"You have left {place.organization.name}.")
        return redirect("overview")
    messages.success(request, f"{membership.user.email} is removed.")
    return redirect("members", place.organization.id)


def found_members(organization: Organization, query: str) -> QuerySet[Membership]:
    """Return the organization's members whose name or address holds the query."""
    rows = Membership.objects.filter(organization=organization).select_related("user").order_by("user__email")
    if not query:
        return rows
    return rows.filter(Q(user__email__icontains=query) | Q(user__name__icontains=query))


def _invitation_form(place: OrganizationPlace, request: SignedInRequest | None = None) -> InvitationForm:
    return InvitationForm(
        request.POST if request else None,
        initial={"role": Role.MEMBER},
        highest=place.role,
        projects=place.organization.projects.living().order_by("name"),
    )


def _page(request: SignedInRequest, place: OrganizationPlace, *, form: InvitationForm) -> HttpResponse:
    query = request.GET.get("q", "").strip().replace("\x00", "")
    may_change = "organizationMembers:CUD" in place.organization_scopes
    invitations = Invitation.objects.filter(organization=place.organization).order_by("email")
    context = {
        "place": place,
        "query": query,
        "page": Paginator(found_members(place.organization, query), PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "may_change": may_change,
        "invitations": [(row, invitation_url(row)) for row in invitations.select_related("project")]
        if may_change
        else [],
        "roles": role_choices(place.role),
        "own_rank": place.role.rank,
        "form": form,
        "now": timezone.now(),
    }
    return render(request, "accounts/members.html", context)
