"""A trace that SDK 2 has begun over ingestion and a newer one goes on with over OpenTelemetry: it reads as one."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.python.conftest import Run
from tests.sdk.reading import observation, tree
from tests.sdk.running import Target, run_python

COST = 300 * 2.5e-6 + 30 * 10e-6


@pytest.fixture(scope="module")
def trace(server: LiveServer, target: Target, run: Run) -> Any:
    begun = run_python("begun", target)
    run("continued", begun["trace"], begun["span"])
    return server.trace(begun["trace"], observations=4)


def test_the_halves_are_one_tree(trace: Any) -> None:
    assert tree(trace) == [
        "first call < first half",
        "first half < long way",
        "second call < second half",
        "second half < first half",
    ]


def test_what_both_said_is_merged(trace: Any) -> None:
    assert (trace["name"], trace["userId"], trace["sessionId"]) == ("long way", "user-9", "session-long-way")
    assert trace["tags"] == ["first", "second"]
    assert (trace["metadata"]["by"], trace["metadata"]["half"]) == ("SDK 2", "second")


def test_the_cost_is_that_of_both(trace: Any) -> None:
    calls = [observation(trace, name)["calculatedTotalCost"] for name in ("first call", "second call")]
    assert trace["totalCost"] == pytest.approx(sum(calls)) == pytest.approx(COST)


def test_the_newer_reads_show_both(server: LiveServer, trace: Any) -> None:
    found = server.get("v2/observations", traceId=trace["id"], fields="core,basic")["data"]
    assert sorted(o["name"] for o in found) == ["first call", "first half", "second call", "second half"]
