"""Invitations: sent out as a signed link that expires, turned into memberships, or withdrawn."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts.audit import Author, by_user, record
from accounts.models import Invitation, Membership, Organization, Project, ProjectMembership, Role, User
from accounts.roles import role_in_organization
from langfuse_site.lib.errors import Conflict, Forbidden, InvalidData, NotFound, issue

VALID_FOR = timedelta(days=7)
SIGNED_AS = "accounts.invitation"
GONE = "This invitation does not exist or has expired"


def create_invitation(
    organization: Organization,
    *,
    author: Author,
    email: str,
    role: Role,
    project: Project | None = None,
    project_role: Role | None = None,
) -> Invitation:
    """Invite whoever holds the address; an expired invitation of the same one is renewed."""
    email = _clean_email(email)
    _check(organization, author, role, project, project_role)
    if Membership.objects.filter(organization=organization, user__email=email).exists():
        raise Conflict("This person is already a member of the organization")
    with transaction.atomic():
        # Two invitations of one address at once wait for each other here.
        Organization.objects.select_for_update().get(pk=organization.pk)
        waiting = Invitation.objects.filter(organization=organization, email=email).first()
        if waiting is not None and waiting.expires_at > timezone.now():
            raise Conflict("This person is already invited")
        if waiting is not None:
            waiting.delete()
        invitation = Invitation.objects.create(
            email=email,
            organization=organization,
            role=role,
            project=project,
            project_role=project_role,
            invited_by=author.user,
            expires_at=timezone.now() + VALID_FOR,
        )
        _record(author, "create", invitation, after=_shape(invitation))
    return invitation


def revoke_invitation(invitation: Invitation, *, author: Author) -> None:
    with transaction.atomic():
        _record(author, "delete", invitation, before=_shape(invitation))
        invitation.delete()


def token_of(invitation: Invitation) -> str:
    """Return the signed part of the link that accepts the invitation."""
    return signing.dumps(invitation.id, salt=SIGNED_AS)


def invitation_of(token: str, *, lock: bool = False) -> Invitation:
    """Return the invitation behind a link, as long as it may be accepted; locked for who is about to."""
    try:
        invitation_id = signing.loads(token, salt=SIGNED_AS)
    except signing.BadSignature:
        raise NotFound(GONE) from None
    waiting = Invitation.objects.select_related("organization", "project", "invited_by")
    if lock:
        # Of two who follow one link at once the second waits here, and finds it used.
        waiting = waiting.select_for_update(of=("self",))
    invitation = waiting.filter(pk=invitation_id, expires_at__gt=timezone.now()).first()
    if invitation is None:
        raise NotFound(GONE)
    return invitation


def accept_invitation(token: str, user: User) -> Membership:
    """Make whoever follows the link and is signed in a member: the link itself is the proof."""
    with transaction.atomic():
        return _accept(invitation_of(token, lock=True), user)


def accept_verified_invitations(user: User) -> list[Membership]:
    """Accept all invitations of the addresses that the user has proved to hold; called at sign-in."""
    proved = EmailAddress.objects.filter(user_id=user.pk, verified=True).values_list("email", flat=True)
    addresses = [address.lower() for address in proved]
    waiting = Invitation.objects.filter(email__in=addresses, expires_at__gt=timezone.now())
    with transaction.atomic():
        return [_accept(invitation, user) for invitation in waiting.select_for_update(of=("self",))]


def _accept(invitation: Invitation, user: User) -> Membership:
    """Turn the invitation into a membership; a member keeps a role that is higher."""
    role = Role(invitation.role)
    membership, is_new = Membership.objects.get_or_create(
        organization_id=invitation.organization_id, user=user, defaults={"role": role}
    )
    if not is_new and Role(membership.role).rank < role.rank:
        membership.role = role
        membership.save()
    if invitation.project is not None and invitation.project_role is not None:
        ProjectMembership.objects.get_or_create(
            membership=membership, project=invitation.project, defaults={"role": invitation.project_role}
        )
    _record(by_user(user), "accept", invitation, before=_shape(invitation))
    invitation.delete()
    return membership


def _clean_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidData([issue(["email"], "Enter a valid e-mail address")]) from None
    return email


def _check(
    organization: Organization,
    author: Author,
    role: Role,
    project: Project | None,
    project_role: Role | None,
) -> None:
    if (project is None) != (project_role is None):
        raise InvalidData([issue(["projectRole"], "A project and a role in it go together")])
    if project is not None and project.organization_id != organization.id:
        raise NotFound("Project not found")
    if author.user is None:
        return
    highest = max(role.rank, project_role.rank if project_role else 0)
    if role_in_organization(author.user, organization).rank < highest:
        raise Forbidden("You can't give a role above your own")


def _shape(invitation: Invitation) -> dict[str, Any]:
    return {
        "email": invitation.email,
        "role": invitation.role,
        "projectId": invitation.project_id,
        "projectRole": invitation.project_role,
        "expiresAt": invitation.expires_at,
    }


def _record(
    author: Author, action: str, invitation: Invitation, *, before: Any = None, after: Any = None
) -> None:
    record(
        author,
        action,
        resource_type="membershipInvitation",
        resource_id=invitation.id,
        organization=invitation.organization,
        before=before,
        after=after,
    )


def invitation_url(invitation: Invitation) -> str:
    """Return the link that the inviter may copy."""
    return f"{settings.SITE_URL}/invitations/{token_of(invitation)}"
