"""API keys: a public half that is shown, a secret half of which the hash is kept."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.organizations import Organization, Project
from langfuse_site.lib.ids import new_id


class ApiKey(models.Model):
    """A key of one project, or of one organization."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    public_key = models.TextField(unique=True)
    hashed_secret = models.TextField(unique=True)
    """As `accounts.keys.hash_secret` makes it; the same as the reference's fast hash, so keys move over."""
    display_secret = models.TextField()
    note = models.TextField(null=True, blank=True)
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="api_keys")
    organization = models.ForeignKey(
        Organization, models.CASCADE, null=True, blank=True, related_name="api_keys"
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)

    class Meta:
        db_table = "api_keys"
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=Q(project__isnull=False, organization__isnull=True)
                | Q(project__isnull=True, organization__isnull=False),
                name="api_keys_of_project_or_organization",
            ),
        ]

    def __str__(self) -> str:
        return self.public_key
