"""Names in, addresses that lead back to them."""

from urllib.parse import unquote

import pytest
from django.urls import resolve

from langfuse_site.lib.ids import key_of
from prompts.ui.links import folder_of, prompt_address

NAMES = ["p", "a/b c", "Größe/日本語", "100% & more?#x", "a\\b;c", "%2F", "line\nbreak", "🦊" * 200]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_the_path(name: str) -> None:
    match = resolve(unquote(str(prompt_address("project", name))))
    assert (match.url_name, match.kwargs) == ("prompt", {"project_id": "project", "name": name})


@pytest.mark.parametrize("name", ["..", "a/../b", "./a", "n" * 1001, "ü" * 501])
def test_a_name_that_no_path_can_hold(name: str) -> None:
    address = prompt_address("project", name)
    assert (address.path, address.query) == ("/project/project/prompt", {"key": key_of(name)})
    assert len(address.to(version=3)) < 1_000


def test_more_in_the_query() -> None:
    assert prompt_address("x", "p").to(from_=1, to=2, show="", top=None) == "/project/x/prompts/p?from=1&to=2"
    assert prompt_address("x", "..").to(version=1) == "/project/x/prompt?key=..&version=1"


def test_folders() -> None:
    assert (folder_of("a/b/c"), folder_of("c")) == ("a/b", "")
