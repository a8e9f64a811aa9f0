"""Who belongs to an organization, in which role, and in which of its projects in another."""

from typing import Any

from django.db import transaction

from accounts.audit import Author, record
from accounts.models import Membership, Organization, Project, ProjectMembership, Role, User
from accounts.roles import role_in_organization, role_in_project
from langfuse_site.lib.errors import Conflict, Forbidden, NotFound

LAST_OWNER = "An organization needs at least one owner"


def add_member(organization: Organization, user: User, role: Role, *, author: Author) -> Membership:
    """Make the user a member; one who is already keeps the role that they have."""
    _may_grant(author, organization, role)
    with transaction.atomic():
        membership, is_new = Membership.objects.get_or_create(
            organization=organization, user=user, defaults={"role": role}
        )
        if not is_new:
            raise Conflict("The user is already a member of the organization")
        _record(author, "create", membership, after=_shape(membership))
    return membership


def change_role(membership: Membership, role: Role, *, author: Author) -> Membership:
    with transaction.atomic():
        membership = _locked(membership)
        _may_grant(author, membership.organization, Role(membership.role))
        _may_grant(author, membership.organization, role)
        before = _shape(membership)
        if role is not Role.OWNER:
            _refuse_last_owner(membership)
        membership.role = role
        membership.save()
        _record(author, "update", membership, before=before, after=_shape(membership))
    return membership


def remove_member(membership: Membership, *, author: Author) -> None:
    """End a membership, and with it the roles in projects. Members may leave whatever their role."""
    with transaction.atomic():
        membership = _locked(membership)
        if author.user is None or author.user.pk != membership.user_id:
            _may_grant(author, membership.organization, Role(membership.role))
        _refuse_last_owner(membership)
        _record(author, "delete", membership, before=_shape(membership))
        membership.delete()


def set_project_role(project: Project, user: User, role: Role, *, author: Author) -> ProjectMembership:
    """Give a member of the organization a role in one project, over the organization's."""
    membership = Membership.objects.filter(organization_id=project.organization_id, user=user).first()
    if membership is None:
        raise NotFound("User is not a member of this organization")
    own = ProjectMembership.objects.filter(project=project, membership=membership).first()
    _may_grant_in_project(author, project, role, Role(own.role) if own else Role.NONE)
    with transaction.atomic():
        before = None if own is None else _project_shape(own)
        own = own or ProjectMembership(project=project, membership=membership)
        own.role = role
        own.save()
        action = "create" if before is None else "update"
        _record_in_project(author, action, own, before=before, after=_project_shape(own))
    return own


def remove_project_role(project: Project, user: User, *, author: Author) -> None:
    """Let the organization's role hold in the project again."""
    own = ProjectMembership.objects.filter(project=project, membership__user=user).first()
    if own is None:
        raise NotFound("The user has no role of their own in this project")
    _may_grant_in_project(author, project, Role(own.role), Role.NONE)
    with transaction.atomic():
        _record_in_project(author, "delete", own, before=_project_shape(own))
        own.delete()


def _locked(membership: Membership) -> Membership:
    """Return the membership as it is now; changes of one organization's members wait for each other."""
    Organization.objects.select_for_update().get(pk=membership.organization_id)
    found = Membership.objects.select_related("organization", "user").filter(pk=membership.pk).first()
    if found is None:
        raise NotFound("The user is no longer a member of the organization")
    return found


def _refuse_last_owner(membership: Membership) -> None:
    owners = Membership.objects.filter(organization_id=membership.organization_id, role=Role.OWNER)
    if membership.role == Role.OWNER and not owners.exclude(pk=membership.pk).exists():
        raise Forbidden(LAST_OWNER)


def _may_grant(author: Author, organization: Organization, role: Role) -> None:
    if author.user is not None and role_in_organization(author.user, organization).rank < role.rank:
        raise Forbidden("You can't give or take a role above your own")


def _may_grant_in_project(author: Author, project: Project, *roles: Role) -> None:
    if author.user is None:
        return
    own = role_in_project(author.user, project)
    if any(own.rank < role.rank for role in roles):
        raise Forbidden("You can't give or take a role above your own")


def _shape(membership: Membership) -> dict[str, Any]:
    return {"userId": membership.user_id, "role": membership.role}


def _project_shape(own: ProjectMembership) -> dict[str, Any]:
    return {"userId": own.membership.user_id, "role": own.role}


def _record(
    author: Author, action: str, membership: Membership, *, before: Any = None, after: Any = None
) -> None:
    record(
        author,
        action,
        resource_type="orgMembership",
        resource_id=str(membership.pk),
        organization=membership.organization,
        before=before,
        after=after,
    )


def _record_in_project(
    author: Author, action: str, own: ProjectMembership, *, before: Any = None, after: Any = None
) -> None:
    record(
        author,
        action,
        resource_type="projectMembership",
        resource_id=str(own.pk),
        project=own.project,
        before=before,
        after=after,
    )
