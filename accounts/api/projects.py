"""`/projects`: a key's own project, and the projects of an organization with the organization's key."""

from typing import Any

import msgspec
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import take
from accounts.api.permissions import OrganizationKey, ProjectKey
from accounts.api.shapes import (
    api_key_shape,
    issued_key_shape,
    organization_project_shape,
    project_shape,
)
from accounts.api.views import OrganizationView, ProjectView
from accounts.audit import by_key
from accounts.models import ApiKey, Organization, Project
from accounts.services.api_keys import create_api_key, given_pair, revoke_api_key
from accounts.services.projects import create_project, delete_project, update_project
from langfuse_site.lib.errors import NotFound

PROJECT_MISSING = "Project not found or you don't have access to it"


class NewProject(msgspec.Struct, rename="camel"):
    name: str
    retention: int | None = None
    metadata: dict[str, Any] | None = None


class ProjectChanges(msgspec.Struct, rename="camel"):
    name: str | msgspec.UnsetType = msgspec.UNSET
    retention: int | None | msgspec.UnsetType = msgspec.UNSET
    metadata: dict[str, Any] | None | msgspec.UnsetType = msgspec.UNSET


class NewKey(msgspec.Struct, rename="camel"):
    note: str | None = None
    public_key: str | None = None
    secret_key: str | None = None


def project_of(organization_id: str, project_id: str) -> Project:
    """Return a living project of the organization."""
    projects = Project.objects.living().select_related("organization")
    found = projects.filter(pk=project_id, organization_id=organization_id).first()
    if found is None:
        raise NotFound(PROJECT_MISSING)
    return found


class ProjectsView(ProjectView):
    error_style = "message"

    def get_permissions(self) -> list[BasePermission]:
        return [OrganizationKey() if self.request.method == "POST" else ProjectKey()]

    @property
    def denied_message(self) -> str | None:  # type: ignore[override]
        if self.request.method == "POST":
            return None
        return "Invalid API key. Are you using an organization key?"

    def get(self, request: Request) -> Response:
        project = Project.objects.select_related("organization").get(pk=self.project_id)
        return Response({"data": [project_shape(project)]})

    def post(self, request: Request) -> Response:
        body = take(request.data, NewProject)
        project = create_project(
            Organization.objects.get(pk=self.access.organization_id),
            author=by_key(self.access),
            name=body.name,
            retention_days=body.retention,
            metadata=body.metadata,
        )
        return Response(project_shape(project))


class ProjectDetailView(OrganizationView):
    error_style = "message"

    def put(self, request: Request, project_id: str) -> Response:
        project = project_of(self.organization_id, project_id)
        body = take(request.data, ProjectChanges)
        changes: dict[str, Any] = {}
        if body.name is not msgspec.UNSET:
            changes["name"] = body.name
        if body.retention is not msgspec.UNSET and body.retention is not None:
            changes["retention_days"] = body.retention
        if body.metadata is not msgspec.UNSET:
            changes["metadata"] = body.metadata or {}
        return Response(project_shape(update_project(project, changes, author=by_key(self.access))))

    def delete(self, request: Request, project_id: str) -> Response:
        delete_project(project_of(self.organization_id, project_id), author=by_key(self.access))
        message = "Project deletion has been initiated and is being processed asynchronously."
        return Response({"success": True, "message": message}, status=202)


class ProjectKeysView(OrganizationView):
    error_style = "message"

    def get(self, request: Request, project_id: str) -> Response:
        rows = project_of(self.organization_id, project_id).api_keys.order_by("created_at", "id")
        return Response({"apiKeys": [api_key_shape(row) for row in rows]})

    def post(self, request: Request, project_id: str) -> Response:
        project = project_of(self.organization_id, project_id)
        body = take(request.data, NewKey)
        pair = given_pair(body.public_key, body.secret_key)
        issued = create_api_key(project, author=by_key(self.access), note=body.note, pair=pair)
        return Response(issued_key_shape(issued))


class ProjectKeyView(OrganizationView):
    error_style = "message"

    def delete(self, request: Request, project_id: str, api_key_id: str) -> Response:
        project = project_of(self.organization_id, project_id)
        row = ApiKey.objects.filter(pk=api_key_id, project=project).first()
        if row is None:
            raise NotFound("API key not found")
        revoke_api_key(row, author=by_key(self.access))
        return Response({"success": True})


class OrganizationProjectsView(OrganizationView):
    error_style = "error"

    def get(self, request: Request) -> Response:
        projects = Project.objects.living().filter(organization_id=self.organization_id)
        ordered = projects.order_by("created_at", "id")
        return Response({"projects": [organization_project_shape(project) for project in ordered]})


class OrganizationKeysView(OrganizationView):
    error_style = "error"

    def get(self, request: Request) -> Response:
        rows = ApiKey.objects.filter(organization_id=self.organization_id).order_by("created_at", "id")
        return Response({"apiKeys": [api_key_shape(row) for row in rows]})
