"""Every route of the public API in; an outsider sees and changes nothing of project A, whatever they try."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver
from django.utils.regex_helper import normalize

from accounts.audit import SYSTEM
from accounts.services.projects import delete_project, purge_project
from langfuse_site.api_urls import urlpatterns
from tests.cast import Cast
from tests.rows import KEY, NUMBER, SECRET, UUID_OF_A, make_rows

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSALS = {400, 401, 403, 404, 405}
NUMBER_NOWHERE = 9_999
UUID_NOWHERE = UUID("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb")

TABLES_OF_PROJECTS = """
select table_name from information_schema.columns
 where table_schema = current_schema() and column_name = 'project_id' order by table_name
"""
FINGERPRINT = "select md5(string_agg(t::text, ',' order by t::text)) from {table} as t where project_id = %s"


@dataclass(frozen=True, slots=True)
class Route:
    """A URL of the API, with ids of A in the place of its parameters."""

    url: str
    has_id: bool


def routes(patterns: Any = urlpatterns, prefix: str = "/api/public/") -> Iterator[Route]:
    for pattern in patterns:
        part, has_id = with_ids_of_a(pattern)
        if isinstance(pattern, URLResolver):
            inner = routes(pattern.url_patterns, prefix + part)
            yield from (Route(route.url, route.has_id or has_id) for route in inner)
        elif isinstance(pattern, URLPattern) and pattern is not urlpatterns[-1]:
            yield Route(prefix + part, has_id)


def with_ids_of_a(pattern: Any) -> tuple[str, bool]:
    """Return the pattern's part of a URL: each parameter is an id of A in the form that the pattern takes."""
    template, names = normalize(pattern.pattern.regex.pattern)[0]
    for ids in product((KEY, str(NUMBER), str(UUID_OF_A)), repeat=len(names)):
        part = template % dict(zip(names, ids, strict=True))
        if pattern.pattern.match(part):
            return part, bool(names)
    raise AssertionError(f"No id of A fits {pattern}")


ROUTES = [pytest.param(route, id=route.url) for route in routes()]


def fingerprints(project_id: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES_OF_PROJECTS)
        tables = [row[0] for row in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(FINGERPRINT.format(table=connection.ops.quote_name(table)), [project_id])
            found[table] = cursor.fetchone()[0]
    found.pop("api_keys", None)  # Their last use is written.
    return found


def body_with_ids(cast: Cast) -> str:
    names = ("id", "name", "traceId", "observationId", "sessionId", "configId", "datasetId", "queueId")
    ids: dict[str, Any] = dict.fromkeys(names, KEY)
    return json.dumps(
        {**ids, "projectId": cast.a.project_id, "traceIds": [KEY], "value": 1, "userId": cast.owner.pk}
    )


def outsiders(cast: Cast) -> dict[str, dict[str, Any]]:
    return {
        "project key": cast.b.auth,
        "public key": cast.b.bearer,
        "organization key": cast.b.organization_auth,
        "no key": {},
    }


@pytest.mark.parametrize("route", ROUTES)
def test_an_outsider_meets_nothing_of_a(client: Client, cast: Cast, route: Route) -> None:
    make_rows(cast)
    before, body = fingerprints(cast.a.project_id), body_with_ids(cast)
    for (who, auth), method, of_a in product(
        outsiders(cast).items(), METHODS, {route.url, route.url.replace(KEY, cast.a.project_id, 1)}
    ):
        status, text = ask(client, method, of_a, body, auth)
        asked = (who, method, of_a, text)
        assert SECRET not in text, asked
        assert status < 500, asked
        if route.has_id:
            assert ask(client, method, nowhere(of_a, cast), body, auth) == (status, nowhere(text, cast)), (
                asked
            )
            assert method != "GET" or status in REFUSALS, asked
    assert fingerprints(cast.a.project_id) == before


def ask(client: Client, method: str, url: str, body: str, auth: dict[str, Any]) -> tuple[int, str]:
    response = client.generic(method, url, body, "application/json", **auth)
    return response.status_code, b"".join(response).decode(errors="replace")


def nowhere(text: str, cast: Cast) -> str:
    """Return the URL or answer with ids that no project has: an outsider can't tell them from those of A."""
    for id_of_a in (KEY, cast.a.project_id):
        text = text.replace(id_of_a, "nowhere")
    return text.replace(str(UUID_OF_A), str(UUID_NOWHERE)).replace(str(NUMBER), str(NUMBER_NOWHERE))


def test_a_purge_leaves_no_row_of_a_project(cast: Cast) -> None:
    make_rows(cast)
    project_id = cast.a.project_id
    tables = {table for table, rows in fingerprints(project_id).items() if rows}
    delete_project(cast.a.project, author=SYSTEM)
    purge_project(cast.a.project)
    left = {table for table, rows in fingerprints(project_id).items() if rows}
    assert tables >= {"traces", "observations", "scores", "spool"}
    assert left == {"audit_logs"}


def test_the_walk_would_see_a_leak(client: Client, cast: Cast) -> None:
    """The rows are real: A itself reads its secrets on the same routes."""
    make_rows(cast)
    client.raise_request_exception = False
    texts = [b"".join(client.get(route.url, **cast.a.auth)) for route in routes()]
    assert any(SECRET.encode() in text for text in texts)
