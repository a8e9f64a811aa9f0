"""What is worked out of keys alone: nothing is left unasked that would have answered, and little is remembered."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.tracing.wire.otel.mapped import NOW
from tests.tracing.wire.otel.spans import span
from tests.tracing.wire.otel.test_patches import ATTRIBUTES, KNOWN, SCOPES, VALUES
from tracing.wire.otel import experiments, keys, tools
from tracing.wire.otel.keys import key_set_of
from tracing.wire.otel.patches import OF_CALLS, OF_GENERATIONS, RARE
from tracing.wire.otel.payloads import CONVENTIONS, conventions_of
from tracing.wire.otel.reading import readings_of
from tracing.wire.otel.types import RULES
from tracing.wire.otel.usage import USAGE

MORE = [
    *("ai.telemetry.functionId", "langfuse.internal.is_app_root", "flue.task.id", "gen_ai.tool.call.id"),
    *(*experiments.TEXTS.values(), *tools.DEFINITIONS, *tools.REQUESTS, *tools.RESPONSES, tools.LIVEKIT),
    *("llm.tools.0.name", "llm.output_messages.0.message.role", "gen_ai.completion.0.tool_calls.0.name"),
]
SAID = st.dictionaries(st.sampled_from(KNOWN + MORE), VALUES, max_size=4)


@settings(max_examples=500, deadline=None)
@given(SAID, st.sampled_from(SCOPES))
@example({"gen_ai.completion.0.tool_calls.0.name": "search"}, "")
def test_what_is_not_asked_would_not_have_answered(said: dict[str, Any], scope: str) -> None:
    one = span(said, scope=scope)
    (reading,) = readings_of([one], received_at=NOW)
    for column in RARE + OF_GENERATIONS + OF_CALLS:
        assert reading.keys.have(column.keys) or column.read(reading) is None, column.name
    for name, rule in RULES:
        assert rule.keys is None or reading.keys.have(rule.keys) or rule.read(one) is None, name
    for convention in CONVENTIONS:
        assert convention in reading.keys.among(conventions_of) or convention.read(one) is None
    offered, called = (
        tools.tool_names_of(one, reading.keys, None),
        tools.tool_call_names_of(one, reading.keys, None),
    )
    assert offered is None or reading.keys.have(tools.OFFERS)
    assert called is None or reading.keys.have(tools.CALLS)


@given(ATTRIBUTES)
def test_spans_with_the_same_keys_share_a_set_of_them(said: dict[str, Any]) -> None:
    assert key_set_of(said) is key_set_of(dict.fromkeys(said))
    assert key_set_of(said).keys == tuple(said)


def test_parts_are_named_by_what_follows_a_prefix() -> None:
    found = key_set_of(dict.fromkeys(("gen_ai.usage.input", "other", "llm.token_count.a.b", "gen_ai.usage.")))
    assert found.parts(USAGE) == (("gen_ai.usage.input", "input"), ("llm.token_count.a.b", "a.b"))


def test_neither_many_sets_nor_large_ones_stay_in_memory() -> None:
    for number in range(3 * keys.MAX_REMEMBERED):
        key_set_of({f"key-{number}": 1})
    key_set_of({"k" * 100_000: 1})
    key_set_of({str(number): 1 for number in range(1_000)})
    known = keys._remembered
    assert len(known) <= keys.MAX_REMEMBERED
    assert max(map(len, known)) <= keys.MAX_REMEMBERED_KEYS
    assert max(sum(map(len, each)) for each in known) <= keys.MAX_REMEMBERED_CHARACTERS
