"""What each authorization header grants, and how soon a key stops."""

import base64
import hashlib
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import keys
from accounts.access import Unauthorized
from accounts.keys import KeyPair, authenticate, hash_secret
from accounts.models import ApiKey
from tests import factories
from tests.cast import Cast, basic

HOST_HINT = "Confirm that you've configured the correct host."


def header(public_key: str, secret_key: str) -> str:
    return str(basic(public_key, secret_key)["HTTP_AUTHORIZATION"])


def refusal(authorization: str | None) -> str:
    with pytest.raises(Unauthorized) as caught:
        authenticate(authorization)
    return caught.value.message


def test_both_keys_open_the_project(cast: Cast) -> None:
    access = authenticate(header(cast.a.public_key, cast.a.secret_key))
    assert (access.level, access.project_id, access.organization_id) == (
        "project",
        cast.a.project_id,
        cast.a.organization.id,
    )
    assert (access.api_key_id, access.public_key) == (cast.a.api_key.id, cast.a.public_key)


def test_the_public_key_alone_opens_scores(cast: Cast) -> None:
    access = authenticate(f"Bearer {cast.a.public_key}")
    assert (access.level, access.project_id) == ("scores", cast.a.project_id)


def test_an_organization_key_opens_no_project(cast: Cast) -> None:
    access = authenticate(header(cast.a.organization_public_key, cast.a.organization_secret_key))
    assert (access.level, access.project_id, access.organization_id) == (
        "organization",
        None,
        cast.a.organization.id,
    )


def test_an_organization_key_as_bearer_is_refused(cast: Cast) -> None:
    assert refusal(f"Bearer {cast.a.organization_public_key}") == (
        f"Unauthorized: Cannot use organization key with bearer auth. {HOST_HINT}"
    )


@pytest.mark.parametrize("authorization", [None, ""])
def test_no_header(db: None, authorization: str | None) -> None:
    assert refusal(authorization) == "No authorization header"


@pytest.mark.parametrize("authorization", ["Digest x", "basic eDp5", "bearer pk-lf-1", "Basic", "pk-lf-1"])
def test_the_scheme_is_case_sensitive_and_known(db: None, authorization: str) -> None:
    assert refusal(authorization) == "Invalid authorization header"


@pytest.mark.parametrize("pair", [b"nocolon", b":secret", b"public:", b"", b"\xff\xfe:x", b"a\x00:b"])
def test_a_malformed_pair(db: None, pair: bytes) -> None:
    encoded = base64.b64encode(pair).decode()
    assert refusal(f"Basic {encoded}") == f"Invalid credentials. {HOST_HINT}"


def test_what_is_not_base64(db: None) -> None:
    assert refusal("Basic %%%") == f"Invalid credentials. {HOST_HINT}"


def test_both_halves_must_match(cast: Cast) -> None:
    assert refusal(header(cast.b.public_key, cast.a.secret_key)).startswith("Invalid credentials.")
    assert refusal(header(cast.a.public_key, cast.b.secret_key)).startswith("Invalid credentials.")


@pytest.mark.parametrize("public_key", ["pk-lf-unknown", "", "\x00", "\ud800"])
def test_an_unknown_public_key(db: None, public_key: str) -> None:
    assert refusal(f"Bearer {public_key}") == f"Invalid public key. {HOST_HINT}"


def test_the_hash_is_the_references(settings: Any) -> None:
    settings.SALT = "salt"
    salt = hashlib.sha256(b"salt").hexdigest()
    assert hash_secret("sk-lf-1") == hashlib.sha256(f"sk-lf-1{salt}".encode()).hexdigest()


def test_a_secret_may_hold_colons(cast: Cast) -> None:
    factories.make_key(project=cast.a.project, pair=KeyPair("pk-lf-own", "sk-lf-a:b:c"))
    assert authenticate(header("pk-lf-own", "sk-lf-a:b:c")).project_id == cast.a.project_id


def test_an_expired_key_is_refused(cast: Cast) -> None:
    issued = factories.make_key(project=cast.a.project, expires_at=timezone.now() - timedelta(seconds=1))
    assert "expired" in refusal(header(issued.pair.public_key, issued.pair.secret_key))
    assert "expired" in refusal(f"Bearer {issued.pair.public_key}")


def test_a_deleted_projects_key_is_refused(cast: Cast) -> None:
    cast.a.project.deleted_at = timezone.now()
    cast.a.project.save()
    assert refusal(f"Bearer {cast.a.public_key}").startswith("Invalid public key.")
    assert refusal(header(cast.a.public_key, cast.a.secret_key)).startswith("Invalid credentials.")


def test_a_key_deleted_by_another_process_stops_within_a_second(cast: Cast) -> None:
    authorization = header(cast.a.public_key, cast.a.secret_key)
    authenticate(authorization)
    ApiKey.objects.filter(pk=cast.a.api_key.pk).delete()
    time.sleep(keys.TRUSTED_SECONDS)
    assert refusal(authorization).startswith("Invalid credentials.")


def test_a_known_key_costs_no_query_within_the_second(cast: Cast, django_assert_num_queries: Any) -> None:
    authorization = header(cast.a.public_key, cast.a.secret_key)
    with django_assert_num_queries(1):
        for _ in range(5):
            authenticate(authorization)


def test_a_new_key_works_after_it_was_refused(cast: Cast) -> None:
    pair = KeyPair("pk-lf-late", "sk-lf-late")
    assert refusal(header("pk-lf-late", "sk-lf-late")).startswith("Invalid credentials.")
    factories.make_key(project=cast.b.project, pair=pair)
    assert authenticate(header("pk-lf-late", "sk-lf-late")).project_id == cast.b.project_id


def test_use_is_written_once_a_minute(cast: Cast) -> None:
    authorization = header(cast.a.public_key, cast.a.secret_key)
    authenticate(authorization)
    keys.write_uses()
    first = ApiKey.objects.get(pk=cast.a.api_key.pk).last_used_at
    authenticate(authorization)
    keys.write_uses()
    assert first is not None
    assert ApiKey.objects.get(pk=cast.a.api_key.pk).last_used_at == first


def test_a_request_leaves_its_time(client: Client, cast: Cast) -> None:
    client.get("/api/public/projects", **cast.a.auth)
    assert ApiKey.objects.get(pk=cast.a.api_key.pk).last_used_at is not None


def test_pages_that_take_no_key_write_no_use(
    client: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    authenticate(header(cast.a.public_key, cast.a.secret_key))
    with django_assert_num_queries(0):
        client.get("/api/docs").close()
