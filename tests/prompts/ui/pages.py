"""Short words for what tests of pages ask."""

from typing import Any

from django.test import Client

from tests.cast import Cast

HOSTILE = "<script>alert('x')</script>"


def get(client: Client, cast: Cast, path: str, *, user: Any = None, **query: Any) -> Any:
    """Return the answer to somebody who looks at a page of project A, a viewer where nobody is named."""
    client.force_login(user or cast.viewer)
    return client.get(f"/project/{cast.a.project_id}/{path}", query)


def html_of(client: Client, cast: Cast, path: str, *, user: Any = None, **query: Any) -> str:
    answer = get(client, cast, path, user=user, **query)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())
