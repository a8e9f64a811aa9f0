"""The routes of accounts below `/api/public/`."""

from django.urls import URLPattern, URLResolver, path

from accounts.api.memberships import OrganizationMembershipsView, ProjectMembershipsView
from accounts.api.projects import (
    OrganizationKeysView,
    OrganizationProjectsView,
    ProjectDetailView,
    ProjectKeysView,
    ProjectKeyView,
    ProjectsView,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("projects", ProjectsView.as_view()),
    path("projects/<str:project_id>", ProjectDetailView.as_view()),
    path("projects/<str:project_id>/apiKeys", ProjectKeysView.as_view()),
    path("projects/<str:project_id>/apiKeys/<str:api_key_id>", ProjectKeyView.as_view()),
    path("projects/<str:project_id>/memberships", ProjectMembershipsView.as_view()),
    path("organizations/projects", OrganizationProjectsView.as_view()),
    path("organizations/apiKeys", OrganizationKeysView.as_view()),
    path("organizations/memberships", OrganizationMembershipsView.as_view()),
]
