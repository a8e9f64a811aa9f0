"""Experiments of the Python SDKs 3 to 5 over local data: a trace an item, its scores, its place in the run."""

from typing import Any

import pytest

from tests.live import LiveServer, eventually
from tests.sdk.python.conftest import Run
from tests.sdk.reading import scores


@pytest.fixture(scope="module")
def result(run: Run) -> Any:
    return run("experiment")


@pytest.fixture(scope="module")
def traces(server: LiveServer, result: Any) -> Any:
    return {item: server.trace(id, observations=1, scores=1) for item, id in result["traces"].items()}


def test_every_item_has_a_trace(traces: Any) -> None:
    roots = {item: trace["observations"] for item, trace in traces.items()}
    assert sorted(roots) == ["2 + 2", "3 * 3"]
    assert [traces[item]["input"] for item in sorted(traces)] == ["2 + 2", "3 * 3"]
    assert [traces[item]["output"] for item in sorted(traces)] == ["four", "six"]


def test_every_item_has_its_score(traces: Any) -> None:
    assert {item: scores(trace)["exact"]["value"] for item, trace in traces.items()} == {
        "2 + 2": 1,
        "3 * 3": 0,
    }


def test_the_experiment_lists_its_items(server: LiveServer, traces: Any, result: Any) -> None:
    def read() -> Any:
        query = {"fromStartTime": "2020-01-01T00:00:00Z", "experimentName": result["name"]}
        found = server.get("experiment-items", fields="core,io", **query)["data"]
        assert len(found) == 2
        return found

    found = eventually(read)
    assert {item["traceId"] for item in found} == {trace["id"] for trace in traces.values()}
