"""Organizations are created, renamed and deleted."""

from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.audit import Author, record
from accounts.models import Membership, Organization, Role, User
from accounts.services.names import clean_name
from accounts.services.projects import purge_project
from langfuse_site.lib.errors import Conflict


def may_create_organization(user: User) -> bool:
    """Say whether the installation lets this user found organizations."""
    creators = settings.ORGANIZATION_CREATORS
    return user.is_superuser or not creators or user.email.lower() in creators


def create_organization(
    name: str,
    *,
    author: Author,
    owner: User | None = None,
    organization_id: str | None = None,
    metadata: dict[str, Any] | None = None,
) -> Organization:
    """Found an organization; its owner, where one is given, is its first member."""
    organization = Organization(name=clean_name(name), metadata=metadata or {})
    if organization_id:
        organization.id = organization_id
    with transaction.atomic():
        organization.save(force_insert=True)
        if owner is not None:
            Membership.objects.create(user=owner, organization=organization, role=Role.OWNER)
        _record(author, "create", organization, after=organization_shape(organization))
    return organization


def update_organization(
    organization: Organization,
    *,
    author: Author,
    name: str | None = None,
    metadata: dict[str, Any] | None = None,
) -> Organization:
    """Rename an organization or replace its metadata; None leaves as it is."""
    before = organization_shape(organization)
    if name is not None:
        organization.name = clean_name(name)
    if metadata is not None:
        organization.metadata = metadata
    with transaction.atomic():
        organization.save()
        _record(author, "update", organization, before=before, after=organization_shape(organization))
    return organization


def delete_organization(organization: Organization, *, author: Author) -> None:
    """Delete an organization without projects; rows of deleted ones that still wait go with it."""
    if organization.projects.living().exists():
        raise Conflict("Delete the organization's projects first")
    for project in organization.projects.all():
        purge_project(project)
    with transaction.atomic():
        _record(author, "delete", organization, before=organization_shape(organization))
        organization.delete()


def organization_shape(organization: Organization) -> dict[str, Any]:
    return {"id": organization.id, "name": organization.name, "metadata": organization.metadata}


def _record(
    author: Author, action: str, organization: Organization, *, before: Any = None, after: Any = None
) -> None:
    record(
        author,
        action,
        resource_type="organization",
        resource_id=organization.id,
        organization=organization,
        before=before,
        after=after,
    )
