"""Who does what to what, in; one line of the audit log out."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from accounts.access import Access
from accounts.models import Actor, AuditLog, Organization, Project, User
from accounts.roles import role_in_organization, role_in_project

ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Author:
    """Who is behind a change: a user, an API key, or the system itself."""

    type: Actor
    user: User | None = None
    api_key_id: str | None = None


SYSTEM = Author(Actor.SYSTEM)


def by_user(user: User) -> Author:
    return Author(Actor.USER, user=user)


def by_key(access: Access) -> Author:
    return Author(Actor.API_KEY, api_key_id=access.api_key_id) if access.api_key_id else SYSTEM


def record(
    author: Author,
    action: str,
    *,
    resource_type: str,
    resource_id: str,
    project: Project | None = None,
    project_id: str | None = None,
    organization: Organization | None = None,
    organization_id: str | None = None,
    before: Any = None,
    after: Any = None,
) -> AuditLog:
    """Write who changed what, and what it was before and after; inside the transaction of the change.

    The roles at that time are kept for users where the rows are given, not their ids alone.
    """
    if project is not None:
        project_id, organization_id = project.id, project.organization_id
    if organization is not None:
        organization_id = organization.id
    return AuditLog.objects.create(
        type=author.type,
        user_id=author.user.pk if author.user else None,
        api_key_id=author.api_key_id,
        organization_id=organization_id,
        organization_role=_organization_role(author.user, organization, project),
        project_id=project_id,
        project_role=role_in_project(author.user, project) if author.user and project else None,
        resource_type=resource_type,
        resource_id=resource_id,
        action=action,
        before=_as_json(before),
        after=_as_json(after),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit log, without who wrote it."""

    action: str
    resource_type: str
    resource_id: str
    before: Any = None
    after: Any = None


def record_all(author: Author, entries: Iterable[Entry], *, project: Project) -> None:
    """Write what one author has changed in a project, as `record` does, in as few statements as it takes."""
    organization_role = _organization_role(author.user, None, project)
    project_role = role_in_project(author.user, project) if author.user else None
    rows = (
        AuditLog(
            type=author.type,
            user_id=author.user.pk if author.user else None,
            api_key_id=author.api_key_id,
            organization_id=project.organization_id,
            organization_role=organization_role,
            project_id=project.id,
            project_role=project_role,
            resource_type=entry.resource_type,
            resource_id=entry.resource_id,
            action=entry.action,
            before=_as_json(entry.before),
            after=_as_json(entry.after),
        )
        for entry in entries
    )
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        AuditLog.objects.bulk_create(batch)


def _organization_role(
    user: User | None, organization: Organization | None, project: Project | None
) -> str | None:
    if user is None:
        return None
    if organization is None and project is not None:
        organization = project.organization
    return role_in_organization(user, organization) if organization else None


def _as_json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
