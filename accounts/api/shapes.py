"""Rows of accounts in, the objects of the API out."""

from typing import Any

from accounts.models import ApiKey, Membership, Organization, Project, ProjectMembership
from accounts.services.api_keys import IssuedKey
from langfuse_site.lib.times import to_wire


def project_shape(project: Project) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": project.id,
        "name": project.name,
        "organization": {"id": project.organization_id, "name": project.organization.name},
        "metadata": project.metadata or {},
    }
    if project.retention_days:
        shape["retentionDays"] = project.retention_days
    return shape


def organization_project_shape(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "metadata": project.metadata or {},
        "createdAt": to_wire(project.created_at),
        "updatedAt": to_wire(project.updated_at),
    }


def organization_shape(organization: Organization) -> dict[str, Any]:
    """Return an organization as the installation's admin sees it."""
    living = [project for project in organization.projects.all() if project.deleted_at is None]
    return {
        "id": organization.id,
        "name": organization.name,
        "metadata": organization.metadata or {},
        "createdAt": to_wire(organization.created_at),
        "updatedAt": to_wire(organization.updated_at),
        "projects": [organization_project_shape(project) for project in living],
    }


def api_key_shape(row: ApiKey) -> dict[str, Any]:
    return {
        "id": row.id,
        "createdAt": to_wire(row.created_at),
        "expiresAt": to_wire(row.expires_at),
        "lastUsedAt": to_wire(row.last_used_at),
        "note": row.note,
        "publicKey": row.public_key,
        "displaySecretKey": row.display_secret,
    }


def issued_key_shape(issued: IssuedKey) -> dict[str, Any]:
    """Return the one response that holds the secret."""
    row = issued.row
    return {
        "id": row.id,
        "createdAt": to_wire(row.created_at),
        "publicKey": row.public_key,
        "secretKey": issued.secret_key,
        "displaySecretKey": row.display_secret,
        "note": row.note,
    }


def membership_shape(membership: Membership) -> dict[str, Any]:
    user = membership.user
    return {"userId": user.pk, "role": membership.role, "email": user.email, "name": user.name}


def project_membership_shape(own: ProjectMembership) -> dict[str, Any]:
    return {**membership_shape(own.membership), "role": own.role}
