"""A signed-in visitor and an id in; the place they may open, with what they may do there, out.

Strangers get 404, so that ids tell them nothing; members whose role is too low get 403.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from accounts.audit import Author, by_user
from accounts.models import Membership, Organization, Project, Role, User
from accounts.roles import organization_scopes_of, role_in_organization, role_in_project, scopes_of

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    user: User


@dataclass(frozen=True, slots=True)
class OrganizationPlace:
    organization: Organization
    role: Role
    organization_scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class ProjectPlace:
    project: Project
    role: Role
    scopes: frozenset[str]
    organization_role: Role
    organization_scopes: frozenset[str]

    @property
    def organization(self) -> Organization:
        return self.project.organization


def author_of(request: SignedInRequest) -> Author:
    return by_user(request.user)


def open_project(user: User, project_id: str, scope: str) -> ProjectPlace:
    """Return the project as this user sees it, or raise."""
    project = Project.objects.living().select_related("organization").filter(pk=project_id).first()
    role = role_in_project(user, project) if project else Role.NONE
    if project is None or role is Role.NONE:
        raise Http404("No such project")
    if scope not in scopes_of(role):
        raise PermissionDenied(f"Your role in this project ({role.label.lower()}) does not allow this.")
    in_organization = role_in_organization(user, project.organization)
    return ProjectPlace(
        project, role, scopes_of(role), in_organization, organization_scopes_of(in_organization)
    )


def open_organization(user: User, organization_id: str, scope: str | None) -> OrganizationPlace:
    """Return the organization as this user sees it, or raise; without a scope any member may look."""
    organization = Organization.objects.filter(pk=organization_id).first()
    if organization is None or not _belongs_to(user, organization):
        raise Http404("No such organization")
    role = role_in_organization(user, organization)
    scopes = organization_scopes_of(role)
    if scope is not None and scope not in scopes:
        raise PermissionDenied(f"Your role in this organization ({role.label.lower()}) does not allow this.")
    return OrganizationPlace(organization, role, scopes)


def in_project(
    scope: str,
) -> Callable[
    [Callable[Concatenate[SignedInRequest, ProjectPlace, P], HttpResponse]], Callable[..., HttpResponse]
]:
    """Admit to a view those who have the scope in the project of its URL."""

    def decorate(
        view: Callable[Concatenate[SignedInRequest, ProjectPlace, P], HttpResponse],
    ) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def admitted(
            request: HttpRequest, project_id: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            visitor = cast(SignedInRequest, request)
            return view(visitor, open_project(visitor.user, project_id, scope), *args, **kwargs)

        return cast(Callable[..., HttpResponse], admitted)

    return decorate


def in_organization(
    scope: str | None = None,
) -> Callable[
    [Callable[Concatenate[SignedInRequest, OrganizationPlace, P], HttpResponse]], Callable[..., HttpResponse]
]:
    """Admit to a view those who have the scope in the organization of its URL."""

    def decorate(
        view: Callable[Concatenate[SignedInRequest, OrganizationPlace, P], HttpResponse],
    ) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def admitted(
            request: HttpRequest, organization_id: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            visitor = cast(SignedInRequest, request)
            return view(visitor, open_organization(visitor.user, organization_id, scope), *args, **kwargs)

        return cast(Callable[..., HttpResponse], admitted)

    return decorate


def signed_in(
    view: Callable[Concatenate[SignedInRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Admit to a view whoever has signed in."""
    return login_required(cast(Callable[..., HttpResponse], view))


def _belongs_to(user: User, organization: Organization) -> bool:
    return user.is_superuser or Membership.objects.filter(user=user, organization=organization).exists()
