"""A request with an Access in, a 403 out where the key's level doesn't open the route."""

from typing import TYPE_CHECKING, ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.access import Access, AccessDenied, Level

if TYPE_CHECKING:
    # The framework reads this module while it still defines its views.
    from rest_framework.views import APIView

INSUFFICIENT = "Access denied - insufficient permissions for this endpoint"
ORGANIZATION_KEY_REQUIRED = "Invalid API key. Organization-scoped API key required for this operation."


class KeyOfLevel(BasePermission):
    """A view may say the refusal in its own words, as `denied_message`."""

    levels: ClassVar[frozenset[Level]]
    denied = INSUFFICIENT

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if isinstance(request.auth, Access) and request.auth.level in self.levels:
            return True
        raise AccessDenied(getattr(view, "denied_message", None) or self.denied)


class ProjectKey(KeyOfLevel):
    """Public and secret key of a project."""

    levels = frozenset({"project"})


class ProjectOrPublicKey(KeyOfLevel):
    """Both keys of a project, or its public key alone; the view must look at the level of what it does."""

    levels = frozenset({"project", "scores"})


class OrganizationKey(KeyOfLevel):
    levels = frozenset({"organization"})
    denied = ORGANIZATION_KEY_REQUIRED
