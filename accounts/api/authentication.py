"""The headers of a request in, `request.auth` as an Access out."""

import hmac

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.access import Access, Unauthorized
from accounts.keys import authenticate
from accounts.models import Project
from langfuse_site.lib.errors import ApiError, InvalidRequest, NotFound

ADMIN_HEADER = "HTTP_X_LANGFUSE_ADMIN_API_KEY"
PROJECT_HEADER = "HTTP_X_LANGFUSE_PROJECT_ID"


class NotConfigured(ApiError):
    status = 500


class ApiKeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[None, Access]:
        return None, authenticate(request.META.get("HTTP_AUTHORIZATION"))

    def authenticate_header(self, request: Request) -> str:
        return 'Basic realm="api"'


class ApiOrAdminKeyAuthentication(ApiKeyAuthentication):
    """A project's keys, or the installation's admin key, twice, with the id of a project beside it."""

    def authenticate(self, request: Request) -> tuple[None, Access]:
        given = request.META.get(ADMIN_HEADER)
        if given is None:
            return super().authenticate(request)
        check_admin_key(request)
        if not _is_admin_key(given):
            raise Unauthorized("Invalid admin API key")
        return None, _access_of_admin(request.META.get(PROJECT_HEADER))


def check_admin_key(request: Request) -> None:
    """Raise what is wrong with a request that should bear the installation's admin key."""
    if not settings.ADMIN_API_KEY:
        raise NotConfigured("ADMIN_API_KEY is not configured")
    scheme, _, given = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme != "Bearer" or not _is_admin_key(given):
        raise Unauthorized("Invalid admin API key")


def _is_admin_key(given: str) -> bool:
    return hmac.compare_digest(given.encode(), settings.ADMIN_API_KEY.encode())


def _access_of_admin(project_id: str | None) -> Access:
    if not project_id:
        raise InvalidRequest("The header x-langfuse-project-id is missing")
    project = Project.objects.living().filter(pk=project_id).first()
    if project is None:
        raise NotFound("Project not found")
    return Access("project", project.id, project.organization_id, api_key_id="", public_key="")
