"""The low-level client of the Python SDK 2, read back over the API and with the SDK's own reads."""

import json
from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.reading import observation, scores, tree
from tests.sdk.running import Target, run_python

INPUT_PRICE, OUTPUT_PRICE = 2.5e-6, 10e-6
"""Of gpt-4o, in USD a token."""


@pytest.fixture(scope="module")
def ids(target: Target) -> Any:
    return run_python("low_level", target)


@pytest.fixture(scope="module")
def trace(server: LiveServer, ids: Any) -> Any:
    return server.trace(ids["trace"], observations=6, scores=7)


@pytest.fixture(scope="module")
def fetched(target: Target, ids: Any, trace: Any) -> Any:
    """What the SDK's own reads return."""
    return run_python(
        "reading", target, json.dumps({**ids, "user": "user-low-level", "session": "session-low-level"})
    )


def test_everything_is_nested(trace: Any) -> None:
    assert tree(trace) == [
        "cache miss < search",
        "detailed < support",
        "guess < search",
        "priced < search",
        "search < support",
        "summarise < search",
    ]


def test_the_trace_is_merged_from_its_updates(trace: Any) -> None:
    assert trace["input"] == {"question": "Where is my order?"}
    assert trace["output"] == {"answer": "It is on its way."}
    assert trace["metadata"] == {"channel": "mail", "nested": {"a": 1}, "resolved": True}
    assert trace["tags"] == ["done", "support"]
    assert (trace["version"], trace["release"]) == ("v1", "2026.11")
    assert trace["environment"] == "staging"
    assert (trace["userId"], trace["sessionId"]) == ("user-low-level", "session-low-level")


def test_a_span_has_its_update_and_end(trace: Any) -> None:
    span = observation(trace, "search")
    assert (span["type"], span["level"], span["statusMessage"]) == ("SPAN", "ERROR", "timed out")
    assert (span["input"], span["output"]) == ("order 17", {"hits": 1})
    assert span["latency"] == pytest.approx(4)


def test_a_generation_has_its_usage_and_cost(trace: Any) -> None:
    generation = observation(trace, "summarise")
    assert generation["metadata"] == {"attempt": 1}
    assert generation["usage"] == {"input": 120, "output": 30, "total": 150, "unit": "TOKENS"}
    assert generation["usageDetails"] == {"input": 120, "output": 30, "total": 150}
    assert generation["calculatedInputCost"] == pytest.approx(120 * INPUT_PRICE)
    assert generation["calculatedOutputCost"] == pytest.approx(30 * OUTPUT_PRICE)
    assert generation["modelId"] is not None
    assert generation["timeToFirstToken"] == pytest.approx(1)


def test_a_model_without_a_price_has_usage_and_no_cost(trace: Any) -> None:
    guess = observation(trace, "guess")
    assert (guess["usage"]["input"], guess["usage"]["output"], guess["usage"]["total"]) == (5, 7, 12)
    assert guess["costDetails"] == {}
    assert not guess["calculatedTotalCost"]


def test_a_cost_that_was_sent_is_the_cost(trace: Any) -> None:
    priced, detailed = observation(trace, "priced"), observation(trace, "detailed")
    assert priced["calculatedTotalCost"] == pytest.approx(0.75)
    assert detailed["costDetails"] == {"input": 0.1, "output": 0.2, "total": 0.3}
    assert detailed["usageDetails"]["input_cached_tokens"] == 500


def test_the_traces_cost_is_the_sum(trace: Any) -> None:
    assert trace["totalCost"] == pytest.approx(0.75 + 0.3 + 120 * INPUT_PRICE + 30 * OUTPUT_PRICE)


def test_an_event(trace: Any) -> None:
    event = observation(trace, "cache miss")
    assert (event["type"], event["level"], event["statusMessage"]) == ("EVENT", "DEBUG", "cold")
    assert event["endTime"] is None
    assert event["input"] == {"key": "17"}


@pytest.mark.parametrize(
    ("name", "data_type", "value", "text"),
    [
        ("helpful", "NUMERIC", 0.9, None),
        ("tone", "CATEGORICAL", None, "none"),
        ("zero", "NUMERIC", 0, None),
        ("zero number", "NUMERIC", 0, None),
        ("zero boolean", "BOOLEAN", 0, "False"),
        ("concise", "NUMERIC", 1, None),
    ],
)
def test_scores_have_the_type_of_their_value(
    trace: Any, name: str, data_type: str, value: float | None, text: str | None
) -> None:
    score = scores(trace)[name]
    assert score["dataType"] == data_type
    if data_type != "CATEGORICAL":
        assert score["value"] == value
    if text is not None:
        assert score["stringValue"] == text


def test_a_score_sent_twice_is_the_last_one(trace: Any) -> None:
    mine = [score for score in trace["scores"] if score["name"] == "mine"]
    assert [(score["id"], score["stringValue"]) for score in mine] == [("score-of-mine", "second")]


def test_a_session_lists_both_traces(server: LiveServer, ids: Any, trace: Any) -> None:
    server.trace(ids["second"])
    session = server.get("sessions/session-low-level")
    assert {item["id"] for item in session["traces"]} == {ids["trace"], ids["second"]}


def test_fetch_trace(fetched: Any, trace: Any) -> None:
    read = fetched["fetch_trace"]
    assert read["name"] == "support"
    assert read["observations"] == ["cache miss", "detailed", "guess", "priced", "search", "summarise"]
    assert read["scores"]["helpful"] == 0.9
    assert read["total_cost"] == pytest.approx(trace["totalCost"])
    assert read["html_path"].endswith(trace["id"])


def test_daily_metrics(fetched: Any, trace: Any) -> None:
    traces, observations, cost, models = fetched["daily"]
    assert (traces, observations, models) == (1, 6, ["gpt-4o", "gpt-4o-mini", "in-house-7b"])
    assert cost == pytest.approx(trace["totalCost"])


def test_fetch_observation(fetched: Any) -> None:
    read = fetched["fetch_observation"]
    assert read["name"] == "summarise"
    assert read["usage"] == [120, 30, 150, "TOKENS"]
    assert read["calculated_total_cost"] == pytest.approx(120 * INPUT_PRICE + 30 * OUTPUT_PRICE)
    assert (read["latency"], read["time_to_first_token"]) == (pytest.approx(2), pytest.approx(1))


def test_fetched_lists_are_filtered(fetched: Any) -> None:
    assert fetched["fetch_traces"] == [["support", "follow-up"], 2]
    assert fetched["fetch_traces by name"] == 1
    assert fetched["fetch_observations"] == ["detailed", "guess", "priced", "summarise"]
    assert fetched["fetch_sessions"] == ["session-low-level"]


def test_the_older_reads(fetched: Any, ids: Any) -> None:
    assert fetched["get_trace"] == ids["trace"]
    assert fetched["get_traces"] == ["follow-up", "support"]
    assert fetched["get_observation"] == "gpt-4o"
    assert fetched["get_observations"] == 6
    assert fetched["get_generations"] == ["detailed", "guess", "priced", "summarise"]


def test_a_missing_trace_is_an_error_of_the_sdk(fetched: Any) -> None:
    assert fetched["missing"] == ["NotFoundError", 404]
