"""Prompts with the Python SDKs 3 to 5: created, got, compiled, linked to what they made."""

import secrets
from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.python.conftest import Run
from tests.sdk.reading import observation


@pytest.fixture(scope="module")
def result(run: Run) -> Any:
    return run("prompts", secrets.token_hex(4))


@pytest.fixture(scope="module")
def trace(server: LiveServer, result: Any) -> Any:
    return server.trace(result["trace"], observations=4)


def test_versions_are_got_and_compiled(result: Any) -> None:
    assert result["second"] == {
        "version": 2,
        "config": {"temperature": 0.7},
        "text": "As a critic, rate Dune",
    }
    assert result["current"] == {
        "version": 3,
        "labels": ["latest", "production", "staging"],
        "tags": ["film"],
    }
    assert (result["staging"], result["commit"]) == (3, "shorter")


def test_a_chat_prompt_is_compiled(result: Any) -> None:
    assert result["chat"]["messages"] == [
        {"role": "system", "content": "You are Roger"},
        {"role": "user", "content": "Hi"},
        {"role": "user", "content": "Dune?"},
    ]
    assert result["chat"]["labels"] == ["latest", "production", "tested"]


def test_a_missing_prompt_is_told(result: Any) -> None:
    assert result["missing"] == ["NotFoundError", 404]


def test_a_generation_is_linked_to_its_prompt(trace: Any, server: LiveServer, result: Any) -> None:
    linked = observation(trace, "linked")
    prompt = server.get(f"v2/prompts/{result['name']}", version=2)
    assert (linked["promptName"], linked["promptVersion"]) == (result["name"], 2)
    assert linked["promptId"] == prompt["id"]


def test_a_prompt_linked_by_an_update(trace: Any) -> None:
    linked = observation(trace, "linked late")
    assert linked["promptName"].startswith("chat critic")
    assert linked["promptVersion"] == 1
    assert linked["promptId"] is not None


def test_a_fallback_is_linked_to_nothing(trace: Any) -> None:
    unlinked = observation(trace, "unlinked")
    assert (unlinked["promptId"], unlinked["promptName"]) == (None, None)
