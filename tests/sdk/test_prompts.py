"""Prompts with the Python SDK 2: created, got, compiled, linked to what they made."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.reading import observation
from tests.sdk.running import Target, run_python


@pytest.fixture(scope="module")
def result(target: Target) -> Any:
    return run_python("prompts", target)


@pytest.fixture(scope="module")
def trace(server: LiveServer, result: Any) -> Any:
    return server.trace(result["trace"], observations=2)


def test_a_version_is_got_and_compiled(result: Any) -> None:
    assert result["second"] == {
        "version": 2,
        "config": {"temperature": 0.7},
        "text": "As a critic, rate Dune",
    }


def test_labels_move_to_the_newest_version(result: Any) -> None:
    assert result["current"] == {
        "version": 3,
        "labels": ["latest", "production", "staging"],
        "tags": ["film"],
    }
    assert result["staging"] == 3


def test_a_chat_prompt_is_compiled(result: Any) -> None:
    assert result["chat"]["messages"] == [
        {"role": "system", "content": "You are Roger"},
        {"role": "user", "content": "Dune?"},
    ]
    assert result["chat"]["labels"] == ["latest", "production", "tested"]


def test_a_missing_prompt_is_told(result: Any) -> None:
    assert "Prompt not found: 'no such prompt' with label 'production'" in result["missing"]


def test_a_generation_is_linked_to_its_prompt(trace: Any, server: LiveServer) -> None:
    linked = observation(trace, "linked")
    prompt = server.get("v2/prompts/folder/movie critic", version=2)
    assert (linked["promptName"], linked["promptVersion"]) == ("folder/movie critic", 2)
    assert linked["promptId"] == prompt["id"]
    assert linked["input"] == "As a critic, rate Dune"


def test_a_fallback_is_linked_to_nothing(trace: Any) -> None:
    unlinked = observation(trace, "unlinked")
    assert (unlinked["promptId"], unlinked["promptName"]) == (None, None)
    assert unlinked["input"] == "Say hi"


def test_the_list_shows_every_version(server: LiveServer, result: Any) -> None:
    found = server.get("v2/prompts", name="folder/movie critic")["data"]
    assert [(item["versions"], item["type"], item["tags"]) for item in found] == [
        ([1, 2, 3], "text", ["film"])
    ]
