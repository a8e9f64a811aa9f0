"""A WSGI environment in; the answer to the fetch of a prompt that was served before out, without the framework.

Django takes 186 µs for what takes 15 here, and nothing is read as often as prompts are. Whatever is not the
plain case (a key that must be looked up, another method, an origin, an odd query, a prompt that is gone) is
left to Django, which gives the same answer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.signals import request_finished
from django.db import DatabaseError, InterfaceError
from django.http.request import split_domain_port, validate_host

from accounts.keys import trusted_access
from langfuse_site.lib.errors import ApiError
from prompts.api.answers import count, is_known_to
from prompts.serving import Served, Wanted, serve, serve_known, was_served
from prompts.wire import PRODUCTION

PATH = re.compile(r"/api/public/v2/prompts/([\s\S]+)")
QUERY = re.compile(r"(?:label=(?P<label>[a-z0-9_.\-]{1,36})|version=(?P<version>[0-9]{1,9}))?")
HEADERS = (
    ("Content-Type", "application/json"),
    ("Allow", "GET, DELETE, HEAD, OPTIONS"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
"""What Django and its middleware send with such an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as WSGI sends it."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def known_answer(environ: Mapping[str, Any]) -> Answer | None:
    """Return the answer to a fetch, counted, or None where Django must be asked."""
    path = PATH.fullmatch(environ["PATH_INFO"])
    if (
        path is None
        or environ["REQUEST_METHOD"] != "GET"
        or "HTTP_ORIGIN" in environ
        or not _is_host(environ)
    ):
        return None
    query = QUERY.fullmatch(environ.get("QUERY_STRING", ""))
    access = trusted_access(environ.get("HTTP_AUTHORIZATION", ""))
    if query is None or access is None or access.project_id is None:
        return None
    try:
        name = path[1].encode("latin-1").decode()
    except UnicodeError:
        return None
    label, version = query["label"], query["version"]
    number = int(version) if version else None
    label = PRODUCTION if label is None and number is None else label
    wanted = Wanted(access.project_id, name, number, label)
    served = serve_known(wanted) or _serve_again(wanted)
    if served is None:
        return None
    count(served, wanted, access, environ)
    status, body = ("304 Not Modified", b"") if is_known_to(environ, served) else ("200 OK", served.body)
    return Answer(status, [("ETag", served.etag), ("Content-Length", str(len(body))), *HEADERS], body)


def _serve_again(wanted: Wanted) -> Served | None:
    """Ask for what was served before; what goes wrong goes wrong once more with Django, which tells it."""
    if not was_served(wanted):
        return None
    try:
        return serve(wanted)
    except (ApiError, DatabaseError, InterfaceError):
        return None
    finally:
        # As after every request: the connection goes back to the pool.
        request_finished.send(sender=Answer)


def _is_host(environ: Mapping[str, Any]) -> bool:
    """Say whether Django would take the host; it tells what is wrong with one that it does not."""
    if settings.ALLOWED_HOSTS == ["*"]:
        return True
    domain, _ = split_domain_port(environ.get("HTTP_HOST", ""))
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)
