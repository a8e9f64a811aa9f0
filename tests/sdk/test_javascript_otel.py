"""JS @langfuse/* 4 and 5 from npm: their exports and scores, read back over the API and with their client."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.live import LiveServer, eventually
from tests.sdk.reading import by_type, figures, observation, scores, tree
from tests.sdk.running import Target, run_javascript

OBSERVATIONS = 13
CHILDREN = [
    *(
        "a agent",
        "a chain",
        "a evaluator",
        "a guardrail",
        "a retriever",
        "a tool",
        "an embedding",
        "an event",
    ),
    *("failing", "picture", "priced", "rate", "search"),
]
INPUT_PRICE, CACHED_PRICE, OUTPUT_PRICE = 2.5e-6, 1.25e-6, 10e-6
"""Of gpt-4o, in USD a token."""


@dataclass(frozen=True, slots=True)
class Run:
    sdk: str
    target: Target
    ids: Any


@pytest.fixture(scope="module", params=["langfuse4", "langfuse5"])
def run(request: pytest.FixtureRequest, target: Target) -> Run:
    sdk = request.param
    return Run(sdk, target, run_javascript("langfuse4_main", target, sdk, sdk=sdk))


@pytest.fixture(scope="module")
def trace(server: LiveServer, run: Run) -> Any:
    return server.trace(run.ids["trace"], observations=OBSERVATIONS + 1, scores=4)


@pytest.fixture(scope="module")
def fetched(run: Run, trace: Any) -> Any:
    given = {**run.ids, "session": f"session-{run.sdk}"}
    return run_javascript("langfuse4_reading", run.target, json.dumps(given), sdk=run.sdk)


def test_everything_is_nested_below_the_root(run: Run, trace: Any) -> None:
    assert tree(trace) == sorted([*(f"{name} < root" for name in CHILDREN), f"root < js {run.sdk}"])


def test_the_trace_has_what_was_propagated(run: Run, trace: Any) -> None:
    assert trace["name"] == f"js {run.sdk}"
    assert (trace["userId"], trace["sessionId"]) == (f"user-{run.sdk}", f"session-{run.sdk}")
    assert trace["tags"] == ["js", run.sdk]
    assert (trace["environment"], trace["release"], trace["version"]) == ("staging", "2026.11", "v2")
    assert trace["public"] is True
    assert trace["metadata"]["from"] == "node"


def test_the_trace_has_the_roots_input_and_an_output_of_its_own(trace: Any) -> None:
    assert trace["input"] == {"question": "Ünïcode 🙂?"}
    assert trace["output"] == {"answer": "4/5"}
    assert observation(trace, "root")["output"] == "4/5"


def test_metadata_keeps_its_types(trace: Any) -> None:
    metadata = observation(trace, "root")["metadata"]
    assert (metadata["text"], metadata["number"], metadata["nested"]) == ("words", 3, {"deep": [1, 2]})
    assert metadata["resourceAttributes"]["telemetry.sdk.language"] == "nodejs"
    assert metadata["scope"]["name"] == "langfuse-sdk"
    assert "attributes" not in metadata


@pytest.mark.parametrize("kind", ["agent", "tool", "chain", "retriever", "evaluator", "guardrail"])
def test_every_type_of_observation(trace: Any, kind: str) -> None:
    found = observation(trace, f"a {kind}")
    assert (found["type"], found["input"], found["output"]) == (kind.upper(), {"asType": kind}, [kind])
    assert (found["version"], found["environment"], found["level"]) == ("v2", "staging", "DEFAULT")


def test_an_event(trace: Any) -> None:
    event = observation(trace, "an event")
    assert (event["type"], event["level"], event["statusMessage"]) == ("EVENT", "WARNING", "stale")
    assert event["input"] == {"key": 17}


def test_an_embedding(trace: Any) -> None:
    embedding = observation(trace, "an embedding")
    assert (embedding["type"], embedding["model"]) == ("EMBEDDING", "text-embedding-3-small")
    assert (embedding["input"], embedding["output"]) == (["a film"], [0.5])
    assert embedding["usageDetails"] == {"input": 200, "total": 200}
    assert embedding["calculatedTotalCost"] == pytest.approx(200 * 0.02e-6)


def test_the_generation_has_its_prompt_usage_and_cost(run: Run, trace: Any) -> None:
    generation = observation(trace, "rate")
    assert (generation["type"], generation["model"], generation["version"]) == ("GENERATION", "gpt-4o", "g1")
    assert (generation["promptName"], generation["promptVersion"]) == (f"critics/{run.sdk}", 1)
    assert generation["modelParameters"]["temperature"] == 0.3
    assert generation["input"] == run.ids["compiled"]
    assert generation["completionStartTime"] is not None
    assert generation["usageDetails"] == {"input": 40, "output": 10, "input_cached_tokens": 8, "total": 58}
    cost = 40 * INPUT_PRICE + 8 * CACHED_PRICE + 10 * OUTPUT_PRICE
    assert generation["calculatedTotalCost"] == pytest.approx(cost)


def test_a_cost_that_was_sent_is_the_cost(trace: Any) -> None:
    priced = observation(trace, "priced")
    assert (priced["costDetails"]["input"], priced["costDetails"]["output"]) == (0.5, 0.25)
    assert priced["calculatedTotalCost"] == 0.75


def test_observed_functions(trace: Any) -> None:
    search, failing = observation(trace, "search"), observation(trace, "failing")
    assert (search["type"], search["input"], search["output"]) == ("TOOL", ["Dune", 2021], ["Dune", 2021])
    assert (failing["type"], failing["level"], failing["statusMessage"]) == ("SPAN", "ERROR", "no such film")


def test_scores(run: Run, trace: Any) -> None:
    found = scores(trace)
    assert (found["helpful"]["value"], found["helpful"]["dataType"]) == (0.9, "NUMERIC")
    assert (found["tone"]["stringValue"], found["tone"]["observationId"]) == ("none", run.ids["generation"])
    assert (found["zero boolean"]["value"], found["zero boolean"]["dataType"]) == (0, "BOOLEAN")
    assert (found["verdict"]["stringValue"], found["verdict"]["metadata"]) == ("good", {"by": run.sdk})


def test_a_score_of_a_session(server: LiveServer, run: Run, trace: Any) -> None:
    def read() -> Any:
        found = server.get("v2/scores", sessionId=f"session-{run.sdk}")["data"]
        assert [(score["name"], score["value"]) for score in found if not score["traceId"]] == [("mood", 0.5)]

    eventually(read)


def test_prompts(run: Run) -> None:
    assert run.ids["compiled"] == [
        {"role": "system", "content": "You are a critic."},
        {"role": "assistant", "content": "Which film?"},
        {"role": "user", "content": "Rate Dune"},
    ]
    prompt = run.ids["prompt"]
    assert (prompt["version"], prompt["config"]) == (1, {"top": 1})
    assert sorted(prompt["labels"]) == ["best", "latest", "production"]
    assert "404" in run.ids["missing"]


def test_openai_calls(server: LiveServer, run: Run) -> None:
    found = server.trace(run.ids["openai"], observations=3)
    assert (found["name"], found["sessionId"]) == (f"openai {run.sdk}", f"session-{run.sdk}")
    assert found["tags"] == ["drop-in"]
    asked = [item for item in found["observations"] if item["name"] == "ask"]
    assert sorted(item["model"] for item in asked) == ["gpt-4o", "gpt-4o-2024-08-06"]
    for generation in asked:
        assert generation["type"] == "GENERATION"
        usage = generation["usageDetails"]
        assert (usage["input"], usage["input_cached_tokens"], usage["output"], usage["total"]) == (
            4,
            2,
            6,
            12,
        )
        cost = 4 * INPUT_PRICE + 2 * CACHED_PRICE + 6 * OUTPUT_PRICE
        assert generation["calculatedTotalCost"] == pytest.approx(cost)


def test_fetched_traces(run: Run, fetched: Any, trace: Any) -> None:
    read = fetched["trace"]
    assert (read["name"], read["observations"]) == (f"js {run.sdk}", OBSERVATIONS + 1)
    assert read["totalCost"] == pytest.approx(trace["totalCost"])
    assert fetched["url"].endswith(read["htmlPath"])
    for names in (fetched["traces"], fetched["session"]):
        assert {f"js {run.sdk}", f"openai {run.sdk}"} <= set(names)
    assert fetched["missing"] == 404


def test_fetched_observations(run: Run, fetched: Any) -> None:
    assert fetched["generations"] == ["priced", "rate"]
    assert fetched["observation"]["promptName"] == f"critics/{run.sdk}"
    assert fetched["observation"]["usageDetails"]["total"] == 58
    assert len(fetched["first"]) == 5
    assert sorted(fetched["first"] + fetched["second"]) == sorted([*CHILDREN, "root"])
    assert fetched["scores"] == ["good"]


def test_metrics_of_both_versions(fetched: Any, trace: Any) -> None:
    assert [figures(rows) for rows in fetched["metrics"]] == [by_type(trace)] * 2


def test_fetched_media(fetched: Any) -> None:
    assert fetched["resolved"] == {"image": "data:text/plain;base64,aGVsbG8gZnJvbSBqcw=="}
