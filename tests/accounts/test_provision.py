"""LANGFUSE_INIT_* in, the rows that they ask for out, once."""

from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress

from accounts.keys import KeyPair, hash_secret
from accounts.models import ApiKey, AuditLog, Membership, Organization, Project, Role, User
from accounts.provision import Provision, demo_provision, provision, provision_of_environment
from tests import factories

pytestmark = pytest.mark.django_db

WANTED = Provision(
    organization_id="my-org",
    organization_name="My Org",
    project_id="my-project",
    project_name="My Project",
    retention_days=30,
    public_key="pk-lf-mine",
    secret_key="sk-lf-mine",
    email="Owner@Example.com",
    password="a long password",
)


def test_everything_is_made() -> None:
    done = provision(WANTED)
    assert done.made == ("organization", "project", "api_key", "user")
    project = Project.objects.get()
    assert (project.id, project.name, project.retention_days, project.organization_id) == (
        "my-project",
        "My Project",
        30,
        "my-org",
    )
    key = ApiKey.objects.get()
    assert (key.public_key, key.hashed_secret, key.note) == (
        "pk-lf-mine",
        hash_secret("sk-lf-mine"),
        "Provisioned API Key",
    )
    user = User.objects.get(email="owner@example.com")
    assert user.check_password("a long password")
    assert Membership.objects.get(user=user).role == Role.OWNER


def test_a_second_time_changes_nothing() -> None:
    provision(WANTED)
    lines = AuditLog.objects.count()
    again = provision(
        Provision(
            "my-org",
            "Other",
            "my-project",
            "Other",
            None,
            "pk-lf-mine",
            "sk-lf-other",
            "owner@example.com",
            "x",
        )
    )
    assert again.made == ()
    assert AuditLog.objects.count() == lines
    assert Organization.objects.get().name == "My Org"
    assert ApiKey.objects.get().hashed_secret == hash_secret("sk-lf-mine")
    assert User.objects.get().check_password("a long password")


def test_a_key_of_another_project_moves() -> None:
    other = factories.make_project()
    factories.make_key(project=other, pair=KeyPair("pk-lf-mine", "sk-lf-before"))
    provision(WANTED)
    key = ApiKey.objects.get(public_key="pk-lf-mine")
    assert (key.project_id, key.hashed_secret) == ("my-project", hash_secret("sk-lf-mine"))


def test_an_existing_user_becomes_owner_and_keeps_the_password() -> None:
    user = factories.make_user("owner@example.com")
    organization = Organization.objects.create(id="my-org", name="Mine")
    factories.make_membership(user, organization, role=Role.VIEWER)
    provision(WANTED)
    assert Membership.objects.get(user=user).role == Role.OWNER
    assert not User.objects.get().check_password("a long password")


def test_only_the_first_user_is_admin_of_the_installation() -> None:
    provision(WANTED)
    provision(Provision("other", email="second@example.com", password="p"))
    assert User.objects.filter(is_superuser=True, is_staff=True).get().email == "owner@example.com"


def test_who_runs_the_server_vouches_for_the_address() -> None:
    provision(WANTED)
    address = EmailAddress.objects.get()
    assert (address.email, address.verified, address.primary) == ("owner@example.com", True, True)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGFUSE_INIT_ORG_ID", "env-org")
    monkeypatch.setenv("LANGFUSE_INIT_PROJECT_ID", "env-project")
    monkeypatch.setenv("LANGFUSE_INIT_PROJECT_RETENTION", "7")
    wanted = provision_of_environment()
    assert wanted is not None
    assert (wanted.organization_id, wanted.organization_name, wanted.project_id, wanted.retention_days) == (
        "env-org",
        "Provisioned Org",
        "env-project",
        7,
    )


def test_without_the_master_switch_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGFUSE_INIT_PROJECT_ID", "env-project")
    assert provision_of_environment() is None


def test_half_a_pair_makes_no_key() -> None:
    done = provision(Provision("my-org", project_id="my-project", public_key="pk-lf-mine"))
    assert done.api_key is None
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("retention", ["2", "soon", "-1"])
def test_a_bad_retention_is_left_out(monkeypatch: pytest.MonkeyPatch, retention: str) -> None:
    monkeypatch.setenv("LANGFUSE_INIT_ORG_ID", "env-org")
    monkeypatch.setenv("LANGFUSE_INIT_PROJECT_RETENTION", retention)
    wanted = provision_of_environment()
    assert wanted is not None
    assert wanted.retention_days is None


def test_the_demo_has_a_password_of_its_own() -> None:
    first, second = demo_provision(), demo_provision()
    assert first.password != second.password
    assert provision(first).made == ("organization", "project", "api_key", "user")


def test_a_project_of_another_organization_stays_there(caplog: pytest.LogCaptureFixture) -> None:
    Project.objects.create(id="my-project", organization=factories.make_organization(), name="Theirs")
    done = provision(WANTED)
    assert (done.project, done.api_key) == (None, None)
    assert not ApiKey.objects.exists()
    assert "provisioned_project_is_of_another_organization" in caplog.messages


def test_another_secret_for_a_key_that_exists_is_told(caplog: pytest.LogCaptureFixture) -> None:
    provision(WANTED)
    provision(replace(WANTED, secret_key="sk-lf-other"))
    assert "provisioned_key_keeps_its_old_secret" in caplog.messages


def test_an_address_that_is_none_makes_no_user(caplog: pytest.LogCaptureFixture) -> None:
    assert provision(replace(WANTED, email="not an address")).user is None
    assert "provisioning_email_ignored" in caplog.messages
