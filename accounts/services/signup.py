"""A new user in, the memberships that the installation gives to everybody out."""

import logging

from django.conf import settings
from django.db import transaction

from accounts.audit import SYSTEM, record
from accounts.models import Membership, Organization, Project, ProjectMembership, Role, User

logger = logging.getLogger(__name__)


def join_default_organization(user: User) -> None:
    """Make a new user a member where LANGFUSE_DEFAULT_ORG_ID and LANGFUSE_DEFAULT_PROJECT_ID say so."""
    project = Project.objects.living().filter(pk=settings.DEFAULT_PROJECT_ID).first()
    organization_id = settings.DEFAULT_ORG_ID or (project.organization_id if project else "")
    organization = Organization.objects.filter(pk=organization_id).first()
    if organization is None:
        if settings.DEFAULT_ORG_ID:
            logger.warning("default_organization_missing", extra={"organization_id": settings.DEFAULT_ORG_ID})
        return
    role = Role(settings.DEFAULT_ORG_ROLE) if settings.DEFAULT_ORG_ID else Role.NONE
    with transaction.atomic():
        membership, is_new = Membership.objects.get_or_create(
            organization=organization, user=user, defaults={"role": role}
        )
        if not is_new:
            return
        if project is not None and project.organization_id == organization.id:
            ProjectMembership.objects.create(
                membership=membership, project=project, role=Role(settings.DEFAULT_PROJECT_ROLE)
            )
        record(
            SYSTEM,
            "create",
            resource_type="orgMembership",
            resource_id=str(membership.pk),
            organization=organization,
            after={"userId": user.pk, "role": role},
        )
