"""The routes of the installation's admin below `/api/admin/`."""

from django.urls import URLPattern, URLResolver, path

from accounts.api.instance import (
    InstanceKeyActionsView,
    InstanceKeysView,
    InstanceKeyView,
    InstanceOrganizationsView,
    InstanceOrganizationView,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("organizations", InstanceOrganizationsView.as_view()),
    path("organizations/<str:organization_id>", InstanceOrganizationView.as_view()),
    path("organizations/<str:organization_id>/apiKeys", InstanceKeysView.as_view()),
    path("organizations/<str:organization_id>/apiKeys/<str:api_key_id>", InstanceKeyView.as_view()),
    path("api-keys", InstanceKeyActionsView.as_view()),
]
