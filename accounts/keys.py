"""An authorization header in, the access that it grants out; secrets are kept as hashes only."""

import base64
import binascii
import hashlib
import logging
import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F, Q
from django.utils import timezone

from accounts.access import Access, Level, ServiceUnavailable, Unauthorized
from accounts.models import ApiKey
from langfuse_site.lib.ids import new_uuid

logger = logging.getLogger(__name__)

TRUSTED_SECONDS = 1.0
"""How long a key found valid is taken for valid: a revoked one stops within this time in every process."""
MAX_TRUSTED = 10_000
USE_IS_WRITTEN_EVERY = timedelta(minutes=1)

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_Row = tuple[str, str | None, str | None, str | None, datetime | None, bool | None]

_HOST_HINT = "Confirm that you've configured the correct host."
INVALID_CREDENTIALS = f"Invalid credentials. {_HOST_HINT}"
INVALID_PUBLIC_KEY = f"Invalid public key. {_HOST_HINT}"
ORGANIZATION_KEY_AS_BEARER = f"Unauthorized: Cannot use organization key with bearer auth. {_HOST_HINT}"
EXPIRED = f"The API key has expired. {_HOST_HINT}"

WRITE_USES = """
update api_keys as k
   set last_used_at = u.used_at
  from (
        select a.id, v.used_at
          from api_keys as a
          join unnest(%s::text[], %s::timestamptz[]) as v (id, used_at) on v.id = a.id
         where a.last_used_at is null or a.last_used_at < v.used_at
           for update of a skip locked
       ) as u
 where k.id = u.id
"""


@dataclass(frozen=True, slots=True)
class KeyPair:
    public_key: str
    secret_key: str


@dataclass(frozen=True, slots=True)
class _Trusted:
    access: Access
    until: float


_trusted: dict[tuple[str, str | None], _Trusted] = {}
_uses: dict[str, datetime] = {}
_uses_written: dict[str, datetime] = {}
_uses_lock = Lock()


def new_pair() -> KeyPair:
    """Return a fresh pair; the secret is shown once and never stored."""
    return KeyPair(f"pk-lf-{new_uuid()}", f"sk-lf-{new_uuid()}")


def hash_secret(secret_key: str) -> str:
    """Return the hash that a secret is found by: the reference's fast hash, so that its keys move over."""
    salt = hashlib.sha256(settings.SALT.encode()).hexdigest()
    return hashlib.sha256(secret_key.encode() + salt.encode()).hexdigest()


def display_secret(secret_key: str) -> str:
    """Return what of a secret may be shown later."""
    return f"{secret_key[:6]}...{secret_key[-4:]}"


def authenticate(authorization: str | None) -> Access:
    """Return what the `Authorization` header grants; raise Unauthorized with the API's own message."""
    if not authorization:
        raise Unauthorized("No authorization header")
    if authorization.startswith("Basic "):
        public_key, secret_key = _decode_basic(authorization.removeprefix("Basic "))
        access = _find(public_key, hash_secret(secret_key))
    elif authorization.startswith("Bearer "):
        access = _find(_without_nul(authorization.removeprefix("Bearer "), INVALID_PUBLIC_KEY), None)
    else:
        raise Unauthorized("Invalid authorization header")
    _note_use(access.api_key_id)
    return access


def trusted_access(authorization: str) -> Access | None:
    """Return what a pair of keys grants where that is known without asking and no use of it is to be written."""
    if not authorization.startswith("Basic "):
        return None
    try:
        public_key, secret_key = _decode_basic(authorization.removeprefix("Basic "))
    except Unauthorized:
        return None
    known = _trusted.get((public_key, hash_secret(secret_key)))
    if known is None or time.monotonic() >= known.until:
        return None
    return known.access if _is_use_written(known.access.api_key_id, timezone.now()) else None


def forget(public_key: str) -> None:
    """Stop trusting a key in this process at once."""
    for known in [known for known in list(_trusted) if known[0] == public_key]:
        _trusted.pop(known, None)


def forget_all() -> None:
    """Stop trusting every key in this process at once, and drop what is known of their use."""
    _trusted.clear()
    with _uses_lock:
        _uses.clear()
        _uses_written.clear()


def write_uses() -> None:
    """Write when keys were last used; called after an answer is sent, so that no request waits for it."""
    if not _uses:
        return
    with _uses_lock:
        uses = dict(_uses)
        _uses.clear()
        _uses_written.update(uses)
    try:
        with connection.cursor() as cursor:
            cursor.execute(WRITE_USES, [list(uses), list(uses.values())])
    except (OperationalError, InterfaceError):
        logger.warning("api_key_use_not_written", extra={"keys": len(uses)}, exc_info=True)


def _decode_basic(encoded: str) -> tuple[str, str]:
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise Unauthorized(INVALID_CREDENTIALS) from None
    public_key, _, secret_key = _without_nul(pair, INVALID_CREDENTIALS).partition(":")
    if not public_key or not secret_key:
        raise Unauthorized(INVALID_CREDENTIALS)
    return public_key, secret_key


def _without_nul(text: str, message: str) -> str:
    if _UNSTORABLE.search(text):
        raise Unauthorized(message)
    return text


def _find(public_key: str, hashed_secret: str | None) -> Access:
    asked_at = time.monotonic()
    known = _trusted.get((public_key, hashed_secret))
    if known is not None and asked_at < known.until:
        return known.access
    try:
        access = _read(public_key, hashed_secret)
    except (OperationalError, InterfaceError) as error:
        raise ServiceUnavailable from error
    if len(_trusted) >= MAX_TRUSTED:
        _trusted.clear()
    _trusted[public_key, hashed_secret] = _Trusted(access, asked_at + TRUSTED_SECONDS)
    return access


def _read(public_key: str, hashed_secret: str | None) -> Access:
    keys = ApiKey.objects.filter(Q(project__isnull=True) | Q(project__deleted_at__isnull=True))
    by_secret = {} if hashed_secret is None else {"hashed_secret": hashed_secret}
    row: _Row | None = (
        keys.filter(public_key=public_key, **by_secret)
        .annotate(owner_id=F("project__organization_id"))
        .values_list(
            "id", "project_id", "organization_id", "owner_id", "expires_at", "project__ingestion_suspended"
        )
        .first()
    )
    if row is None:
        raise Unauthorized(INVALID_PUBLIC_KEY if hashed_secret is None else INVALID_CREDENTIALS)
    key_id, project_id, organization_id, owner_id, expires_at, suspended = row
    if expires_at is not None and expires_at <= timezone.now():
        raise Unauthorized(EXPIRED)
    if project_id is None:
        if hashed_secret is None:
            raise Unauthorized(ORGANIZATION_KEY_AS_BEARER)
        return Access("organization", None, organization_id or "", key_id, public_key)
    level: Level = "scores" if hashed_secret is None else "project"
    return Access(level, project_id, owner_id or "", key_id, public_key, bool(suspended))


def _note_use(api_key_id: str) -> None:
    now = timezone.now()
    if _is_use_written(api_key_id, now):
        return
    with _uses_lock:
        _uses[api_key_id] = now


def _is_use_written(api_key_id: str, now: datetime) -> bool:
    written = _uses_written.get(api_key_id)
    return written is not None and now - written < USE_IS_WRITTEN_EVERY
