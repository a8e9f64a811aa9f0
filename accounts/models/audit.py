"""What was done, by whom, to what: rows that are added and never changed."""

from typing import Any, NoReturn

from django.db import models

from langfuse_site.lib.ids import new_id


class Actor(models.TextChoices):
    USER = "USER", "User"
    API_KEY = "API_KEY", "API key"
    SYSTEM = "SYSTEM", "System"


class AuditQuerySet(models.QuerySet["AuditLog"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("The audit log is append-only")

    def delete(self) -> NoReturn:
        raise TypeError("The audit log is append-only")


class AuditLog(models.Model):
    """One change. It refers by id without foreign keys, so that it outlives what it tells about.

    A trigger of the database refuses updates and deletes, whoever sends them.
    """

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    type = models.TextField(choices=Actor.choices)
    user_id = models.TextField(null=True)
    api_key_id = models.TextField(null=True)
    organization_id = models.TextField(null=True)
    organization_role = models.TextField(null=True)
    project_id = models.TextField(null=True)
    project_role = models.TextField(null=True)
    resource_type = models.TextField()
    resource_id = models.TextField()
    action = models.TextField()
    before = models.TextField(null=True)
    after = models.TextField(null=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        db_table = "audit_logs"
        indexes = [
            models.Index(fields=["created_at"], name="audit_logs_by_time"),
            models.Index(fields=["project_id", "created_at"], name="audit_logs_of_project"),
            models.Index(fields=["organization_id", "created_at"], name="audit_logs_of_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.resource_type} {self.resource_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The audit log is append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The audit log is append-only")
