"""API keys are issued, their secret shown once, and revoked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import keys
from accounts.audit import Author, record
from accounts.keys import KeyPair
from accounts.models import ApiKey, Organization, Project
from langfuse_site.lib.errors import Conflict, InvalidRequest

MAX_KEY = 200
MAX_NOTE = 1_000


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key's row and its secret, which can't be had again."""

    row: ApiKey
    secret_key: str


def create_api_key(
    owner: Project | Organization,
    *,
    author: Author,
    note: str | None = None,
    pair: KeyPair | None = None,
    expires_at: datetime | None = None,
) -> IssuedKey:
    """Issue a key of a project or an organization, from a given pair or a fresh one."""
    pair = pair or keys.new_pair()
    project = owner if isinstance(owner, Project) else None
    row = ApiKey(
        public_key=pair.public_key,
        hashed_secret=keys.hash_secret(pair.secret_key),
        display_secret=keys.display_secret(pair.secret_key),
        note=note,
        project=project,
        organization=owner if isinstance(owner, Organization) else None,
        expires_at=expires_at,
        created_by=author.user,
    )
    with transaction.atomic():
        _insert(row)
        _record(author, "create", row, after=_shape(row))
    return IssuedKey(row, pair.secret_key)


def revoke_api_key(row: ApiKey, *, author: Author) -> None:
    """Delete a key: this process refuses it at once, every other one within a second."""
    with transaction.atomic():
        _record(author, "delete", row, before=_shape(row))
        row.delete()
    keys.forget(row.public_key)


def given_pair(public_key: str | None, secret_key: str | None) -> KeyPair | None:
    """Return the pair that a client chose itself; None where it chose none."""
    if public_key is None and secret_key is None:
        return None
    if public_key is None or secret_key is None:
        raise InvalidRequest("Both publicKey and secretKey must be provided together, or neither")
    _check_key("publicKey", public_key, "pk-lf-")
    _check_key("secretKey", secret_key, "sk-lf-")
    return KeyPair(public_key, secret_key)


def _check_key(field: str, key: str, prefix: str) -> None:
    if not key.startswith(prefix) or not len(prefix) < len(key) <= MAX_KEY:
        raise InvalidRequest(f"{field} must start with {prefix} and have at most {MAX_KEY} characters")
    if not all("!" <= character <= "~" for character in key) or (field == "publicKey" and ":" in key):
        raise InvalidRequest(f"{field} holds characters that an Authorization header can't carry")


def _insert(row: ApiKey) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "api_keys_public_key" in str(error) or "api_keys_hashed_secret" in str(error):
            raise Conflict("An API key with this public or secret key already exists") from None
        raise


def _shape(row: ApiKey) -> dict[str, Any]:
    return {"id": row.id, "publicKey": row.public_key, "note": row.note, "expiresAt": row.expires_at}


def _record(author: Author, action: str, row: ApiKey, *, before: Any = None, after: Any = None) -> None:
    record(
        author,
        action,
        resource_type="apiKey",
        resource_id=row.id,
        project=row.project,
        organization=row.organization,
        before=before,
        after=after,
    )
