"""The tables of accounts: users, organizations, projects, who may do what, keys, and what was done."""

from accounts.models.audit import Actor, AuditLog
from accounts.models.keys import ApiKey
from accounts.models.organizations import (
    Invitation,
    Membership,
    Organization,
    Project,
    ProjectMembership,
    Role,
)
from accounts.models.users import User

__all__ = [
    "Actor",
    "ApiKey",
    "AuditLog",
    "Invitation",
    "Membership",
    "Organization",
    "Project",
    "ProjectMembership",
    "Role",
    "User",
]
