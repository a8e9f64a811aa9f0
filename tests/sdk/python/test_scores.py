"""Scores of the Python SDKs 3 to 5: of a trace, an observation, a session, of every type."""

from typing import Any

import pytest

from tests.live import LiveServer, eventually
from tests.sdk.python.conftest import Run
from tests.sdk.reading import scores


@pytest.fixture(scope="module")
def ids(run: Run, major: int) -> Any:
    """SDK 5 puts the time into the score; what came before it told two of the same time apart by the event's."""
    return run("scores", *(["timed"] if major == 5 else []))


@pytest.fixture(scope="module")
def trace(server: LiveServer, ids: Any) -> Any:
    """The trace once all of its scores are there, and the second word on the one that was sent twice."""

    def read() -> Any:
        trace = server.trace(ids["trace"], observations=2, scores=6)
        assert scores(trace)["mine"]["value"] == 2
        return trace

    return eventually(read)


@pytest.mark.parametrize(
    ("name", "data_type", "value", "text"),
    [
        ("correct", "NUMERIC", 0.9, None),
        ("tone", "CATEGORICAL", None, "kind"),
        ("polite", "BOOLEAN", 1, "True"),
        ("zero", "NUMERIC", 0, None),
        ("done", "BOOLEAN", 0, "False"),
        ("mine", "NUMERIC", 2, None),
    ],
)
def test_a_score_has_its_type_and_value(
    trace: Any, name: str, data_type: str, value: float | None, text: str | None
) -> None:
    score = scores(trace)[name]
    assert score["dataType"] == data_type
    if value is not None:
        assert score["value"] == value
    if text is not None:
        assert score["stringValue"] == text


def test_a_score_is_of_what_it_was_given_to(trace: Any, ids: Any) -> None:
    observations = {name: score["observationId"] for name, score in scores(trace).items()}
    assert observations == {
        "correct": None,
        "tone": ids["root"],
        "polite": ids["step"],
        "zero": None,
        "done": None,
        "mine": ids["step"],
    }


def test_a_score_has_its_comment_and_metadata(trace: Any) -> None:
    correct = scores(trace)["correct"]
    assert (correct["comment"], correct["source"]) == ("close", "API")
    assert correct["metadata"] == {"judge": {"name": "ann"}}


def test_a_score_sent_twice_is_the_last_one(trace: Any, ids: Any) -> None:
    mine = [score for score in trace["scores"] if score["name"] == "mine"]
    assert [(score["id"], score["value"]) for score in mine] == [(ids["mine"], 2)]


def test_the_score_of_a_session(server: LiveServer, trace: Any) -> None:
    def read() -> Any:
        found = server.get("v2/scores", sessionId="session-scores", name="satisfied")["data"]
        assert found
        return found

    found = eventually(read)
    assert (found[0]["value"], found[0]["traceId"]) == (4.5, None)
    assert trace["sessionId"] == "session-scores"
