"""The first page: the organizations and projects of whoever has signed in."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import render

from accounts.models import Membership, Organization, Project, Role
from accounts.roles import organization_scopes_of, projects_of
from accounts.services.organizations import may_create_organization
from accounts.ui.places import OrganizationPlace, SignedInRequest, in_organization, signed_in


@dataclass(slots=True)
class OrganizationCard:
    organization: Organization
    role: Role
    projects: list[Project] = field(default_factory=list)

    @property
    def scopes(self) -> frozenset[str]:
        return organization_scopes_of(self.role)


@signed_in
def overview(request: SignedInRequest) -> HttpResponse:
    context = {"cards": cards_of(request), "may_create": may_create_organization(request.user)}
    return render(request, "accounts/overview.html", context)


@signed_in
def switcher(request: SignedInRequest) -> HttpResponse:
    """Return the list that the switcher in the side bar loads when it is opened."""
    return render(request, "accounts/_switcher.html", {"cards": cards_of(request)})


@in_organization()
def organization(request: SignedInRequest, place: OrganizationPlace) -> HttpResponse:
    projects = [p for p in projects_of(request.user) if p.organization_id == place.organization.id]
    return render(request, "accounts/organization.html", {"place": place, "projects": projects})


def cards_of(request: SignedInRequest) -> list[OrganizationCard]:
    """Return the visitor's organizations by name, each with the projects that they may open."""
    cards = {card.organization.id: card for card in _empty_cards(request)}
    for project in projects_of(request.user):
        card = cards.setdefault(project.organization_id, OrganizationCard(project.organization, Role.NONE))
        card.projects.append(project)
    return sorted(cards.values(), key=lambda card: card.organization.name.casefold())


def _empty_cards(request: SignedInRequest) -> Iterable[OrganizationCard]:
    if request.user.is_superuser:
        return (OrganizationCard(found, Role.OWNER) for found in Organization.objects.all())
    memberships = Membership.objects.filter(user=request.user).select_related("organization")
    return (OrganizationCard(found.organization, Role(found.role)) for found in memberships)
