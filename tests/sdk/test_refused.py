"""A refused event of the Python SDK 2: its neighbours arrive, and arrive once, however often they are sent."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.running import Target, run_python


@pytest.fixture(scope="module")
def trace(server: LiveServer, target: Target) -> Any:
    ids = run_python("refused", target)
    return server.trace(ids["trace"], observations=1, scores=1)


def test_the_neighbours_are_there_once(trace: Any) -> None:
    assert trace["input"] == "before"
    assert [(o["name"], o["usage"]["total"]) for o in trace["observations"]] == [("kept", 110)]
    assert [(score["name"], score["value"]) for score in trace["scores"]] == [("kept", 0.5)]


def test_the_cost_is_counted_once(trace: Any) -> None:
    assert trace["totalCost"] == pytest.approx(100 * 2.5e-6 + 10 * 10e-6)
