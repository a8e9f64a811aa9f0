"""What a span said, kept beside what became of it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.tracing.wire.otel.spans import PARENT, START, event, span
from tests.tracing.wire.otel.test_payloads import ATTRIBUTES, STRINGS
from tracing.wire.otel.payloads import observation_io
from tracing.wire.otel.raw import raw_span, read_raw
from tracing.wire.otel.spans import Span, SpanLink

LONG = '{"question":"' + "why? " * 40 + '"}'


def kept(said: Span) -> dict[str, Any]:
    given_, made = observation_io(said)
    text = raw_span(said, given_, made)
    return read_raw(text, given_.text if given_ else None, made.text if made else None)


def test_all_that_a_span_says_is_kept() -> None:
    said = span(
        {"input": "short", "n": 2**63 - 1, "x": 0.1, "flag": True, "list": ["a", 1]},
        name="ask",
        parent=PARENT,
        scope="mine",
        scope_attributes={"public_key": "pk"},
        resource={"service.name": "shop"},
        status=(2, "boom"),
        events=[event("exception", {"exception.message": "no"})],
        links=[SpanLink("t", "s", {"why": "retry"})],
    )
    assert kept(said) == {
        "name": "ask",
        "start": START,
        "end": said.end,
        "status": {"code": 2, "message": "boom"},
        "attributes": said.attributes,
        "events": [{"name": "exception", "time": START, "attributes": {"exception.message": "no"}}],
        "links": [{"traceId": "t", "spanId": "s", "attributes": {"why": "retry"}}],
        "scope": {"name": "mine", "version": "1.0.0", "attributes": {"public_key": "pk"}},
        "resource": {"service.name": "shop"},
    }


def test_a_payload_is_stored_once() -> None:
    said = span({"input.value": LONG, "output.value": LONG + " ", "copy": LONG})
    given_, made = observation_io(said)
    text = raw_span(said, given_, made)
    assert "why?" not in text
    assert kept(said)["attributes"] == said.attributes


def test_nor_is_one_that_came_in_an_event() -> None:
    said = span(events=[event("gen_ai.content.prompt", {"gen_ai.prompt": LONG})])
    assert "why?" not in raw_span(said, *observation_io(said))
    assert kept(said)["events"][0]["attributes"] == {"gen_ai.prompt": LONG}


def test_a_payload_that_was_made_of_attributes_leaves_them_whole() -> None:
    said = span({"ai.response.text": LONG, "ai.response.toolCalls": "[]", "ai.prompt": "p"}, scope="ai")
    assert kept(said)["attributes"] == said.attributes


def test_a_text_that_is_no_longer_stored_stays_a_reference() -> None:
    said = span({"input.value": LONG})
    text = raw_span(said, *observation_io(said))
    reference = {"same as": "input", "length": len(LONG)}
    assert read_raw(text, "another", None)["attributes"] == {"input.value": reference}
    assert read_raw(text, None, None)["attributes"] == {"input.value": reference}


@given(ATTRIBUTES, STRINGS)
def test_whatever_a_span_says_comes_back(attributes: dict[str, Any], name: str) -> None:
    said = span(attributes, name=name, events=[event(name, attributes)])
    read = kept(said)
    assert read["attributes"] == attributes
    assert read["events"][0]["attributes"] == attributes
    assert "\0" not in raw_span(said, *observation_io(said))


@given(st.integers(min_value=95, max_value=105))
def test_short_texts_are_not_worth_a_reference(size: int) -> None:
    said = span({"input": "x" * size})
    text = raw_span(said, *observation_io(said))
    assert ("x" * size in text) == (size <= 100)
