"""The routes of the pages of accounts; allauth's names, at addresses of our own."""

from allauth.account import views as allauth
from django.urls import path, re_path

from accounts.ui import account, keys, members, overview, project_members, settings, setup
from accounts.ui.paths import register_paths

register_paths()

_SIGNING_IN = [
    path("auth/sign-in", allauth.login, name="account_login"),
    path("auth/sign-up", allauth.signup, name="account_signup"),
    path("auth/sign-out", allauth.logout, name="account_logout"),
    path("auth/inactive", allauth.account_inactive, name="account_inactive"),
    path("auth/reauthenticate", allauth.reauthenticate, name="account_reauthenticate"),
    path("auth/confirm-email", allauth.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^auth/confirm-email/(?P<key>[-:\w]+)$", allauth.confirm_email, name="account_confirm_email"),
    path("auth/change-password", allauth.password_change, name="account_change_password"),
    path("auth/set-password", allauth.password_set, name="account_set_password"),
    path("auth/reset-password", account.password_reset, name="account_reset_password"),
    path("auth/reset-password/sent", allauth.password_reset_done, name="account_reset_password_done"),
    path(
        "auth/reset-password/done",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^auth/reset-password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]

_ORGANIZATION = "organization/<row_id:organization_id>"
_PROJECT = "project/<row_id:project_id>"

urlpatterns = [
    *_SIGNING_IN,
    path("", overview.overview, name="overview"),
    path("switcher", overview.switcher, name="switcher"),
    path("setup", setup.new_organization, name="new_organization"),
    path("account/settings", account.account_settings, name="account_settings"),
    path("account/settings", account.account_settings, name="account_email"),
    path("invitations/<row_id:token>", account.accept, name="invitation"),
    path(_ORGANIZATION, overview.organization, name="organization"),
    path(f"{_ORGANIZATION}/setup", setup.new_project, name="new_project"),
    path(f"{_ORGANIZATION}/settings", settings.organization_settings, name="organization_settings"),
    path(f"{_ORGANIZATION}/delete", settings.remove_organization, name="remove_organization"),
    path(f"{_ORGANIZATION}/settings/members", members.members, name="members"),
    path(f"{_ORGANIZATION}/invitations", members.invite, name="invite"),
    path(
        f"{_ORGANIZATION}/invitations/<row_id:invitation_id>/withdraw",
        members.withdraw_invitation,
        name="withdraw_invitation",
    ),
    path(f"{_ORGANIZATION}/members/<int:membership_id>", members.change_member, name="change_member"),
    path(f"{_ORGANIZATION}/members/<int:membership_id>/remove", members.remove, name="remove_member"),
    path(f"{_PROJECT}/setup", setup.project_setup, name="project_setup"),
    path(f"{_PROJECT}/settings", settings.project_settings, name="project_settings"),
    path(f"{_PROJECT}/delete", settings.remove_project, name="remove_project"),
    path(f"{_PROJECT}/settings/api-keys", keys.api_keys, name="api_keys"),
    path(f"{_PROJECT}/api-keys", keys.create_key, name="create_key"),
    path(f"{_PROJECT}/api-keys/<row_id:key_id>/revoke", keys.revoke_key, name="revoke_key"),
    path(f"{_PROJECT}/settings/members", project_members.project_members, name="project_members"),
    path(
        f"{_PROJECT}/members/<int:membership_id>",
        project_members.change_project_role,
        name="change_project_role",
    ),
]
