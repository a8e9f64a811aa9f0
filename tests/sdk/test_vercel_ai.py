"""The Vercel AI SDK from npm, exported by Langfuse's processor or the plain JSON exporter, read back over the API."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.reading import observation, tree
from tests.sdk.running import Target, run_javascript

MODEL = "gpt-4o-2024-08-06"
INPUT_PRICE, CACHED_PRICE, OUTPUT_PRICE = 2.5e-6, 1.25e-6, 10e-6
"""Of gpt-4o, in USD a token."""


class Run:
    """The way that the spans went, and the traces that the program made."""

    def __init__(self, server: LiveServer, way: str, ids: Any) -> None:
        self.server, self.way, self.ids = server, way, ids

    def trace(self, name: str, *, observations: int) -> Any:
        return self.server.trace(self.ids[name], observations=observations)


@pytest.fixture(scope="module", params=["langfuse", "plain"])
def run(request: pytest.FixtureRequest, server: LiveServer, target: Target) -> Run:
    way = request.param
    return Run(server, way, run_javascript("vercel_ai", target, way, sdk="langfuse5"))


def cost(*, fresh: int, cached: int, output: int) -> Any:
    return pytest.approx(fresh * INPUT_PRICE + cached * CACHED_PRICE + output * OUTPUT_PRICE)


def test_generated_text(run: Run) -> None:
    trace = run.trace("generate", observations=3)
    call, request = "generate:ai.generateText", "generate:ai.generateText.doGenerate"
    assert tree(trace) == sorted(["generate < generate", f"{call} < generate", f"{request} < {call}"])
    assert observation(trace, call)["type"] == "SPAN"
    assert observation(trace, call)["input"] == {"system": "Be brief.", "prompt": "What is a span?"}
    generation = observation(trace, request)
    assert (generation["type"], generation["model"]) == ("GENERATION", MODEL)
    assert generation["input"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is a span?"}]},
    ]
    assert generation["output"] == "Answer to: What is a span?"
    assert generation["modelParameters"]["temperature"] == "0.2"
    assert generation["modelParameters"]["finishReason"] == "stop"
    assert generation["metadata"]["season"] == "spring"


def test_usage_and_cost_are_counted_once(run: Run) -> None:
    trace = run.trace("generate", observations=3)
    generation = observation(trace, "generate:ai.generateText.doGenerate")
    usage = generation["usageDetails"]
    assert (usage["input"], usage["input_cached_tokens"], usage["output"], usage["total"]) == (6, 2, 6, 14)
    assert generation["calculatedTotalCost"] == cost(fresh=6, cached=2, output=6)
    assert trace["totalCost"] == cost(fresh=6, cached=2, output=6)


def test_user_session_and_tags_reach_the_trace(run: Run) -> None:
    trace = run.trace("generate", observations=3)
    assert (trace["userId"], trace["sessionId"]) == ("user-ai", f"session-ai-{run.way}")
    assert trace["tags"] == sorted(["ai", run.way])


def test_streamed_text(run: Run) -> None:
    generation = observation(run.trace("stream", observations=3), "stream:ai.streamText.doStream")
    assert (generation["type"], generation["model"]) == ("GENERATION", MODEL)
    assert generation["output"] == "Answer to: What is a span?"
    assert generation["startTime"] < generation["completionStartTime"] <= generation["endTime"]
    assert generation["usageDetails"]["total"] == 12


def test_a_tool_is_called(run: Run) -> None:
    trace = run.trace("tools", observations=5)
    tool = observation(trace, "weather")
    assert (tool["type"], tool["input"], tool["output"]) == ("TOOL", {"city": "Paris"}, "blue sky over Paris")
    steps = [item for item in trace["observations"] if item["type"] == "GENERATION"]
    asking, answering = sorted(steps, key=lambda item: item["startTime"])
    assert [call["toolName"] for call in asking["output"]] == ["weather"]
    assert answering["output"] == "Answer to: blue sky over Paris"
    assert trace["totalCost"] == cost(fresh=3 + 7, cached=4, output=7)


def test_an_embedding(run: Run) -> None:
    embedding = observation(run.trace("embed", observations=3), "embed:ai.embed.doEmbed")
    assert (embedding["type"], embedding["model"]) == ("EMBEDDING", "text-embedding-3-small")
    assert embedding["usageDetails"]["total"] == 2
    assert observation(run.trace("embed", observations=3), "embed:ai.embed")["usageDetails"] == {}


def test_a_refused_call(run: Run) -> None:
    failed = observation(run.trace("refused", observations=3), "refused:ai.generateText.doGenerate")
    assert (failed["type"], failed["level"]) == ("GENERATION", "ERROR")
    assert failed["statusMessage"] == "The model `gpt-none` does not exist"
