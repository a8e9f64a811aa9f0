"""Prompts that the web server knows: told without Django, word for word as Django tells them."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext

from accounts import keys
from accounts.audit import SYSTEM
from langfuse_site import wsgi
from prompts import fetches, generations
from prompts.api.known import known_answer
from prompts.serving import cache
from prompts.versions import add_labels, delete_versions
from tests.cast import Cast
from tests.prompts.making import make_version

BASE = "/api/public/v2/prompts/"


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    cache.clear()
    fetches.forget_fetches()
    yield
    fetches.forget_fetches()


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Leave the connection of the test alone, which Django would close around each request."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def environ_of(cast: Cast, name: str = "p", query: str = "", **more: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": f"{BASE}{name}".encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
        **cast.a.auth,
        **more,
    }


def told(application: Any, environ: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    answer: list[Any] = []
    response = application(dict(environ), lambda *given: answer.extend(given))
    body = b"".join(response)
    if hasattr(response, "close"):
        response.close()
    return answer[0], dict(answer[1]), body


def make_known(cast: Cast, *environs: dict[str, Any]) -> None:
    """Have Django answer all of them once, and write that the key is used."""
    for environ in environs:
        told(wsgi._public_api, environ)


@pytest.mark.parametrize(
    ("name", "query", "more"),
    [
        ("p", "", {}),
        ("p", "label=x", {}),
        ("p", "version=2", {}),
        ("ß/日 q", "", {}),
        ("p", "", {"HTTP_IF_NONE_MATCH": "*"}),
        ("p", "", {"HTTP_IF_NONE_MATCH": '"other"'}),
    ],
)
def test_known_answers_are_those_of_django(cast: Cast, name: str, query: str, more: dict[str, str]) -> None:
    for _ in range(2):
        make_version(cast.a.project_id, name, labels=["production", "x"])
    environ = environ_of(cast, name, query, **more)
    assert known_answer(environ) is None
    make_known(cast, environ)
    before = dict(fetches._pending)
    with CaptureQueriesContext(connection) as queries:
        found = known_answer(environ)
    assert found is not None and len(queries) == 0
    status, headers, body = told(wsgi._public_api, environ)
    assert (found.status, dict(found.headers), found.body) == (status, headers, body)
    assert told(wsgi.application, environ) == (status, headers, body)
    (key, (count, _)) = next(iter(fetches._pending.items()))
    assert count == before[key][0] + 3


def test_what_is_left_to_django(cast: Cast) -> None:
    make_version(cast.a.project_id, labels=["production"])
    plain = environ_of(cast)
    odd = [
        environ_of(cast, REQUEST_METHOD="DELETE"),
        environ_of(cast, REQUEST_METHOD="HEAD"),
        environ_of(cast, HTTP_ORIGIN="https://example.com"),
        environ_of(cast, query="version=1&label=x"),
        environ_of(cast, query="resolve=false"),
        environ_of(cast, query="label=%78"),
        environ_of(cast, HTTP_AUTHORIZATION=cast.a.bearer["HTTP_AUTHORIZATION"]),
        environ_of(cast, HTTP_AUTHORIZATION="Basic ???"),
        environ_of(cast, PATH_INFO="/api/public/v2/prompts"),
        environ_of(cast, PATH_INFO=f"{BASE}\xff"),
        environ_of(cast, "missing"),
        {**plain, **cast.b.auth},
    ]
    make_known(cast, plain, *(one for one in odd if one["REQUEST_METHOD"] == "GET"))
    assert known_answer(plain) is not None
    assert [known_answer(one) for one in odd] == [None] * len(odd)


def test_hosts_that_django_would_refuse(cast: Cast, settings: LazySettings) -> None:
    make_version(cast.a.project_id, labels=["production"])
    make_known(cast, environ_of(cast))
    settings.ALLOWED_HOSTS = ["prompts.example.com"]
    assert known_answer(environ_of(cast)) is None
    assert known_answer(environ_of(cast, HTTP_HOST="prompts.example.com:3000")) is not None


def test_nothing_old_is_known(cast: Cast) -> None:
    make_version(cast.a.project_id, labels=["production"])
    make_version(cast.a.project_id)
    environ = environ_of(cast)
    make_known(cast, environ)
    keys.forget(cast.a.public_key)
    assert known_answer(environ) is None
    make_known(cast, environ)
    add_labels(cast.a.project_id, "p", version=2, labels=["production"], author=SYSTEM)
    for statements in (1, 0):
        with CaptureQueriesContext(connection) as queries:
            found = known_answer(environ)
        assert found is not None and b'"version":2' in found.body and len(queries) == statements
    generations.forget(cast.a.project_id)
    assert known_answer(environ) == found


def test_what_is_gone_is_told_by_django(cast: Cast) -> None:
    make_version(cast.a.project_id, labels=["production"])
    environ = environ_of(cast)
    make_known(cast, environ)
    delete_versions(cast.a.project_id, "p", version=None, label=None, author=SYSTEM)
    status, _, body = told(wsgi.application, environ)
    assert status == "404 Not Found" and b"Prompt not found: 'p' with label 'production'" in body
    assert known_answer(environ) is None
