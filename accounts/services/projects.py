"""Projects are created, changed and deleted: gone at once, their rows purged behind."""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import keys
from accounts.audit import Author, record
from accounts.models import Organization, Project
from accounts.services.names import clean_name
from langfuse_site.lib.errors import Conflict, InvalidData, issue

logger = logging.getLogger(__name__)

MIN_RETENTION_DAYS = 3
MAX_RETENTION_DAYS = 36_500
PURGED_AFTER = timedelta(minutes=1)
"""What was accepted just before a project was deleted is digested by then, and purged with the rest."""
PORTION = 5_000
"""Rows that a purge deletes at once: a transaction that ends within a second, however large the project."""
DELETE_PORTION = """
    delete from {table} where {column} = %s
    and ctid = any(array(select ctid from {table} where {column} = %s limit %s))
"""
CHANGEABLE = frozenset({"name", "metadata", "retention_days", "ingestion_suspended", "keep_raw_bodies"})


def create_project(
    organization: Organization,
    *,
    author: Author,
    name: str,
    retention_days: int | None = None,
    metadata: dict[str, Any] | None = None,
    project_id: str | None = None,
) -> Project:
    project = Project(
        organization=organization,
        name=clean_name(name),
        retention_days=clean_retention(retention_days),
        metadata=metadata or {},
    )
    if project_id:
        project.id = project_id
    with transaction.atomic():
        _save(project, is_new=True)
        _record(author, "create", project, after=project_shape(project))
    return project


def update_project(project: Project, changes: Mapping[str, Any], *, author: Author) -> Project:
    """Set the fields that `changes` names, of those that may change."""
    before = project_shape(project)
    for field, value in changes.items():
        if field not in CHANGEABLE:
            raise ValueError(f"{field} of a project doesn't change")
        setattr(project, field, _cleaned(field, value))
    with transaction.atomic():
        _save(project, is_new=False)
        _record(author, "update", project, before=before, after=project_shape(project))
    return project


def delete_project(project: Project, *, author: Author) -> None:
    """Take a project and its keys away at once; its rows go when `purge_deleted_projects` next runs."""
    public_keys = list(project.api_keys.values_list("public_key", flat=True))
    with transaction.atomic():
        _record(author, "delete", project, before=project_shape(project))
        project.api_keys.all().delete()
        project.invitations.all().delete()
        project.deleted_at = timezone.now()
        project.save(update_fields=["deleted_at", "updated_at"])
    for public_key in public_keys:
        keys.forget(public_key)


def purge_deleted_projects() -> int:
    """Delete the rows of projects that are gone; return how many are done with."""
    due = Project.objects.filter(deleted_at__lt=timezone.now() - PURGED_AFTER)
    projects = list(due.order_by("deleted_at"))
    for project in projects:
        purge_project(project)
    return len(projects)


def purge_project(project: Project) -> None:
    """Delete all rows of a deleted project, itself last, so that a purge that fails is tried again.

    Foreign keys that the database doesn't know of (bulk tables have them) don't cascade: their tables are
    emptied one by one, portion by portion.
    """
    if project.deleted_at is None:
        raise ValueError("Only a deleted project is purged")
    project_id = project.id
    for delete_rows in _deleters():
        delete_rows(project_id)
    for table, column in _unconstrained_tables():
        _empty(table, column, project_id)
    project.delete()
    logger.info("project_purged", extra={"project_id": project_id})


def clean_retention(days: object) -> int | None:
    """Return the days to keep rows; None and 0 both mean for ever."""
    if days is None or days == 0:
        return None
    if not isinstance(days, int) or isinstance(days, bool):
        raise InvalidData([issue(["retention"], "Expected a whole number of days", code="invalid_type")])
    if not MIN_RETENTION_DAYS <= days <= MAX_RETENTION_DAYS:
        message = f"Retention must be 0 (for ever) or {MIN_RETENTION_DAYS} to {MAX_RETENTION_DAYS} days"
        raise InvalidData([issue(["retention"], message)])
    return days


def project_shape(project: Project) -> dict[str, Any]:
    """Return what the audit log keeps of a project."""
    return {
        "id": project.id,
        "name": project.name,
        "metadata": project.metadata,
        "retentionDays": project.retention_days,
        "ingestionSuspended": project.ingestion_suspended,
        "keepRawBodies": project.keep_raw_bodies,
    }


def _cleaned(field: str, value: Any) -> Any:
    if field == "name":
        return clean_name(value)
    return clean_retention(value) if field == "retention_days" else value


def _save(project: Project, *, is_new: bool) -> None:
    try:
        with transaction.atomic():
            project.save(force_insert=is_new)
    except IntegrityError as error:
        if "projects_name_in_organization" in str(error):
            raise Conflict("A project with this name already exists in your organization") from None
        raise


def _record(author: Author, action: str, project: Project, *, before: Any = None, after: Any = None) -> None:
    record(
        author,
        action,
        resource_type="project",
        resource_id=project.id,
        project=project,
        before=before,
        after=after,
    )


def _unconstrained_tables() -> Iterator[tuple[str, str]]:
    for relation in Project._meta.related_objects:
        if relation.on_delete is models.DO_NOTHING and isinstance(relation.related_model, type):
            yield relation.related_model._meta.db_table, relation.field.attname


def _empty(table: str, column: str, project_id: str) -> None:
    """Delete the project's rows of a table, each portion in a transaction of its own."""
    sql = DELETE_PORTION.format(table=table, column=column)
    deleted = PORTION
    while deleted == PORTION:
        with connection.cursor() as cursor:
            cursor.execute(sql, (project_id, project_id, PORTION))
            deleted = cursor.rowcount


def _deleters() -> tuple[Callable[[str], object], ...]:
    return tuple(import_string(path) for path in settings.PROJECT_DELETERS)
