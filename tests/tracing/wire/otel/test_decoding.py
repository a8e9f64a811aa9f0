"""Bytes of OTLP in, spans out: each rule in both encodings, and whatever spans, the same from both."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.tracing.wire.otel.exports import any_value, as_json, export_of, pairs
from tests.tracing.wire.otel.spans import SPAN, TRACE
from tracing.wire.otel.errors import InvalidExport, RefusedExport, UnparsableExport
from tracing.wire.otel.export import decode_export
from tracing.wire.otel.spans import Span

NESTED = "nested deeper than 24 levels"


def decoded(message: ExportTraceServiceRequest) -> list[Span]:
    """Return the spans of a message, the same in every form in which it can be sent."""
    spans = decode_export("otlp-protobuf", message.SerializeToString())
    for plain in (False, True):
        assert decode_export("otlp-json", as_json(message, plain=plain)) == spans
    return spans


def in_json(**fields: Any) -> bytes:
    span = {"traceId": TRACE, "spanId": SPAN, **fields}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()


def of_json(**fields: Any) -> Span:
    [span] = decode_export("otlp-json", in_json(**fields))
    return span


def attribute_of_json(value: Any) -> Any:
    return of_json(attributes=[{"key": "k", "value": value}]).attributes


VALUES: dict[str, tuple[Any, Any]] = {
    "text": ("héllo \N{ROCKET}", "héllo \N{ROCKET}"),
    "empty text": ("", ""),
    "nul": ("a\0b", "a\ufffdb"),
    "true": (True, True),
    "false": (False, False),
    "integer": (7, 7),
    "zero": (0, 0),
    "least integer": (-(2**63), -(2**63)),
    "greatest integer": (2**63 - 1, 2**63 - 1),
    "double": (0.1, 0.1),
    "whole double": (3.0, 3.0),
    "zero double": (0.0, 0.0),
    "nan": (float("nan"), "NaN"),
    "infinity": (float("inf"), "Infinity"),
    "minus infinity": (float("-inf"), "-Infinity"),
    "empty list": ([], []),
    "list": (["a", 1, [True, 0.5], float("nan"), None, ""], ["a", 1, [True, 0.5], "NaN", None, ""]),
    "bytes": (b"\0\xff", '{"bytesValue":"AP8="}'),
    "no bytes": (b"", '{"bytesValue":""}'),
    "empty key-value list": ({}, '{"kvlistValue":{"values":[]}}'),
    "key-value list": (
        {"a": "é\0", "b": 2**60, "c": [1.0, None], "d": {"e": float("inf")}, "f": False},
        '{"kvlistValue":{"values":[{"key":"a","value":{"stringValue":"é\ufffd"}},'
        '{"key":"b","value":{"intValue":"1152921504606846976"}},'
        '{"key":"c","value":{"arrayValue":{"values":[{"doubleValue":1.0},{}]}}},'
        '{"key":"d","value":{"kvlistValue":{"values":[{"key":"e","value":{"doubleValue":"Infinity"}}]}}},'
        '{"key":"f","value":{"boolValue":false}}]}}',
    ),
    "key-value list in a list": (
        [{"a": 1}],
        ['{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"1"}}]}}'],
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_the_same_from_both_encodings(name: str) -> None:
    sent, read = VALUES[name]
    [span] = decoded(export_of({"k": sent}))
    assert span.attributes == {"k": read}
    assert type(span.attributes["k"]) is type(read)


def test_an_attribute_without_a_value_is_left_out_and_the_last_of_a_key_counts() -> None:
    message = export_of({"a": None, "b": 1})
    span = message.resource_spans[0].scope_spans[0].spans[0]
    span.attributes.add(key="c")
    span.attributes.extend(pairs({"b": "last", "x\0y": 2}))
    assert decoded(message)[0].attributes == {"b": "last", "x\ufffdy": 2}


JSON_VALUES: list[tuple[Any, Any]] = [
    ({"intValue": "12"}, 12),
    ({"intValue": 12.0}, 12),
    ({"intValue": "twelve"}, "twelve"),
    ({"intValue": "9223372036854775808"}, "9223372036854775808"),
    ({"intValue": 2**70}, str(2**70)),
    ({"intValue": 1.5}, 1.5),
    ({"intValue": 1e20}, "1" + 20 * "0"),
    ({"doubleValue": "0.5"}, 0.5),
    ({"doubleValue": 1}, 1.0),
    ({"doubleValue": "NaN"}, "NaN"),
    ({"doubleValue": "1e400"}, "1e400"),
    ({"doubleValue": "half"}, "half"),
    ({"stringValue": None, "intValue": 3, "boolValue": None}, 3),
    ({"arrayValue": None, "stringValue": "s"}, "s"),
    ({"arrayValue": {}}, []),
    ({"arrayValue": {"values": None}}, []),
    ({"arrayValue": {"values": [None, {"stringValue": "a"}]}}, [None, "a"]),
    ({"bytesValue": {"0": 1, "1": 2}}, '{"bytesValue":{"0":1,"1":2}}'),
    ({"stringValue": "\ud800"}, "\ufffd"),
]


@pytest.mark.parametrize(("value", "read"), JSON_VALUES)
def test_json_has_more_than_one_form_of_a_value(value: Any, read: Any) -> None:
    assert attribute_of_json(value) == {"k": read}


@pytest.mark.parametrize("value", [None, {}, {"stringValue": None}, {"newValue": 1}])
def test_what_says_nothing_in_json_is_left_out(value: Any) -> None:
    assert attribute_of_json(value) == {}


def test_bare_nan_and_control_characters_are_met() -> None:
    raw = in_json(attributes=[{"key": "k", "value": {"doubleValue": float("nan")}}]).replace(
        b'"k"', b'"k\x01"'
    )
    assert decode_export("otlp-json", raw)[0].attributes == {"k\x01": "NaN"}


def test_nothing_is_needed_but_ids() -> None:
    [span] = decoded(export_of({}))
    assert (span.trace_id, span.span_id, span.parent_span_id, span.name) == (TRACE, SPAN, None, "")
    assert (span.start, span.end, span.status_code, span.status_message) == (None, None, 0, "")
    assert (span.attributes, span.events, span.links, span.resource) == ({}, [], [], {})
    nulls = dict.fromkeys(("parentSpanId", "name", "startTimeUnixNano", "endTimeUnixNano", "attributes"))
    assert of_json(**nulls, events=None, links=None, status=None, kind="SPAN_KIND_CLIENT", flags=257) == span


def test_a_whole_span_is_the_same_from_both_encodings() -> None:
    message = export_of({"a": 1}, parent_span_id=b"\1" * 8, name="work\0", start_time_unix_nano=1, kind=3)
    of_resource = message.resource_spans[0]
    of_resource.resource.attributes.extend(pairs({"service.name": "shop"}))
    of_scope = of_resource.scope_spans[0]
    of_scope.scope.name, of_scope.scope.version = "langfuse-sdk", "4.1.0"
    of_scope.scope.attributes.extend(pairs({"public_key": "pk"}))
    sent = of_scope.spans[0]
    sent.end_time_unix_nano = 2**64 - 1
    sent.status.code, sent.status.message = 2, "boom"
    sent.events.add(name="e", time_unix_nano=5, attributes=pairs({"b": [1]}))
    sent.links.add(trace_id=b"\2" * 16, span_id=b"\3" * 8, attributes=pairs({"c": 0.5}))
    of_scope.spans.add().CopyFrom(sent)
    span, other = decoded(message)
    assert (span.parent_span_id, span.name, span.start, span.end) == ("01" * 8, "work\ufffd", 1, 2**64 - 1)
    assert (span.status_code, span.status_message) == (2, "boom")
    assert [(e.name, e.time, e.attributes) for e in span.events] == [("e", 5, {"b": [1]})]
    assert [(link.trace_id, link.span_id, link.attributes) for link in span.links] == [
        ("02" * 16, "03" * 8, {"c": 0.5})
    ]
    assert (span.scope.name, span.scope.version, span.scope.attributes) == (
        "langfuse-sdk",
        "4.1.0",
        {"public_key": "pk"},
    )
    assert span.resource == {"service.name": "shop"}
    assert span.scope is other.scope
    assert span.resource is other.resource


@pytest.mark.parametrize("time", [17, "17", 17.0])
def test_a_time_in_json_may_be_text_or_number(time: Any) -> None:
    assert of_json(startTimeUnixNano=time).start == 17


@pytest.mark.parametrize("code", [2, "2", "STATUS_CODE_ERROR", "ERROR"])
def test_a_status_in_json_may_be_a_name(code: Any) -> None:
    assert of_json(status={"code": code}).status_code == 2
    assert of_json(status={"code": "what"}).status_code == 0


def test_ids_of_json_are_kept_as_they_are_and_lists_of_bytes_become_hex() -> None:
    span = of_json(traceId="Any-ID", spanId=[1, 171], parentSpanId="p" * 800)
    assert (span.trace_id, span.span_id, span.parent_span_id) == ("Any-ID", "01ab", "p" * 800)


@pytest.mark.parametrize("parent", ["", None, 0, False, [], "0000000000000000"])
def test_no_parent_has_many_forms(parent: Any) -> None:
    assert of_json(parentSpanId=parent).parent_span_id is None
    assert decoded(export_of({}, parent_span_id=bytes(8)))[0].parent_span_id is None


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"traceId": ""}, "a span lacks its traceId"),
    ({"traceId": None}, "a span lacks its traceId"),
    ({"spanId": []}, "a span lacks its spanId"),
    ({"traceId": 7}, "traceId must be a string"),
    ({"spanId": {"a": 1}}, "spanId must be a string"),
    ({"spanId": [256]}, "spanId must be a string"),
    ({"spanId": ["a"]}, "spanId must be a string"),
    ({"parentSpanId": 7}, "parentSpanId must be a string"),
    ({"parentSpanId": True}, "parentSpanId must be a string"),
    ({"traceId": "t" * 801}, "traceId must have at most 800 characters"),
    ({"spanId": "a\rb"}, "spanId must not contain a carriage return"),
    ({"attributes": {}}, "Expected `array | null`, got `object`"),
    ({"events": "none"}, "Expected `array | null`, got `str`"),
    ({"events": [{"attributes": {}}]}, "Expected `array | null`, got `object`"),
    ({"attributes": [{"key": "k", "value": {"stringValue": 5}}]}, "Expected `str | null`, got `int`"),
    ({"startTimeUnixNano": "noon"}, "a time must be a number of nanoseconds since 1970"),
    ({"endTimeUnixNano": -1}, "a time must be a number of nanoseconds since 1970"),
    ({"endTimeUnixNano": 2**64}, "a time must be a number of nanoseconds since 1970"),
]


@pytest.mark.parametrize(("fields", "reason"), INVALID)
def test_what_breaks_the_rules_refuses_the_export(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidExport) as refused:
        of_json(**fields)
    assert refused.value.body()["error"].startswith(f"Invalid OTLP trace export: {reason}")


@pytest.mark.parametrize(
    "body", [b'{"resourceSpans":{}}', b'{"resourceSpans":[{"scopeSpans":{}}]}', b"[]", b"1e400"]
)
def test_json_that_is_no_export_is_invalid(body: bytes) -> None:
    with pytest.raises(InvalidExport):
        decode_export("otlp-json", body)


@pytest.mark.parametrize("fields", [{"trace_id": b""}, {"span_id": b""}, {"span_id": b"s" * 401}])
def test_ids_of_protobuf_have_the_same_limits(fields: dict[str, bytes]) -> None:
    with pytest.raises(InvalidExport):
        decode_export("otlp-protobuf", export_of({}, **fields).SerializeToString())


@pytest.mark.parametrize("body", [b"", b"{", b'{"resourceSpans":[', b"\xff", b"{} {}"])
def test_what_is_no_json_cannot_be_parsed(body: bytes) -> None:
    with pytest.raises(UnparsableExport, match="Failed to parse OTel JSON Trace"):
        decode_export("otlp-json", body)


@pytest.mark.parametrize("body", [b"{}", b"\x0a", export_of({"a": 1}).SerializeToString()[:-1]])
def test_what_is_no_protobuf_cannot_be_parsed(body: bytes) -> None:
    with pytest.raises(UnparsableExport, match="Failed to parse OTel Protobuf Trace"):
        decode_export("otlp-protobuf", body)


def test_a_text_cut_within_a_character_costs_that_character_alone() -> None:
    message = export_of({"k": "cut here: XX", "l": ["YY"], "b": b"\xff"}, name="ZZ")
    raw = message.SerializeToString()
    for whole, cut in ((b"XX", b"\xf0\x9f"), (b"YY", b"\xffY"), (b"ZZ", b"\xed\xa0")):
        raw = raw.replace(whole, cut)
    [span] = decode_export("otlp-protobuf", raw)
    assert span.attributes == {"k": "cut here: \ufffd", "l": ["\ufffdY"], "b": '{"bytesValue":"/w=="}'}
    assert span.name == "\ufffd\ufffd"


def nested(depth: int, wrap: Any) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = wrap(value)
    return value


@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"a": inner}], ids=["list", "pairs"])
def test_nesting_has_one_limit_in_both_encodings(wrap: Any) -> None:
    assert decoded(export_of({"k": nested(24, wrap)}))
    message = export_of({"k": nested(25, wrap)})
    for kind, raw in (("otlp-json", as_json(message)), ("otlp-protobuf", message.SerializeToString())):
        with pytest.raises(InvalidExport, match=NESTED):
            decode_export(kind, raw)


def test_json_of_any_depth_is_refused_and_not_overflown() -> None:
    deep = '{"arrayValue":{"values":[' * 100_000 + "]}}" * 100_000
    raw = in_json(attributes=[{"key": "k", "value": "DEEP"}]).replace(b'"DEEP"', deep.encode())
    with pytest.raises(InvalidExport, match="nested too deep"):
        decode_export("otlp-json", raw)


def test_more_spans_than_are_taken_at_once_are_refused() -> None:
    message = ExportTraceServiceRequest()
    spans = message.resource_spans.add().scope_spans.add().spans
    for _ in range(50_001):
        spans.add(trace_id=b"t", span_id=b"s")
    with pytest.raises(InvalidExport, match="at most 50000 spans"):
        decode_export("otlp-protobuf", message.SerializeToString())


@pytest.mark.parametrize("count", [127, 128])
@pytest.mark.parametrize("of", ["resource", "scope"])
def test_a_small_body_does_not_become_gigabytes_of_rows(of: str, count: int) -> None:
    message = ExportTraceServiceRequest()
    resource = message.resource_spans.add()
    scope = resource.scope_spans.add()
    large = resource.resource if of == "resource" else scope.scope
    large.attributes.extend(pairs({"large": "x" * 1_000_000}))
    for _ in range(count):
        scope.spans.add(trace_id=b"t", span_id=b"s")
    raw = message.SerializeToString()
    if count < 128:
        assert len(decode_export("otlp-protobuf", raw)) == count
        return
    with pytest.raises(InvalidExport, match="resources and scopes are too large"):
        decode_export("otlp-protobuf", raw)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LEAVES = (
    st.none() | TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.binary(max_size=4)
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ATTRIBUTES = st.dictionaries(TEXT, TREES, max_size=4)
TIMES = st.integers(0, 2**64 - 1)


@st.composite
def exports(draw: Any) -> ExportTraceServiceRequest:
    message = ExportTraceServiceRequest()
    for _ in range(draw(st.integers(0, 2))):
        of_resource = message.resource_spans.add()
        of_resource.resource.attributes.extend(pairs(draw(ATTRIBUTES)))
        for _ in range(draw(st.integers(0, 2))):
            of_scope = of_resource.scope_spans.add()
            of_scope.scope.name, of_scope.scope.version = draw(TEXT), draw(TEXT)
            for _ in range(draw(st.integers(0, 2))):
                add_span(draw, of_scope.spans.add())
    return message


def add_span(draw: Any, span: Any) -> None:
    span.trace_id, span.span_id = (
        draw(st.binary(min_size=1, max_size=20)),
        draw(st.binary(min_size=1, max_size=9)),
    )
    span.parent_span_id, span.name = draw(st.binary(max_size=9)), draw(TEXT)
    span.start_time_unix_nano, span.end_time_unix_nano = draw(TIMES), draw(TIMES)
    span.status.code, span.status.message = draw(st.integers(0, 2)), draw(TEXT)
    span.attributes.extend(pairs(draw(ATTRIBUTES)))
    span.attributes.add(key=draw(TEXT), value=any_value(draw(TREES)))
    for _ in range(draw(st.integers(0, 1))):
        span.events.add(name=draw(TEXT), time_unix_nano=draw(TIMES), attributes=pairs(draw(ATTRIBUTES)))
        span.links.add(trace_id=b"t", span_id=b"s", attributes=pairs(draw(ATTRIBUTES)))


@settings(max_examples=200, deadline=None)
@given(exports())
def test_whatever_the_spans_both_encodings_say_the_same(message: ExportTraceServiceRequest) -> None:
    spans = decoded(message)
    assert len(spans) == sum(len(s.spans) for r in message.resource_spans for s in r.scope_spans)
    json.dumps([span.attributes for span in spans], allow_nan=False).encode()
    assert "\0" not in json.dumps([span.attributes for span in spans], ensure_ascii=False)


@settings(max_examples=300, deadline=None)
@given(exports(), st.data())
def test_whatever_the_bytes_only_stated_errors_come(message: ExportTraceServiceRequest, data: Any) -> None:
    kind = data.draw(st.sampled_from(["otlp-json", "otlp-protobuf"]))
    raw = bytearray(as_json(message) if kind == "otlp-json" else message.SerializeToString())
    for _ in range(data.draw(st.integers(0, 3)) if raw else 0):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        spans = decode_export(kind, bytes(raw))
    except RefusedExport as error:
        assert (error.status, list(error.body())) == (400, ["error"])
    else:
        assert decode_export(kind, bytes(raw)) == spans
