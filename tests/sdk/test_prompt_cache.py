"""Every SDK keeps prompts: it gives the old one, then the new one; takes composed ones, and fallbacks."""

import secrets
from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.running import Target, run_javascript, run_python


def check(result: Any) -> None:
    assert (result["first"], result["seen"]) == ([1, 1], [1, 2])
    assert result["outer"] == "[two] me"
    assert result["fallback"] == [True, "Say hi"]


@pytest.mark.parametrize("sdk", ["langfuse2", "langfuse3", "langfuse4", "langfuse5"])
def test_python(target: Target, sdk: str) -> None:
    check(run_python("python/prompt_cache", target, secrets.token_hex(4), sdk=sdk))


@pytest.mark.parametrize("sdk", ["langfuse3", "langfuse4", "langfuse5"])
def test_javascript(target: Target, server: LiveServer, sdk: str) -> None:
    run = secrets.token_hex(4)
    check(run_javascript("prompt_cache", target, sdk, run, sdk=sdk))
    assert server.ask("GET", f"v2/prompts/kept {run}/by {sdk}", query={"version": 1}).status == 404
