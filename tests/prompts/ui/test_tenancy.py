"""Every route of the pages of prompts: who may read them, and who finds nothing there."""

import pytest
from django.test import Client

from accounts.models import Role
from prompts.ui import views
from tests import factories
from tests.cast import Cast
from tests.prompts.making import make_version

PAGES = {
    "prompts": ["prompts", "prompts?q=secret", "prompts?folder=f"],
    "prompt": [
        "prompts/f/treasure",
        *(f"prompts/f/treasure?show={tab}" for tab in ("use", "usage", "clients", "labels")),
        "prompts/f/treasure?version=1&raw=1",
        "prompts/f/treasure?from=1&to=2",
    ],
    "prompt_by_key": ["prompt?key=f/treasure"],
    "prompt_text": [
        "prompt-text?key=f/treasure&version=1",
        "prompt-text?key=f/treasure&version=1&part=config",
    ],
}
PATHS = [path for paths in PAGES.values() for path in paths]


def make_secrets(cast: Cast) -> None:
    for _ in range(2):
        make_version(
            cast.a.project_id, "f/treasure", prompt="secret", config={"a": "secret"}, labels=["production"]
        )


def test_every_route_is_among_the_pages() -> None:
    assert {name for name, view in vars(views).items() if hasattr(view, "__wrapped__")} == set(PAGES)


@pytest.mark.parametrize("path", PATHS)
def test_an_outsider_finds_nothing(client: Client, cast: Cast, path: str) -> None:
    make_secrets(cast)
    client.force_login(cast.outsider)
    assert client.get(f"/project/{cast.a.project_id}/{path}").status_code == 404
    inside = client.get(f"/project/{cast.b.project_id}/{path}")
    assert inside.status_code == (200 if path.startswith("prompts?") or path == "prompts" else 404)
    assert "treasure" not in inside.content.decode()


@pytest.mark.parametrize("path", PATHS)
def test_a_viewer_reads(client: Client, cast: Cast, path: str) -> None:
    make_secrets(cast)
    client.force_login(cast.viewer)
    assert client.get(f"/project/{cast.a.project_id}/{path}").status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_signs_in_first(client: Client, cast: Cast, path: str) -> None:
    make_secrets(cast)
    answer = client.get(f"/project/{cast.a.project_id}/{path}")
    assert (answer.status_code, answer.headers["Location"].startswith("/auth/sign-in?next=")) == (302, True)


def test_a_member_without_a_role_finds_nothing(client: Client, cast: Cast) -> None:
    make_secrets(cast)
    nobody = factories.make_user()
    factories.make_membership(nobody, cast.a.organization, role=Role.NONE)
    client.force_login(nobody)
    for path in PATHS:
        assert client.get(f"/project/{cast.a.project_id}/{path}").status_code == 404


def test_the_side_leads_to_prompts(client: Client, cast: Cast) -> None:
    client.force_login(cast.viewer)
    html = client.get(f"/project/{cast.a.project_id}/traces").content.decode()
    assert f'href="/project/{cast.a.project_id}/prompts"' in html
