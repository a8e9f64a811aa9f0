"""What the programs of real SDKs need: a stand-in for OpenAI, and the keys of a live server."""

from collections.abc import Iterator

import pytest

from tests.live import LiveServer
from tests.sdk.openai_standin import openai_standin
from tests.sdk.running import Target


@pytest.fixture(scope="session")
def openai_url() -> Iterator[str]:
    with openai_standin() as url:
        yield url


@pytest.fixture(scope="session")
def target(server: LiveServer, openai_url: str) -> Target:
    return Target(server.host, server.public_key, server.secret_key, openai_url)
