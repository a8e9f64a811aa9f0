"""The client of the Python SDKs 3 to 5: it masks, samples, sends at exit, keeps threads and tasks apart."""

import json
from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.python.conftest import Run
from tests.sdk.reading import observation


@pytest.fixture(scope="module")
def unsampled(run: Run) -> Any:
    return run("options", "0")


@pytest.fixture(scope="module")
def sampled(unsampled: Any, run: Run) -> Any:
    """What is sent after the unsampled trace: when it is there, the unsampled one would be too."""
    return run("options", "1")


def test_a_masked_trace_is_sent_at_exit(server: LiveServer, sampled: Any) -> None:
    trace = server.trace(sampled["trace"], observations=2, scores=1)
    assert trace["input"] == {"user": "ann", "password": "***"}
    assert trace["output"] == "welcome, not ***"
    assert observation(trace, "check")["input"] == "is it ***?"
    assert "hunter2" not in json.dumps(trace)


def test_the_client_knows_its_project(server: LiveServer, sampled: Any) -> None:
    assert sampled["auth_check"] is True
    assert sampled["url"] == f"{server.host}/project/{server.project_id}/traces/{sampled['trace']}"


def test_a_trace_that_is_not_sampled_is_not_there(server: LiveServer, unsampled: Any, sampled: Any) -> None:
    server.trace(sampled["trace"], observations=2, scores=1)
    assert server.ask("GET", f"traces/{unsampled['trace']}").status == 404


def test_threads_and_tasks_do_not_mix(server: LiveServer, run: Run) -> None:
    traces = run("concurrency")
    assert len(traces) == 15
    for key, trace_id in traces.items():
        trace = server.trace(trace_id, observations=4)
        inputs = [f"{key} {step}" for step in range(3)]
        assert (trace["userId"], trace["sessionId"]) == (key, f"session of {key}")
        assert trace["metadata"]["key"] == key
        assert trace["output"] == [f"found {text}" for text in inputs]
        found = [o for o in trace["observations"] if o["type"] == "TOOL"]
        assert sorted(o["input"]["args"][0] for o in found) == inputs
        assert {o["parentObservationId"] for o in found} == {observation(trace, f"work on {key}")["id"]}
