"""The cast of tests about tenants: an owner and a viewer of project A, an outsider who owns project B."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from accounts import keys
from accounts.models import ApiKey, Organization, Project, Role, User
from prompts import fetches
from tests import factories


@dataclass(frozen=True, slots=True)
class Side:
    """An organization with one project, a key of the project and a key of the organization."""

    organization: Organization
    project: Project
    api_key: ApiKey
    public_key: str
    secret_key: str
    organization_public_key: str
    organization_secret_key: str

    @property
    def project_id(self) -> str:
        return self.project.id

    @property
    def auth(self) -> dict[str, Any]:
        """Keyword arguments of Django's test client for the project's key."""
        return basic(self.public_key, self.secret_key)

    @property
    def bearer(self) -> dict[str, Any]:
        """The same for the project's public key alone."""
        return {"HTTP_AUTHORIZATION": f"Bearer {self.public_key}"}

    @property
    def organization_auth(self) -> dict[str, Any]:
        """The same for the organization's key."""
        return basic(self.organization_public_key, self.organization_secret_key)


@dataclass(frozen=True, slots=True)
class Cast:
    owner: User
    viewer: User
    outsider: User
    a: Side
    b: Side


def basic(public_key: str, secret_key: str) -> dict[str, Any]:
    """Return the Authorization header of a key pair as the test client takes it."""
    token = base64.b64encode(f"{public_key}:{secret_key}".encode()).decode()
    return {"HTTP_AUTHORIZATION": f"Basic {token}"}


def make_side(name: str, owner: User) -> Side:
    organization = factories.make_organization(f"Organization {name}", owner=owner)
    project = factories.make_project(organization, name=f"Project {name}")
    issued = factories.make_key(project=project)
    of_organization = factories.make_key(organization=organization)
    return Side(
        organization=organization,
        project=project,
        api_key=issued.row,
        public_key=issued.pair.public_key,
        secret_key=issued.pair.secret_key,
        organization_public_key=of_organization.pair.public_key,
        organization_secret_key=of_organization.pair.secret_key,
    )


def make_cast() -> Cast:
    owner = factories.make_user("owner@example.com", name="Owner")
    viewer = factories.make_user("viewer@example.com", name="Viewer")
    outsider = factories.make_user("outsider@example.com", name="Outsider")
    a, b = make_side("A", owner), make_side("B", outsider)
    factories.make_membership(viewer, a.organization, role=Role.VIEWER)
    return Cast(owner, viewer, outsider, a, b)


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    """The cast; what this process has yet to write of its keys and prompts goes with it.

    Tests without a database can't write it.
    """
    keys.forget_all()
    yield make_cast()
    keys.forget_all()
    fetches.forget_fetches()
