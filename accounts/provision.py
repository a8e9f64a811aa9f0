"""What an installation is to start with, in; the rows that were missing, made, and a summary out."""

import logging
import secrets
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction

from accounts.audit import SYSTEM
from accounts.keys import KeyPair, forget, hash_secret, new_pair
from accounts.models import ApiKey, Membership, Organization, Project, Role, User
from accounts.services.api_keys import create_api_key, revoke_api_key
from accounts.services.members import add_member, change_role
from accounts.services.organizations import create_organization
from accounts.services.projects import clean_retention, create_project
from langfuse_site.lib.env import env_str
from langfuse_site.lib.errors import InvalidData

logger = logging.getLogger(__name__)

KEY_NOTE = "Provisioned API Key"
INIT_NAMES = (
    "ORG_ID",
    "ORG_NAME",
    "PROJECT_ID",
    "PROJECT_NAME",
    "PROJECT_RETENTION",
    "PROJECT_PUBLIC_KEY",
    "PROJECT_SECRET_KEY",
    "USER_EMAIL",
    "USER_NAME",
    "USER_PASSWORD",
)
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('accounts.provision'))"
"""Several web processes may start at once, each provisioning."""


@dataclass(frozen=True, slots=True)
class Provision:
    """What to make; what is empty is left out. Only the organization's id is required."""

    organization_id: str
    organization_name: str = "Provisioned Org"
    project_id: str = ""
    project_name: str = "Provisioned Project"
    retention_days: int | None = None
    public_key: str = ""
    secret_key: str = ""
    email: str = ""
    password: str = ""
    user_name: str = "Provisioned User"


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What there is now; `made` names what was missing before."""

    organization: Organization
    project: Project | None
    api_key: ApiKey | None
    user: User | None
    made: tuple[str, ...]


def provision_of_environment() -> Provision | None:
    """Return what LANGFUSE_INIT_* ask for; None without LANGFUSE_INIT_ORG_ID, their master switch."""
    given = {name: value for name in INIT_NAMES if (value := env_str(f"LANGFUSE_INIT_{name}").strip())}
    if "ORG_ID" not in given:
        if given:
            logger.warning("provisioning_skipped", extra={"missing": "LANGFUSE_INIT_ORG_ID"})
        return None
    return Provision(
        organization_id=given["ORG_ID"],
        organization_name=given.get("ORG_NAME", "Provisioned Org"),
        project_id=given.get("PROJECT_ID", ""),
        project_name=given.get("PROJECT_NAME", "Provisioned Project"),
        retention_days=_days(given.get("PROJECT_RETENTION")),
        public_key=given.get("PROJECT_PUBLIC_KEY", ""),
        secret_key=given.get("PROJECT_SECRET_KEY", ""),
        email=given.get("USER_EMAIL", ""),
        password=given.get("USER_PASSWORD", ""),
        user_name=given.get("USER_NAME", "Provisioned User"),
    )


def demo_provision(*, email: str = "demo@example.com") -> Provision:
    """Return a demo organization with fresh keys and a random password; the caller keeps what it returns."""
    pair = new_pair()
    return Provision(
        organization_id="demo-org",
        organization_name="Demo Organization",
        project_id="demo-project",
        project_name="Demo Project",
        public_key=pair.public_key,
        secret_key=pair.secret_key,
        email=email,
        password=secrets.token_urlsafe(12),
        user_name="Demo Owner",
    )


def provision(wanted: Provision) -> Provisioned:
    """Make what is missing. Names, passwords and secrets of what exists stay as they are."""
    _warn_of_halves(wanted)
    made: list[str] = []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME)
        organization = _organization(wanted, made)
        project = _project(wanted, organization, made)
        api_key = _api_key(wanted, project, made)
        user = _owner(wanted, organization, made)
    return Provisioned(organization, project, api_key, user, tuple(made))


def _days(text: str | None) -> int | None:
    try:
        return clean_retention(int(text)) if text else None
    except (ValueError, InvalidData):
        logger.warning("provisioning_retention_ignored", extra={"value": text})
        return None


def _warn_of_halves(wanted: Provision) -> None:
    pairs = {
        "PROJECT_PUBLIC_KEY and PROJECT_SECRET_KEY": (wanted.public_key, wanted.secret_key),
        "USER_EMAIL and USER_PASSWORD": (wanted.email, wanted.password),
    }
    for names, (left, right) in pairs.items():
        if bool(left) != bool(right):
            logger.warning("provisioning_incomplete", extra={"together": names})
    if wanted.public_key and not wanted.project_id:
        logger.warning("provisioning_incomplete", extra={"together": "PROJECT_ID and the keys"})


def _organization(wanted: Provision, made: list[str]) -> Organization:
    found = Organization.objects.filter(pk=wanted.organization_id).first()
    if found is not None:
        return found
    made.append("organization")
    return create_organization(
        wanted.organization_name, author=SYSTEM, organization_id=wanted.organization_id
    )


def _project(wanted: Provision, organization: Organization, made: list[str]) -> Project | None:
    if not wanted.project_id:
        return None
    found = Project.objects.filter(pk=wanted.project_id).first()
    if found is not None:
        if found.deleted_at is not None:
            logger.warning("provisioned_project_is_deleted", extra={"project_id": found.id})
            return None
        if found.organization_id != organization.id:
            logger.warning("provisioned_project_is_of_another_organization", extra={"project_id": found.id})
            return None
        return found
    made.append("project")
    return create_project(
        organization,
        author=SYSTEM,
        name=wanted.project_name,
        retention_days=wanted.retention_days,
        project_id=wanted.project_id,
    )


def _api_key(wanted: Provision, project: Project | None, made: list[str]) -> ApiKey | None:
    """Make the key where its public half is unknown; one of another project moves here."""
    if project is None or not wanted.public_key or not wanted.secret_key:
        return None
    found = ApiKey.objects.filter(public_key=wanted.public_key).first()
    if found is not None and found.project_id == project.id:
        if found.hashed_secret != hash_secret(wanted.secret_key):
            logger.warning("provisioned_key_keeps_its_old_secret", extra={"public_key": wanted.public_key})
        return found
    if found is not None:
        revoke_api_key(found, author=SYSTEM)
    made.append("api_key")
    pair = KeyPair(wanted.public_key, wanted.secret_key)
    issued = create_api_key(project, author=SYSTEM, note=KEY_NOTE, pair=pair)
    forget(wanted.public_key)
    return issued.row


def _owner(wanted: Provision, organization: Organization, made: list[str]) -> User | None:
    if not wanted.email or not wanted.password:
        return None
    try:
        validate_email(wanted.email)
    except ValidationError:
        logger.warning("provisioning_email_ignored", extra={"value": wanted.email})
        return None
    user = User.objects.filter(email=wanted.email).first()
    if user is None:
        made.append("user")
        # Somebody has to reach the admin: the first one that the operator names.
        is_first = not User.objects.filter(is_superuser=True).exists()
        user = User.objects.create_user(
            wanted.email, wanted.password, name=wanted.user_name, is_staff=is_first, is_superuser=is_first
        )
        # Whoever runs the server says whose address it is: signing in must not wait for a mail server.
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    membership = Membership.objects.filter(organization=organization, user=user).first()
    if membership is None:
        add_member(organization, user, Role.OWNER, author=SYSTEM)
    elif membership.role != Role.OWNER:
        change_role(membership, Role.OWNER, author=SYSTEM)
    return user
