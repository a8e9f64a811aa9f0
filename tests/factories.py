"""Rows for tests: each function makes one thing with defaults that a test doesn't care about."""

from dataclasses import dataclass
from datetime import datetime

from accounts.keys import KeyPair, display_secret, hash_secret, new_pair
from accounts.models import (
    ApiKey,
    Membership,
    Organization,
    Project,
    ProjectMembership,
    Role,
    User,
)
from langfuse_site.lib.ids import new_id


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key's row and the pair, the secret of which the row doesn't hold."""

    row: ApiKey
    pair: KeyPair


def make_user(email: str | None = None, *, name: str = "", is_superuser: bool = False) -> User:
    return User.objects.create_user(
        email or f"{new_id()}@example.com", name=name, is_superuser=is_superuser, is_staff=is_superuser
    )


def make_organization(name: str = "Acme", *, owner: User | None = None) -> Organization:
    organization = Organization.objects.create(name=name)
    if owner is not None:
        make_membership(owner, organization, role=Role.OWNER)
    return organization


def make_membership(user: User, organization: Organization, *, role: Role = Role.MEMBER) -> Membership:
    return Membership.objects.create(user=user, organization=organization, role=role)


def make_project(organization: Organization | None = None, *, name: str | None = None) -> Project:
    return Project.objects.create(
        organization=organization or make_organization(), name=name or f"project {new_id()}"
    )


def make_project_membership(membership: Membership, project: Project, *, role: Role) -> ProjectMembership:
    return ProjectMembership.objects.create(membership=membership, project=project, role=role)


def make_key(
    *,
    project: Project | None = None,
    organization: Organization | None = None,
    pair: KeyPair | None = None,
    expires_at: datetime | None = None,
) -> IssuedKey:
    pair = pair or new_pair()
    row = ApiKey.objects.create(
        public_key=pair.public_key,
        hashed_secret=hash_secret(pair.secret_key),
        display_secret=display_secret(pair.secret_key),
        project=project,
        organization=organization,
        expires_at=expires_at,
    )
    return IssuedKey(row, pair)
