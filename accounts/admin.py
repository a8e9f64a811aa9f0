"""Accounts in the admin: the services do the changes, so that each one is checked and audited."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.admin_site import LeanAdmin, ReadOnlyAdmin, Served, site
from accounts.audit import Author, by_user, record
from accounts.models import (
    ApiKey,
    AuditLog,
    Invitation,
    Membership,
    Organization,
    Project,
    ProjectMembership,
    Role,
    User,
)
from accounts.services.api_keys import revoke_api_key
from accounts.services.invitations import revoke_invitation
from accounts.services.members import add_member, change_role, remove_member
from accounts.services.organizations import create_organization, update_organization
from accounts.services.projects import update_project
from langfuse_site.lib.errors import ApiError


class ServedAdmin(Served, LeanAdmin):
    """An admin over services, of what only services delete."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class NewUserForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User, site=site)
class UserAdmin(DjangoUserAdmin, LeanAdmin):  # type: ignore[type-arg]
    """Users are switched off, not deleted: what they did keeps their name."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "name", "is_active", "is_superuser", "last_login", "date_joined")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields = ("id", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("id", "email", "name", "password")}),
        ("Access", {"fields": ("is_active", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        after = {field: getattr(obj, field) for field in ("email", "name", "is_active", "is_superuser")}
        done = "update" if change else "create"
        record(_author(request), done, resource_type="user", resource_id=obj.id, after=after)


@admin.register(Organization, site=site)
class OrganizationAdmin(ServedAdmin):
    list_display = ("name", "id", "created_at")
    search_fields = ("name", "=id")
    ordering = ("name",)
    fields = ("id", "name", "metadata", "created_at", "updated_at")
    readonly_fields = ("id", "created_at", "updated_at")

    def view_on_site(self, obj: Organization) -> str:
        return reverse("organization", args=[obj.id])

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:
        fields: dict[str, Any] = {"name": obj.name, "metadata": obj.metadata, "author": _author(request)}
        if change:
            update_organization(Organization.objects.get(pk=obj.pk), **fields)
        else:
            create_organization(organization_id=obj.id, **fields)


@admin.register(Project, site=site)
class ProjectAdmin(ServedAdmin):
    list_display = ("name", "organization_id", "id", "retention_days", "ingestion_suspended", "deleted_at")
    list_filter = ("ingestion_suspended",)
    search_fields = ("name", "=id", "=organization__id")
    ordering = ("-created_at",)
    fields = (
        *("id", "organization_id", "name", "retention_days", "ingestion_suspended", "keep_raw_bodies"),
        *("metadata", "created_at", "updated_at", "deleted_at"),
    )
    readonly_fields = ("id", "organization_id", "created_at", "updated_at", "deleted_at")

    def view_on_site(self, obj: Project) -> str:
        return reverse("project_settings", args=[obj.id])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Project, form: Any, change: bool) -> None:
        changes = {field: getattr(obj, field) for field in form.changed_data}
        update_project(Project.objects.get(pk=obj.pk), changes, author=_author(request))


@admin.register(Membership, site=site)
class MembershipAdmin(ServedAdmin):
    list_display = ("user", "organization", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "organization")
    search_fields = ("user__email", "=organization__id")
    raw_id_fields = ("user", "organization")
    ordering = ("-id",)
    fields = ("user", "organization", "role")
    actions = ("remove_members",)

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        return () if obj is None else ("user", "organization")

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        role = Role(obj.role)
        if change:
            change_role(Membership.objects.get(pk=obj.pk), role, author=_author(request))
        else:
            obj.pk = add_member(obj.organization, obj.user, role, author=_author(request)).pk

    @action(description="Remove from the organization")
    def remove_members(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset:
            _try(request, lambda row=membership: remove_member(row, author=_author(request)), str(membership))


@admin.register(ProjectMembership, site=site)
class ProjectMembershipAdmin(ReadOnlyAdmin):
    list_display = ("project", "member", "role", "created_at")
    list_select_related = ("project", "membership__user")
    search_fields = ("=project__id", "membership__user__email")
    ordering = ("-id",)

    @display(description="Member")
    def member(self, row: ProjectMembership) -> str:
        return row.membership.user.email


@admin.register(ApiKey, site=site)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys without their secret, which nobody has; they are issued on the pages of a project."""

    list_display = (
        "public_key",
        "display_secret",
        "owner",
        "note",
        "last_used_at",
        "expires_at",
        "created_at",
    )
    list_select_related = ("project", "organization")
    search_fields = ("=public_key", "=project__id", "=organization__id", "note")
    ordering = ("-created_at",)
    fields = (
        *("public_key", "display_secret", "note", "project", "organization"),
        *("created_by", "created_at", "last_used_at", "expires_at"),
    )
    actions = ("revoke",)

    @display(description="Owner")
    def owner(self, row: ApiKey) -> str:
        return str(row.project or row.organization)

    @action(description="Revoke the selected keys")
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for row in queryset.select_related("project", "organization"):
            _try(request, lambda row=row: revoke_api_key(row, author=_author(request)), row.public_key)


@admin.register(Invitation, site=site)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("email", "organization", "role", "project", "project_role", "expires_at")
    list_select_related = ("organization", "project")
    search_fields = ("email", "=organization__id")
    ordering = ("-created_at",)
    actions = ("withdraw",)

    @action(description="Withdraw the selected invitations")
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        for row in queryset.select_related("organization"):
            _try(request, lambda row=row: revoke_invitation(row, author=_author(request)), row.email)


@admin.register(AuditLog, site=site)
class AuditLogAdmin(ReadOnlyAdmin):
    list_display = (
        *("created_at", "type", "user_id", "api_key_id", "action"),
        *("resource_type", "resource_id", "organization_id", "project_id"),
    )
    list_filter = ("type",)
    search_fields = ("=user_id", "=api_key_id", "=resource_id", "=project_id", "=organization_id")
    ordering = ("-created_at",)


def _author(request: HttpRequest) -> Author:
    if not isinstance(request.user, User):
        raise PermissionError("The admin is open to users only")
    return by_user(request.user)


def _try(request: HttpRequest, change: Any, what: str) -> None:
    """Run one change of an action and tell how it went."""
    try:
        change()
    except ApiError as error:
        messages.error(request, f"{what}: {error.message}")
    else:
        messages.success(request, f"{what}: done")
