"""The admin site of the project: who may enter it, and the base of admins whose tables grow without end."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.html import escape
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator
from unfold.sites import UnfoldAdminSite

from accounts.models import Project, Role, User
from accounts.roles import roles_in_projects, scopes_of
from langfuse_site.lib.errors import ApiError, message_of

ADMIN_POLICY = {
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
}
"""What unfold's pages need beyond the policy of all others: Alpine evaluates attributes, colours are inlined."""


class Visitor:
    """Who is in the admin, and what they may do in which project; read once a request."""

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def _roles(self) -> list[tuple[Project, Role]]:
        return roles_in_projects(self.user) if self.user.is_active else []

    @cached_property
    def _scopes(self) -> dict[str, frozenset[str]]:
        return {project.id: scopes_of(role) for project, role in self._roles}

    def projects_with(self, scope: str) -> list[Project]:
        """Return the projects in which the visitor has the scope, by organization and name."""
        return [project for project, role in self._roles if scope in scopes_of(role)]

    def scopes_in(self, project_id: str) -> frozenset[str]:
        return self._scopes.get(project_id, frozenset())

    def can(self, scope: str, project_id: str | None = None) -> bool:
        """Say whether the visitor has the scope in the project, or in any where none is given."""
        if project_id is None and self.user.is_superuser and self.user.is_active:
            return True
        if project_id is not None:
            return scope in self.scopes_in(project_id)
        return any(scope in scopes for scopes in self._scopes.values())


def visitor_of(request: HttpRequest) -> Visitor:
    """Return the one visitor of this request; somebody who has not signed in is refused."""
    if not isinstance(request.user, User):
        raise PermissionDenied("The admin is open to people who have signed in")
    visitor: Visitor = request.__dict__.setdefault("_visitor", Visitor(request.user))
    return visitor


class Site(UnfoldAdminSite):
    """Django's admin: everything for the admins of the installation, what is a team's for its members.

    Everybody signs in on the one sign-in page. What members may see, each ModelAdmin says by its permissions.
    """

    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and visitor_of(request).can("project:read")

    def admin_view(
        self, view: Callable[..., HttpResponseBase], cacheable: bool = False
    ) -> Callable[..., HttpResponseBase]:
        admitted: Callable[..., HttpResponseBase] = super().admin_view(view, cacheable)
        permitted: Callable[..., HttpResponseBase] = csp_replace(ADMIN_POLICY)(admitted)
        return permitted

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the apps as Django does, with the names and the order that their admins ask for."""
        apps: list[Any] = super().get_app_list(request, app_label)
        for app in apps:
            for entry in app["models"]:
                entry["name"] = getattr(self._registry[entry["model"]], "menu_title", entry["name"])
            app["models"].sort(key=lambda entry: getattr(self._registry[entry["model"]], "menu_place", 50))
        return apps

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().each_context(request)
        apps = context.get("available_apps") or []
        return {**context, "sidebar_navigation": [self._menu(request, app) for app in [*apps, APP_MENU]]}

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied("The admin is for members of projects and admins of this installation")
        return redirect_to_login(request.GET.get("next") or resolve_url("admin:index"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_logout")

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account_change_password")

    def _menu(self, request: HttpRequest, app: dict[str, Any]) -> dict[str, Any]:
        links = [
            (entry["name"], entry["admin_url"], entry.get("icon") or self._icon(entry["model"]))
            for entry in app["models"]
            if entry["admin_url"]
        ]
        items = [
            {"title": escape(title), "link": url, "icon": icon, "has_permission": True}
            | {"active": len(url) > 1 and request.path.startswith(url)}
            for title, url, icon in links
        ]
        return {"title": app["name"], "items": items, "collapsible": False, "separator": False}

    def _icon(self, model: type[Model]) -> str:
        return str(getattr(self._registry[model], "menu_icon", "table_rows"))


APP_MENU = {
    "name": "Site",
    "models": [{"name": "All projects", "model": None, "admin_url": "/", "icon": "arrow_back"}],
}
"""The way back to the pages of the projects."""

site = Site(name="admin")


class LeanAdmin(ModelAdmin):
    """An admin that counts nothing and offers no select of a whole table: fit for millions of rows."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    list_disable_select_all = True


class ReadOnlyAdmin(LeanAdmin):
    """Rows to look at: nothing is added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Served:
    """For an admin over services: what they refuse becomes a message, and nothing is changed."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        try:
            above: Any = super()
            response: HttpResponseBase = above.changeform_view(request, object_id, form_url, extra_context)
        except ApiError as error:
            messages.error(request, message_of(error))
            return redirect(request.get_full_path())
        return response
