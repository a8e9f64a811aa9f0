"""Organizations and their projects, who belongs to them in which role, who is invited."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.users import LowerEmailField
from langfuse_site.lib.ids import new_id


class Role(models.TextChoices):
    OWNER = "OWNER", "Owner"
    ADMIN = "ADMIN", "Admin"
    MEMBER = "MEMBER", "Member"
    VIEWER = "VIEWER", "Viewer"
    NONE = "NONE", "None"

    @property
    def rank(self) -> int:
        """Return 4 for an owner down to 0 for none."""
        return _RANKS[self]


_RANKS = {Role.OWNER: 4, Role.ADMIN: 3, Role.MEMBER: 2, Role.VIEWER: 1, Role.NONE: 0}


class Organization(models.Model):
    id = models.TextField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="accounts.Membership", related_name="organizations"
    )

    class Meta:
        db_table = "organizations"

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user in an organization; the role holds in all its projects but those with one of their own."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    role = models.TextField(choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "memberships"
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="memberships_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organization_id}: {self.role}"


class ProjectQuerySet(models.QuerySet["Project"]):
    def living(self) -> "ProjectQuerySet":
        """Leave out the projects that wait for their rows to be purged."""
        return self.filter(deleted_at__isnull=True)


class Project(models.Model):
    """What traces, prompts and keys belong to. With `deleted_at` it is gone, and its rows follow."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="projects")
    name = models.CharField(max_length=200)
    metadata = models.JSONField(default=dict, blank=True)
    retention_days = models.PositiveIntegerField(null=True, blank=True)
    """Days that rows are kept; null and 0: for ever."""
    ingestion_suspended = models.BooleanField(default=False)
    keep_raw_bodies = models.BooleanField(null=True, blank=True)
    """Null: as the installation's setting says."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        db_table = "projects"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                condition=Q(deleted_at__isnull=True),
                name="projects_name_in_organization",
                violation_error_message="A project with this name already exists in the organization",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProjectMembership(models.Model):
    """The role of an organization's member in one project, over the organization's."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="project_memberships")
    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    role = models.TextField(choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "project_memberships"
        constraints = [
            models.UniqueConstraint(fields=["project", "membership"], name="project_memberships_once"),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.project_id}: {self.role}"


class Invitation(models.Model):
    """A role that waits for the person behind an e-mail address."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    email = LowerEmailField()
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="invitations")
    role = models.TextField(choices=Role.choices)
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="invitations")
    project_role = models.TextField(choices=Role.choices, null=True, blank=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "invitations"
        constraints = [
            models.UniqueConstraint(fields=["email", "organization"], name="invitations_once"),
            models.CheckConstraint(
                condition=Q(project__isnull=True, project_role__isnull=True)
                | Q(project__isnull=False, project_role__isnull=False),
                name="invitations_project_with_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.organization_id}"
