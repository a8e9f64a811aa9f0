"""The OpenAI client under OpenInference, OpenLLMetry and OpenTelemetry itself, read back over the API."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.sdk.running import Target, run_opentelemetry

INPUT_PRICE, CACHED_PRICE, OUTPUT_PRICE = 2.5e-6, 1.25e-6, 10e-6
"""Of gpt-4o, in USD a token."""
QUESTION, ANSWER = "What is a span?", "Answer to: What is a span?"
CACHED = {"openinference": 2, "openllmetry": 2, "conventions": 0}
"""Cached tokens of a call, as far as the instrumentation tells."""
NAMES = {"openinference": "ChatCompletion", "openllmetry": "openai.chat", "conventions": "chat gpt-4o"}
VARIABLES = {
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
}
"""What the conventions' own instrumentation needs to send messages in spans."""


class Run:
    """An instrumentation, and the traces that the program made under it."""

    def __init__(self, server: LiveServer, name: str, ids: Any) -> None:
        self.server, self.name, self.ids = server, name, ids

    def calls(self, name: str, *, count: int = 1) -> list[Any]:
        """Return the observations below the root of a trace, first first."""
        trace = self.server.trace(self.ids[name], observations=count + 1)
        root = next(item for item in trace["observations"] if item["name"] == name)
        below = [item for item in trace["observations"] if item["parentObservationId"] == root["id"]]
        assert len(below) == count
        return sorted(below, key=lambda item: item["startTime"])


@pytest.fixture(scope="module", params=list(CACHED))
def run(request: pytest.FixtureRequest, server: LiveServer, target: Target) -> Run:
    name = request.param
    variables = VARIABLES if name == "conventions" else {}
    return Run(server, name, run_opentelemetry("openai_calls", target, name, **variables))


@pytest.mark.parametrize("call", ["plain", "streamed"])
def test_a_call(run: Run, call: str) -> None:
    (generation,) = run.calls(call)
    assert (generation["name"], generation["type"]) == (NAMES[run.name], "GENERATION")
    assert (generation["model"], generation["level"]) == ("gpt-4o-2024-08-06", "DEFAULT")
    assert QUESTION in str(generation["input"]) and "Be brief." in str(generation["input"])
    assert ANSWER in str(generation["output"])


@pytest.mark.parametrize("call", ["plain", "streamed"])
def test_its_usage_and_cost(run: Run, call: str) -> None:
    (generation,) = run.calls(call)
    usage, cached = generation["usageDetails"], CACHED[run.name]
    assert (usage["input"], usage.get("input_cached_tokens", 0)) == (8 - cached, cached)
    assert (usage["output"], usage["total"]) == (6, 14)
    expected = (8 - cached) * INPUT_PRICE + cached * CACHED_PRICE + 6 * OUTPUT_PRICE
    assert generation["calculatedTotalCost"] == pytest.approx(expected)


def test_inputs_and_outputs_are_data(run: Run) -> None:
    (generation,) = run.calls("plain")
    if run.name == "openinference":
        assert generation["input"]["messages"][1] == {"role": "user", "content": QUESTION}
        assert generation["output"]["choices"][0]["message"]["content"] == ANSWER
    else:
        assert generation["input"][1] == {"role": "user", "parts": [{"content": QUESTION, "type": "text"}]}
        assert generation["output"][0]["parts"] == [{"content": ANSWER, "type": "text"}]


def test_model_parameters(run: Run) -> None:
    (generation,) = run.calls("plain")
    assert generation["modelParameters"]["temperature"] == 0.2


def test_tool_calls(run: Run) -> None:
    asking, answering = run.calls("tools", count=2)
    assert "weather" in str(asking["output"]) and "Paris" in str(asking["output"])
    assert "blue sky" in str(answering["input"])
    assert "Answer to: blue sky" in str(answering["output"])


def test_an_embedding(run: Run) -> None:
    (embedding,) = run.calls("embedded")
    assert (embedding["type"], embedding["model"]) == ("EMBEDDING", "text-embedding-3-small")
    assert (embedding["usageDetails"]["input"], embedding["usageDetails"]["total"]) == (2, 2)
    assert embedding["calculatedTotalCost"] == pytest.approx(2 * 0.02e-6)


def test_a_refused_call(run: Run) -> None:
    (failed,) = run.calls("refused")
    assert (failed["type"], failed["level"]) == ("GENERATION", "ERROR")
    assert "gpt-none" in failed["statusMessage"]
