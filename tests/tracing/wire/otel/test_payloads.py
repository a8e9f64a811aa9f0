"""Inputs and outputs of spans, by the convention of each sender: attributes as those senders write them."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracing.wire.otel.spans import PARENT, event, span
from tracing.wire.otel.io.dotted import MAX_SLOTS, nested
from tracing.wire.otel.payloads import CONVENTIONS, IO_KEYS, IO_PREFIXES, observation_io, trace_io
from tracing.wire.otel.spans import Span, SpanEvent
from tracing.wire.payloads import CAREFUL, JSON, TEXT, Payload

ASK = '[{"role":"user","content":"Weather in Oslo?"}]'
CALLS = '[{"toolCallId":"c1","toolName":"weather","input":{"city":"Oslo"}}]'
PARTS = '[{"role":"user","parts":[{"type":"text","content":"Weather?"}]}]'
ANSWER = '[{"role":"assistant","parts":[{"type":"text","content":"Rain."}],"finish_reason":"stop"}]'
INSTRUCTIONS = '[{"type":"text","content":"Be brief."},{"type":"text","content":"Be kind."}]'
INSTRUCTED = '[{"role":"system","content":"Be brief.\\nBe kind."},' + PARTS[1:]


def texts(span: Span) -> tuple[str | None, str | None]:
    given, made = observation_io(span)
    return given.text if given else None, made.text if made else None


CASES: list[tuple[str, str, dict[str, Any], str | None, str | None]] = [
    (
        "langfuse",
        "langfuse-sdk",
        {"langfuse.observation.input": '{"args":[1],"kwargs":{}}', "langfuse.observation.output": "Rain."},
        '{"args":[1],"kwargs":{}}',
        "Rain.",
    ),
    (
        "langfuse: one side is enough, whatever else is there",
        "ai",
        {"langfuse.observation.output": "", "ai.prompt": "x", "input.value": "y"},
        None,
        "",
    ),
    (
        "genkit model",
        "genkit-tracer",
        {
            "genkit:input": '{"messages":[{"role":"user","content":[{"text":"Hi"}]}],"config":{"temperature":1.50}}',
            "genkit:output": '{"message":{"role":"model","content":[{"text":"Yo"}]},"usage":{"inputTokens":2}}',
        },
        '[{"role":"user","content":[{"text":"Hi"}]}]',
        '{"role":"model","content":[{"text":"Yo"}]}',
    ),
    (
        "genkit flow",
        "genkit-tracer",
        {"genkit:input": '"Oslo"', "genkit:output": '{"forecast":1.0}', "input.value": "no"},
        '"Oslo"',
        '{"forecast":1.0}',
    ),
    ("genkit says nothing", "genkit-tracer", {"input.value": "not asked"}, None, None),
    (
        "vercel: text",
        "ai",
        {
            "ai.prompt.messages": ASK,
            "ai.prompt": "{}",
            "ai.response.text": "Rain.",
            "ai.model.id": "gpt-4o",
        },
        ASK,
        "Rain.",
    ),
    (
        "vercel: text and calls",
        "ai",
        {
            "ai.prompt": '{"prompt":"Weather?"}',
            "ai.response.text": "Let me see",
            "ai.response.toolCalls": CALLS,
        },
        '{"prompt":"Weather?"}',
        '{"role":"assistant","content":"Let me see","tool_calls":' + CALLS + "}",
    ),
    (
        "vercel: calls alone",
        "ai",
        {"ai.response.text": "", "ai.response.toolCalls": CALLS, "ai.prompt.messages": ASK},
        ASK,
        CALLS,
    ),
    (
        "vercel: a tool",
        "ai",
        {
            "ai.toolCall.name": "weather",
            "ai.toolCall.args": '{"city":"Oslo"}',
            "ai.toolCall.result": '"rain"',
        },
        '{"city":"Oslo"}',
        '"rain"',
    ),
    (
        "vercel: an object",
        "ai",
        {"ai.prompt": '{"prompt":"x"}', "ai.response.object": '{"a":1.0}'},
        '{"prompt":"x"}',
        '{"a":1.0}',
    ),
    ("vercel: older results", "ai", {"ai.prompt": "p", "ai.result.text": "r"}, "p", "r"),
    (
        "vercel: in OpenTelemetry's words",
        "ai",
        {"gen_ai.input.messages": PARTS, "gen_ai.output.messages": ANSWER},
        PARTS,
        ANSWER,
    ),
    ("vercel's keys of another scope", "mine", {"ai.prompt": "p", "ai.response.text": "r"}, None, None),
    (
        "flue",
        "@flue/opentelemetry",
        {"flue.tool.arguments": '{"path":"a.txt"}', "flue.tool.result": '"text"'},
        '{"path":"a.txt"}',
        '"text"',
    ),
    (
        "adk: model",
        "gcp.vertex.agent",
        {
            "gcp.vertex.agent.llm_request": '{"model":"gemini-2.0-flash","contents":[{"parts":[{"text":"Hi"}]}]}',
            "gcp.vertex.agent.llm_response": '{"content":{"parts":[{"text":"Yo"}],"role":"model"}}',
        },
        '{"model":"gemini-2.0-flash","contents":[{"parts":[{"text":"Hi"}]}]}',
        '{"content":{"parts":[{"text":"Yo"}],"role":"model"}}',
    ),
    (
        "adk: tool",
        "gcp.vertex.agent",
        {
            "gcp.vertex.agent.llm_request": "{}",
            "gcp.vertex.agent.llm_response": "{}",
            "gcp.vertex.agent.tool_call_args": '{"city":"Oslo"}',
            "gcp.vertex.agent.tool_response": '{"status":"success"}',
        },
        '{"city":"Oslo"}',
        '{"status":"success"}',
    ),
    (
        "logfire: agent",
        "logfire",
        {"prompt": "Weather?", "all_messages_events": '[{"content":"Rain."}]', "final_result": "Rain."},
        "Weather?",
        '[{"content":"Rain."}]',
    ),
    (
        "livekit: speech",
        "livekit-agents",
        {"lk.user_transcript": "hello", "lk.response.text": "hi there", "lk.chat_ctx": "{}"},
        "hello",
        "hi there",
    ),
    ("livekit: context", "livekit-agents", {"lk.chat_ctx": '{"items":[]}'}, '{"items":[]}', None),
    (
        "logfire: model",
        "pydantic-ai",
        {
            "events": '[{"event.name":"gen_ai.system.message","content":"Be brief","role":"system"},'
            '{"event.name":"gen_ai.user.message","content":"Weather?","role":"user","gen_ai.message.index":0},'
            '{"event.name":"gen_ai.choice","index":0,"message":{"role":"assistant","content":"Rain."}}]'
        },
        '[{"event.name":"gen_ai.system.message","content":"Be brief","role":"system"},'
        '{"event.name":"gen_ai.user.message","content":"Weather?","role":"user","gen_ai.message.index":0}]',
        '{"event.name":"gen_ai.choice","index":0,"message":{"role":"assistant","content":"Rain."}}',
    ),
    ("events of something else", "mine", {"events": "none", "input.value": "x"}, "x", None),
    (
        "mlflow",
        "mlflow.tracing",
        {"mlflow.spanInputs": '{"x": 2}', "mlflow.spanOutputs": "4"},
        '{"x": 2}',
        "4",
    ),
    (
        "openllmetry: workflow",
        "opentelemetry.instrumentation.langchain",
        {"traceloop.entity.input": '{"inputs": {"q": "a"}}', "traceloop.entity.output": '{"outputs": "b"}'},
        '{"inputs": {"q": "a"}}',
        '{"outputs": "b"}',
    ),
    (
        "openinference",
        "openinference.instrumentation.openai",
        {
            "input.value": '{"messages":[]}',
            "input.mime_type": "application/json",
            "output.value": "Rain.",
            "llm.input_messages.0.message.role": "user",
        },
        '{"messages":[]}',
        "Rain.",
    ),
    ("pipecat", "pipecat", {"input": '[{"role":"user"}]', "output": "hey"}, '[{"role":"user"}]', "hey"),
    (
        "pydantic ai: agent",
        "pydantic-ai",
        {
            "pydantic_ai.all_messages": PARTS,
            "gen_ai.system_instructions": INSTRUCTIONS,
            "final_result": "Rain.",
        },
        INSTRUCTED,
        "Rain.",
    ),
    (
        "pydantic ai: tool",
        "pydantic-ai",
        {"tool_arguments": '{"city":"Oslo"}', "tool_response": "rain", "gen_ai.tool.name": "weather"},
        '{"city":"Oslo"}',
        "rain",
    ),
    (
        "openllmetry: model",
        "opentelemetry.instrumentation.openai.v1",
        {
            "gen_ai.prompt.0.role": "system",
            "gen_ai.prompt.0.content": "Be brief",
            "gen_ai.prompt.1.role": "user",
            "gen_ai.prompt.1.content": "Weather?",
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.finish_reason": "tool_calls",
            "gen_ai.completion.0.tool_calls.0.name": "weather",
            "gen_ai.completion.0.tool_calls.0.arguments": '{"city":"Oslo"}',
        },
        '[{"role":"system","content":"Be brief"},{"role":"user","content":"Weather?"}]',
        '[{"role":"assistant","finish_reason":"tool_calls",'
        '"tool_calls":[{"name":"weather","arguments":"{\\"city\\":\\"Oslo\\"}"}]}]',
    ),
    (
        "a whole prompt under the bare key",
        "mine",
        {"gen_ai.prompt": "Weather?", "gen_ai.prompt.0.role": "user", "gen_ai.completion": "Rain."},
        "Weather?",
        "Rain.",
    ),
    (
        "openinference: messages alone",
        "openinference.instrumentation.bedrock",
        {
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "Weather?",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "weather",
        },
        '[{"message":{"role":"user","content":"Weather?"}}]',
        '[{"message":{"tool_calls":[{"tool_call":{"function":{"name":"weather"}}}]}}]',
    ),
    (
        "opentelemetry: messages",
        "opentelemetry.instrumentation.openai_v2",
        {"gen_ai.input.messages": PARTS, "gen_ai.output.messages": ANSWER},
        PARTS,
        ANSWER,
    ),
    (
        "opentelemetry: with instructions",
        "mine",
        {"gen_ai.input.messages": PARTS, "gen_ai.system_instructions": INSTRUCTIONS},
        INSTRUCTED,
        None,
    ),
    (
        "opentelemetry: instructions that are there already",
        "mine",
        {
            "gen_ai.input.messages": '[{"role":"system","parts":[]}]',
            "gen_ai.system_instructions": INSTRUCTIONS,
        },
        '[{"role":"system","parts":[]}]',
        None,
    ),
    (
        "opentelemetry: instructions as a plain text",
        "mine",
        {"gen_ai.input.messages": "[1.0]", "gen_ai.system_instructions": "[INST] be kind"},
        '[{"role":"system","content":"[INST] be kind"},1.0]',
        None,
    ),
    (
        "opentelemetry: tool",
        "mine",
        {"gen_ai.tool.call.arguments": '{"city":"Oslo"}', "gen_ai.tool.call.result": "rain"},
        '{"city":"Oslo"}',
        "rain",
    ),
    ("values that are no strings", "mine", {"input": [1, 2.5, "x"], "output": False}, '[1,2.5,"x"]', "false"),
    ("nothing", "mine", {"http.method": "GET"}, None, None),
]


@pytest.mark.parametrize(
    ("scope", "attributes", "given", "made"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_conventions_of_attributes(
    scope: str, attributes: dict[str, Any], given: str | None, made: str | None
) -> None:
    assert texts(span(attributes, scope=scope)) == (given, made)


EVENTS: list[tuple[str, list[SpanEvent], str | None, str | None]] = [
    (
        "one event with all messages",
        [
            event("exception", {"exception.message": "x"}),
            event(
                "gen_ai.client.inference.operation.details",
                {
                    "gen_ai.input.messages": PARTS,
                    "gen_ai.system_instructions": INSTRUCTIONS,
                    "gen_ai.output.messages": ANSWER,
                },
            ),
        ],
        INSTRUCTED,
        ANSWER,
    ),
    (
        "an event for each message (Strands)",
        [
            event("gen_ai.system.message", {"content": "Be brief"}),
            event("gen_ai.user.message", {"content": '[{"text":"Weather?"}]'}),
            event("gen_ai.choice", {"finish_reason": "end_turn", "message": "Rain."}),
        ],
        '[{"role":"system","content":"Be brief"},{"role":"user","content":"[{\\"text\\":\\"Weather?\\"}]"}]',
        '{"finish_reason":"end_turn","message":"Rain."}',
    ),
    (
        "several choices",
        [event("gen_ai.choice", {"index": 0}), event("gen_ai.choice", {"index": 1})],
        None,
        '[{"index":0},{"index":1}]',
    ),
    (
        "content events (OpenLIT)",
        [
            event("gen_ai.content.prompt", {"gen_ai.prompt": "user: Weather?"}),
            event("gen_ai.content.completion", {"gen_ai.completion": "Rain."}),
        ],
        "user: Weather?",
        "Rain.",
    ),
    (
        "content events in parts",
        [event("gen_ai.content.prompt", {"gen_ai.prompt.0.content": "Weather?"})],
        '[{"content":"Weather?"}]',
        None,
    ),
    ("only an exception", [event("exception", {"exception.message": "x"})], None, None),
]


@pytest.mark.parametrize(
    ("events", "given", "made"), [case[1:] for case in EVENTS], ids=[case[0] for case in EVENTS]
)
def test_conventions_of_events(events: Sequence[SpanEvent], given: str | None, made: str | None) -> None:
    assert texts(span(events=events)) == (given, made)


def test_events_come_before_the_keys_of_any_scope() -> None:
    said = span({"input.value": "x"}, events=[event("gen_ai.user.message", {"content": "y"})])
    assert texts(said) == ('[{"role":"user","content":"y"}]', None)


def test_the_form_says_whether_a_text_is_json() -> None:
    given, made = observation_io(span({"input": '{"a":1}', "output": "plain"}))
    assert (given, made) == (Payload('{"a":1}', JSON, True), Payload("plain", TEXT, True))


def test_no_digit_is_lost_where_json_is_taken_apart() -> None:
    calls = '[{"toolName":"t","input":{"n":12345678901234567890.10}}]'
    given, made = observation_io(
        span({"ai.prompt": '{"n":1.10}', "ai.response.text": "t", "ai.response.toolCalls": calls}, scope="ai")
    )
    assert given == Payload('{"n":1.10}', JSON, True)
    assert made == Payload('{"role":"assistant","content":"t","tool_calls":' + calls + "}", CAREFUL, True)


def test_what_neither_json_nor_postgresql_can_hold_is_not_spliced_unseen() -> None:
    (_, made) = texts(
        span({"ai.response.text": "t", "ai.response.toolCalls": '["\\u0000\\ud800"]'}, scope="ai")
    )
    assert made == '{"role":"assistant","content":"t","tool_calls":["\\ufffd\\ufffd"]}'
    (_, made) = texts(span({"ai.response.text": "t", "ai.response.toolCalls": "[1,"}, scope="ai"))
    assert made == '{"role":"assistant","content":"t","tool_calls":"[1,"}'


class TestTraces:
    ATTRIBUTES = {"langfuse.trace.input": "trace's", "langfuse.observation.output": "own"}

    def test_a_root_s_own_are_its_trace_s(self) -> None:
        said = span(self.ATTRIBUTES)
        assert trace_io(said, observation_io(said)) == (
            Payload("trace's", TEXT, True),
            Payload("own", TEXT, True),
        )

    def test_a_child_gives_only_what_is_said_of_the_trace(self) -> None:
        said = span(self.ATTRIBUTES, parent=PARENT)
        assert trace_io(said) == (Payload("trace's", TEXT, True), None)

    def test_what_is_said_of_the_trace_is_no_observation_s(self) -> None:
        assert texts(span(self.ATTRIBUTES)) == (None, "own")


class TestDottedKeys:
    def test_gaps_of_a_list_are_null(self) -> None:
        assert nested({"p.2.a": "x", "p.0.a": "y"}, "p") == [{"a": "y"}, None, {"a": "x"}]

    def test_digits_below_an_object_are_a_key(self) -> None:
        assert nested({"p.a": "x", "p.0": "y"}, "p") == {"a": "x", "0": "y"}

    def test_names_below_a_list_are_left_out(self) -> None:
        assert nested({"p.0": "x", "p.name": "y"}, "p") == ["x"]

    def test_the_first_of_two_that_exclude_each_other_stays(self) -> None:
        assert nested({"p.a": "x", "p.a.b": "y"}, "p") == {"a": "x"}
        assert nested({"p.a.b": "y", "p.a": "x"}, "p") == {"a": {"b": "y"}}

    def test_a_list_that_was_sent_as_one_stays_as_it_is(self) -> None:
        sent = ["x"]
        nested({"p.a": sent, "p.a.5": "y"}, "p")
        assert sent == ["x"]

    @pytest.mark.parametrize("name", ["__proto__", "constructor", "prototype"])
    def test_hostile_names_are_left_out(self, name: str) -> None:
        assert nested({"p.a": "x", f"p.{name}.polluted": "y", f"p.b.{name}": "y"}, "p") == {"a": "x"}

    def test_room_is_bounded(self) -> None:
        assert nested({"p.99999": "x"}, "p") is None
        assert nested({"p.999999999999": "x"}, "p") == {"999999999999": "x"}
        assert nested({f"p.{MAX_SLOTS - 1}": "x"}, "p") == [*[None] * (MAX_SLOTS - 1), "x"]
        assert nested({f"p.{MAX_SLOTS}": "x"}, "p") is None
        assert len(nested({f"p.k{n}": "x" for n in range(20_000)}, "p")) == MAX_SLOTS
        wide = nested({f"p.{n}.9999": "x" for n in range(1_000)}, "p")
        assert json.dumps(wide).count("null") < MAX_SLOTS

    def test_depth_is_bounded(self) -> None:
        assert nested({"p.a": "x", "p" + ".b" * 100_000: "y"}, "p") == {"a": "x"}


KEYS = st.one_of(
    st.sampled_from(sorted(IO_KEYS)),
    st.builds(
        ".".join,
        st.lists(
            st.sampled_from([*IO_PREFIXES, "0", "1", "role", "9999", "", "__proto__"]), min_size=1, max_size=6
        ),
    ),
    st.text(max_size=8),
)
STRINGS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | STRINGS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["role", "content", "messages", "message", "event.name", "type"]) | STRINGS,
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
VALUES = st.one_of(
    STRINGS,
    JSONS.map(json.dumps),
    st.sampled_from(["{}", "[]", "null", '""', "[", '{"a":1e999}', '"\\ud800"', "[" * 3000 + "]" * 3000]),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(STRINGS | st.integers(), max_size=3),
)
ATTRIBUTES = st.dictionaries(KEYS, VALUES, max_size=8)
SCOPES = st.sampled_from(sorted({each.scope or "mine" for each in CONVENTIONS}))
NAMES = st.sampled_from(
    [
        *("gen_ai.user.message", "gen_ai.choice", "gen_ai.content.prompt", "gen_ai.content.completion"),
        *("gen_ai.client.inference.operation.details", "exception"),
    ]
)


@given(ATTRIBUTES, SCOPES, st.lists(st.tuples(NAMES, ATTRIBUTES), max_size=3))
@settings(max_examples=300, deadline=None)
def test_whatever_is_sent(attributes: dict[str, Any], scope: str, events: list[tuple[str, Any]]) -> None:
    said = span(attributes, scope=scope, events=[event(name, inner) for name, inner in events])
    own = observation_io(said)
    for payload in (*own, *trace_io(said, own), *trace_io(said)):
        assert payload is None or _is_storable(payload)


def _is_storable(payload: Payload) -> bool:
    if payload.form != TEXT:
        json.loads(payload.text)
    return "\0" not in payload.text and bool(payload.text.encode()) >= payload.truthy
