"""LlamaIndex through both integrations of the Python SDK 2, read back over the API."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.reading import observation, scores, tree
from tests.sdk.running import Target, run_python


@pytest.fixture(scope="module")
def ids(target: Target) -> Any:
    return run_python("llama_index_query", target)


@pytest.fixture(scope="module")
def by_handler(server: LiveServer, ids: Any) -> Any:
    return server.trace(ids["handler"], observations=6)


@pytest.fixture(scope="module")
def by_instrumentor(server: LiveServer, ids: Any) -> Any:
    return server.trace(ids["instrumentor"], observations=20, scores=1)


def test_the_handlers_query_is_nested(by_handler: Any) -> None:
    assert tree(by_handler) == [
        "MockEmbedding < retrieve",
        "openai_llm < synthesize",
        "query < rag",
        "retrieve < query",
        "synthesize < query",
        "templating < synthesize",
    ]


def test_the_handlers_trace_has_its_user_session_and_tags(by_handler: Any) -> None:
    assert (by_handler["userId"], by_handler["sessionId"]) == ("user-4", "session-llama")
    assert by_handler["tags"] == ["llama"]
    assert by_handler["input"] == "What is a span?"


def test_the_handlers_model_has_its_usage_and_cost(by_handler: Any) -> None:
    generation = observation(by_handler, "openai_llm")
    assert generation["model"] == "gpt-4o-2024-08-06"
    usage = generation["usage"]
    assert usage["total"] == usage["input"] + usage["output"]
    cost = usage["input"] * 2.5e-6 + usage["output"] * 10e-6
    assert generation["calculatedTotalCost"] == pytest.approx(cost)
    assert by_handler["totalCost"] == pytest.approx(cost)


def test_a_span_that_is_updated_as_a_generation_has_the_usage(by_instrumentor: Any) -> None:
    embedding = observation(by_instrumentor, "MockEmbedding.get_query_embedding")
    assert embedding["type"] == "SPAN"
    assert embedding["usage"]["total"] == 5


def test_the_instrumentors_model_has_its_usage_and_cost(by_instrumentor: Any) -> None:
    generation = observation(by_instrumentor, "OpenAI.chat")
    parent = observation(by_instrumentor, "OpenAI.predict")
    assert generation["parentObservationId"] == parent["id"]
    assert generation["model"] == "gpt-4o"
    assert generation["calculatedTotalCost"] > 0


def test_the_instrumentors_trace_has_its_score(by_instrumentor: Any) -> None:
    grounded = scores(by_instrumentor)["grounded"]
    assert (grounded["value"], grounded["stringValue"], grounded["dataType"]) == (1, "True", "BOOLEAN")
    assert by_instrumentor["name"] == "rag 2"
