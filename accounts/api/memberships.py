"""`/organizations/memberships` and `/projects/{id}/memberships`: who belongs, by the organization's key."""

from typing import Literal

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import take
from accounts.api.projects import project_of
from accounts.api.shapes import membership_shape, project_membership_shape
from accounts.api.views import OrganizationView
from accounts.audit import by_key
from accounts.models import Membership, Organization, ProjectMembership, Role, User
from accounts.services.members import (
    add_member,
    change_role,
    remove_member,
    remove_project_role,
    set_project_role,
)
from langfuse_site.lib.errors import NotFound


class Member(msgspec.Struct, rename="camel"):
    user_id: str
    role: Literal["OWNER", "ADMIN", "MEMBER", "VIEWER"]


class FormerMember(msgspec.Struct, rename="camel"):
    user_id: str


class OrganizationMembershipsView(OrganizationView):
    error_style = "error"

    def get(self, request: Request) -> Response:
        rows = Membership.objects.filter(organization_id=self.organization_id)
        ordered = rows.select_related("user").order_by("created_at", "id")
        return Response({"memberships": [membership_shape(row) for row in ordered]})

    def put(self, request: Request) -> Response:
        body = take(request.data, Member)
        role, author = Role(body.role), by_key(self.access)
        membership = self._membership(body.user_id)
        if membership is not None:
            return Response(membership_shape(change_role(membership, role, author=author)))
        user = User.objects.filter(pk=body.user_id).first()
        if user is None:
            raise NotFound("User not found")
        organization = Organization.objects.get(pk=self.organization_id)
        return Response(membership_shape(add_member(organization, user, role, author=author)))

    def delete(self, request: Request) -> Response:
        body = take(request.data, FormerMember)
        membership = self._membership(body.user_id)
        if membership is None:
            raise NotFound("Membership not found")
        remove_member(membership, author=by_key(self.access))
        return Response({"message": "Membership deleted successfully", "userId": body.user_id})

    def _membership(self, user_id: str) -> Membership | None:
        return Membership.objects.filter(organization_id=self.organization_id, user_id=user_id).first()


class ProjectMembershipsView(OrganizationView):
    error_style = "error"

    def get(self, request: Request, project_id: str) -> Response:
        project = project_of(self.organization_id, project_id)
        rows = ProjectMembership.objects.filter(project=project).select_related("membership__user")
        shapes = [project_membership_shape(row) for row in rows.order_by("created_at", "id")]
        return Response({"memberships": shapes})

    def put(self, request: Request, project_id: str) -> Response:
        project = project_of(self.organization_id, project_id)
        body = take(request.data, Member)
        own = set_project_role(project, self._user(body.user_id), Role(body.role), author=by_key(self.access))
        return Response(project_membership_shape(own))

    def delete(self, request: Request, project_id: str) -> Response:
        project = project_of(self.organization_id, project_id)
        body = take(request.data, FormerMember)
        remove_project_role(project, self._user(body.user_id), author=by_key(self.access))
        return Response({"message": "Membership deleted successfully", "userId": body.user_id})

    def _user(self, user_id: str) -> User:
        member = User.objects.filter(pk=user_id, memberships__organization_id=self.organization_id).first()
        if member is None:
            raise NotFound("User is not a member of this organization")
        return member
