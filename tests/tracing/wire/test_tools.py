"""Tools offered and called, in the chats of many senders."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracing.wire.batches import decode, observation
from tracing.wire.patches import patches_of
from tracing.wire.payloads import Payload, form_of_text
from tracing.wire.tools import MAX_CHARACTERS, MAX_NAMES, tool_call_names_of, tool_names_of

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
ASK = {"role": "user", "content": "Weather in Oslo?"}


def payload(value: Any) -> Payload:
    text = json.dumps(value)
    return Payload(text, form_of_text(text), True)


OFFERS: list[tuple[str, Any, list[str] | None]] = [
    (
        "openai chat",
        {
            "messages": [ASK],
            "tools": [
                {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}},
                {"type": "function", "function": {"name": "time", "parameters": SCHEMA}},
            ],
        },
        ["weather", "time"],
    ),
    ("openai functions", {"messages": [ASK], "functions": [{"name": "weather"}]}, ["weather"]),
    (
        "openai responses",
        {"input": "x", "tools": [{"type": "web_search"}, {"type": "function", "name": "weather"}]},
        ["weather"],
    ),
    (
        "anthropic",
        {"messages": [ASK], "tools": [{"name": "weather", "input_schema": SCHEMA}]},
        ["weather"],
    ),
    (
        "gemini",
        {"contents": [], "config": {"tools": [{"function_declarations": [{"name": "a"}, {"name": "b"}]}]}},
        ["a", "b"],
    ),
    ("gemini js", {"tools": [{"functionDeclarations": [{"name": "a"}]}]}, ["a"]),
    ("bedrock", {"toolConfig": {"tools": [{"toolSpec": {"name": "a", "inputSchema": {}}}]}}, ["a"]),
    ("vercel's record", {"prompt": "x", "tools": {"a": {"description": "d"}, "b": {}}}, ["a", "b"]),
    (
        "langchain",
        [ASK, {"role": "tool", "content": {"type": "function", "function": {"name": "weather"}}}],
        ["weather"],
    ),
    ("a traced function", {"args": [], "kwargs": {"tools": [{"name": "a"}, {"name": "a"}]}}, ["a"]),
    ("texts", {"tools": ['{"type":"function","name":"a"}', "b"]}, ["a"]),
    ("an answer of a tool", [ASK, {"role": "tool", "content": "rain", "tool_call_id": "c"}], None),
    ("no tools", {"messages": [ASK], "tools": []}, None),
    ("something else", {"tools": {"listChanged": True}, "functions": 3}, None),
    ("names that are none", {"tools": [{"name": ""}, {"name": 3}, {"name": "x" * 300}, "a", None]}, None),
]


@pytest.mark.parametrize(("chat", "names"), [case[1:] for case in OFFERS], ids=[case[0] for case in OFFERS])
def test_offers(chat: Any, names: list[str] | None) -> None:
    assert tool_names_of(payload(chat)) == names


OPENAI = [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]

CALLS: list[tuple[str, Any, list[str] | None]] = [
    ("openai", {"role": "assistant", "content": None, "tool_calls": OPENAI * 2}, ["weather", "weather"]),
    ("openai, whole", {"choices": [{"message": {"role": "assistant", "tool_calls": OPENAI}}]}, ["weather"]),
    ("openai function", {"role": "assistant", "function_call": {"name": "weather"}}, ["weather"]),
    (
        "openai responses",
        {"output": [{"type": "reasoning"}, {"type": "function_call", "name": "weather", "arguments": "{}"}]},
        ["weather"],
    ),
    (
        "anthropic",
        {"role": "assistant", "content": [{"type": "text"}, {"type": "tool_use", "name": "weather"}]},
        ["weather"],
    ),
    ("gemini", {"candidates": [{"content": {"parts": [{"functionCall": {"name": "a"}}]}}]}, ["a"]),
    ("adk", {"content": {"parts": [{"function_call": {"name": "a"}}], "role": "model"}}, ["a"]),
    ("bedrock", {"output": {"message": {"content": [{"toolUse": {"name": "a"}}]}}}, ["a"]),
    (
        "vercel calls",
        [{"toolCallType": "function", "toolCallId": "c", "toolName": "a", "args": "{}"}],
        ["a"],
    ),
    (
        "vercel parts",
        [
            {"role": "assistant", "content": [{"type": "tool-call", "toolCallId": "c", "toolName": "a"}]},
            {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c", "toolName": "a"}]},
        ],
        ["a"],
    ),
    ("vercel result", [{"toolCallId": "c", "toolName": "a", "result": 1}], None),
    (
        "genai parts",
        [{"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "a"}]}],
        ["a"],
    ),
    ("genkit", {"role": "model", "content": [{"toolRequest": {"name": "a", "input": {}}}]}, ["a"]),
    ("pydantic ai", [{"parts": [{"part_kind": "tool-call", "tool_name": "a"}]}], ["a"]),
    (
        "langchain says it three times",
        {
            "type": "ai",
            "content": [{"type": "tool_use", "name": "a"}],
            "tool_calls": [{"name": "a", "args": {}, "id": "c", "type": "tool_call"}],
            "additional_kwargs": {"tool_calls": OPENAI},
        },
        ["a"],
    ),
    (
        "langchain, whole",
        {"generations": [[{"message": {"lc": 1, "kwargs": {"tool_calls": [{"name": "a"}]}}}]]},
        ["a"],
    ),
    ("openllmetry", [{"role": "assistant", "tool_calls": [{"name": "a", "arguments": "{}"}]}], ["a"]),
    (
        "openinference",
        [{"message": {"tool_calls": [{"tool_call": {"function": {"name": "a"}}}]}}],
        ["a"],
    ),
    ("choice events", {"index": 0, "message": json.dumps({"tool_calls": OPENAI})}, ["weather"]),
    ("logfire's choice", {"event.name": "gen_ai.choice", "message": {"tool_calls": OPENAI}}, ["weather"]),
    ("a user's message is no call", {"role": "user", "content": [{"type": "tool_use", "name": "a"}]}, None),
    ("no calls", {"role": "assistant", "content": "I have no tool_calls", "tool_calls": []}, None),
    ("types that are none", {"type": [], "role": {}, "tool_calls": [1, None, {"function": 3}]}, None),
]


@pytest.mark.parametrize(("chat", "names"), [case[1:] for case in CALLS], ids=[case[0] for case in CALLS])
def test_calls(chat: Any, names: list[str] | None) -> None:
    assert tool_call_names_of(payload(chat)) == names


def test_nothing_and_plain_text() -> None:
    for said in (None, payload("tools"), Payload('say "tools": [', 0, True)):
        assert (tool_names_of(said), tool_call_names_of(said)) == (None, None)


def test_what_is_too_large_is_not_read() -> None:
    chat = {"tools": [{"name": "a"}], "tool_calls": [{"name": "a"}], "pad": "x" * MAX_CHARACTERS}
    assert (tool_names_of(payload(chat)), tool_call_names_of(payload(chat))) == (None, None)


def test_names_and_depth_are_bounded() -> None:
    many = [{"name": f"n{number}"} for number in range(2_000)]
    assert len(tool_names_of(payload({"tools": many})) or ()) == MAX_NAMES
    assert len(tool_call_names_of(payload({"tool_calls": many})) or ()) == MAX_NAMES
    deep: Any = {"tool_calls": [{"name": "a"}]}
    for _ in range(50):
        deep = {"message": deep}
    assert tool_call_names_of(payload(deep)) is None


def test_an_observation_s_event_names_its_tools() -> None:
    (patch,) = patches_of(
        decode(
            observation(
                '"input":{"messages":[],"tools":[{"type":"function","function":{"name":"weather"}}]},'
                '"output":{"role":"assistant","tool_calls":[{"function":{"name":"weather"}}]}'
            )
        ).events[0]
    )
    assert (patch.last["tool_names"], patch.last["tool_call_names"]) == (["weather"], ["weather"])


def test_an_observation_without_tools_says_nothing_of_them() -> None:
    (patch,) = patches_of(decode(observation('"input":{"tools":[]},"output":"none"')).events[0])
    assert {"tool_names", "tool_call_names"}.isdisjoint(patch.last)


WORDS = st.sampled_from(
    [
        *(
            "tools",
            "functions",
            "function",
            "name",
            "tool_calls",
            "type",
            "role",
            "content",
            "parts",
            "kwargs",
        ),
        *("message", "tool_use", "tool", "assistant", "toolName", "toolCallId", "function_call", "config"),
        '{"tool_calls":[{"name":"a"}]}',
    ]
)


@given(
    st.recursive(
        st.none() | st.integers() | WORDS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
        max_leaves=30,
    )
)
@settings(max_examples=300, deadline=None)
def test_whatever_is_said(chat: Any) -> None:
    for names in (tool_names_of(payload(chat)), tool_call_names_of(payload(chat))):
        assert names is None or (names and all(isinstance(name, str) and name for name in names))
