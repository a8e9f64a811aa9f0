"""`/api/admin/…`: organizations and their keys, by the one key of whoever runs the installation."""

from typing import Any, Literal

import msgspec
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import keys
from accounts.api.authentication import check_admin_key
from accounts.api.fields import take
from accounts.api.projects import NewKey
from accounts.api.shapes import api_key_shape, issued_key_shape, organization_shape
from accounts.api.views import ApiView
from accounts.audit import SYSTEM
from accounts.models import ApiKey, Organization
from accounts.services.api_keys import create_api_key, given_pair, revoke_api_key
from accounts.services.organizations import create_organization, delete_organization, update_organization
from langfuse_site.lib.errors import NotFound


class NewOrganization(msgspec.Struct, rename="camel"):
    name: str
    metadata: dict[str, Any] | None = None


class KeyAction(msgspec.Struct, rename="camel"):
    action: Literal["delete", "invalidate", "invalidate-all"]
    project_ids: list[str] = []


class AdminKeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[None, str]:
        check_admin_key(request)
        return None, "admin"

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class AdminKey(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.auth == "admin"


class InstanceView(ApiView):
    authentication_classes = [AdminKeyAuthentication]
    permission_classes = [AdminKey]
    error_style = "error"


def organization_of(organization_id: str) -> Organization:
    found = Organization.objects.filter(pk=organization_id).first()
    if found is None:
        raise NotFound("Organization not found")
    return found


class InstanceOrganizationsView(InstanceView):
    def get(self, request: Request) -> Response:
        organizations = Organization.objects.order_by("created_at", "id").prefetch_related("projects")
        return Response({"organizations": [organization_shape(found) for found in organizations]})

    def post(self, request: Request) -> Response:
        body = take(request.data, NewOrganization)
        made = create_organization(body.name, author=SYSTEM, metadata=body.metadata)
        return Response(organization_shape(made), status=201)


class InstanceOrganizationView(InstanceView):
    def get(self, request: Request, organization_id: str) -> Response:
        return Response(organization_shape(organization_of(organization_id)))

    def put(self, request: Request, organization_id: str) -> Response:
        found, body = organization_of(organization_id), take(request.data, NewOrganization)
        changed = update_organization(found, author=SYSTEM, name=body.name, metadata=body.metadata)
        return Response(organization_shape(changed))

    def delete(self, request: Request, organization_id: str) -> Response:
        delete_organization(organization_of(organization_id), author=SYSTEM)
        return Response({"success": True, "message": "Organization deleted successfully"})


class InstanceKeysView(InstanceView):
    def get(self, request: Request, organization_id: str) -> Response:
        rows = organization_of(organization_id).api_keys.order_by("created_at", "id")
        return Response({"apiKeys": [api_key_shape(row) for row in rows]})

    def post(self, request: Request, organization_id: str) -> Response:
        found, body = organization_of(organization_id), take(request.data, NewKey)
        pair = given_pair(body.public_key, body.secret_key)
        issued = create_api_key(found, author=SYSTEM, note=body.note, pair=pair)
        return Response(issued_key_shape(issued), status=201)


class InstanceKeyView(InstanceView):
    def delete(self, request: Request, organization_id: str, api_key_id: str) -> Response:
        row = ApiKey.objects.filter(pk=api_key_id, organization=organization_of(organization_id)).first()
        if row is None:
            raise NotFound("API key not found")
        revoke_api_key(row, author=SYSTEM)
        return Response({"success": True})


class InstanceKeyActionsView(InstanceView):
    """Keys of whole projects; `invalidate` drops what this process trusts, others do so within a second."""

    def post(self, request: Request) -> Response:
        body = take(request.data, KeyAction)
        if body.action == "invalidate-all":
            keys.forget_all()
            return Response({"message": "All API keys are read anew"})
        rows = list(
            ApiKey.objects.filter(project_id__in=body.project_ids).select_related("project__organization")
        )
        for row in rows:
            if body.action == "delete":
                revoke_api_key(row, author=SYSTEM)
            keys.forget(row.public_key)
        return Response({"message": f"{len(rows)} API keys: {body.action}d"})
