"""What a batch is split into, what is refused and how it is named."""

import threading
from datetime import UTC, datetime

import msgspec
import pytest

from langfuse_site.lib.errors import InvalidRequest
from tests.tracing.wire.batches import NOON, body_of, decode, event, observation, refusal_of, trace
from tracing.wire.decode import MAX_EVENTS, InvalidBatch, decode_batch, denied, in_batch_order
from tracing.wire.text import MAX_DEPTH


def test_a_good_batch_keeps_its_order_and_knows_its_times() -> None:
    decoded = decode(trace(), event("span-update", '{"id":"s"}', time="2024-05-01T14:30:00.25+02:30"))
    assert [(one.index, one.id, one.type, one.is_update) for one in decoded.events] == [
        (0, "e", "trace-create", False),
        (1, "e", "span-update", True),
    ]
    assert decoded.events[1].time == datetime(2024, 5, 1, 12, 0, 0, 250000, tzinfo=UTC)
    assert decoded.events[1].time.tzinfo is UTC
    assert (decoded.rejections, decoded.logs) == ([], [])


def test_successes_are_listed_creates_first_and_by_time() -> None:
    early = "2024-05-01T11:00:00Z"
    decoded = decode(
        event("span-update", '{"id":"s"}', id="update", time=early),
        event(id="late"),
        event(id="early", time=early),
    )
    assert [one.id for one in in_batch_order(decoded.events)] == ["early", "late", "update"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1", b'{"batch":[tru]}', b'{"batch":[]} x', b'{"batch":[01]}', b"\xff"]
)
def test_what_is_no_json_is_refused_whole(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as raised:
        decode_batch(body, bodies={})
    assert raised.value.status == 400
    assert "not valid JSON" in raised.value.message


@pytest.mark.parametrize(
    "body", [b"5", b"[]", b"{}", b'{"batch":{}}', b'{"batch":null}', b'{"batch":[1],"batch":2}']
)
def test_what_is_no_batch_is_refused_whole(body: bytes) -> None:
    with pytest.raises(InvalidBatch) as raised:
        decode_batch(body, bodies={})
    answer = raised.value.body()
    assert (raised.value.status, answer["message"]) == (400, "Invalid request data")
    assert [type(line) for line in answer["errors"]] == [str]


def test_extra_keys_are_ignored_and_the_last_of_a_repeated_key_counts() -> None:
    decoded = decode_batch(
        b'{"x":1,"metadata":{"batch_size":1},"batch":5,"batch":[%b]}' % trace('"more":{"x":[1]}').encode(),
        bodies={},
    )
    assert len(decoded.events) == 1
    twice = f'{{"id":1,"id":"e","type":"x","type":"trace-create","timestamp":"{NOON}","body":{{"id":1,"id":"t"}}}}'
    assert body_of(twice).id == "t"
    assert decode_batch(b'{"batch":[]}', bodies={}).events == []


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("5", ("unknown", "not-an-object")),
        ("null", ("unknown", "not-an-object")),
        ("[" * 100_000 + "]" * 100_000, ("unknown", "not-an-object")),
        ("{}", ("unknown", "invalid-type")),
        ('{"id":5,"type":"trace-create"}', ("unknown", "invalid-id")),
        ('{"id":"q","type":5}', ("q", "invalid-type")),
        (event("nonsense", id="q"), ("q", "unknown-type")),
        (event("agent-update", id="q"), ("q", "unknown-type")),
        (event("dataset-run-item-create", id="q"), ("q", "internal-type")),
        (event(id=""), ("", "invalid-id")),
        (event(id="x" * 801), ("x" * 801, "invalid-id")),
        (event(id="a\rb"), ("a\rb", "invalid-event")),
        (event(time="2024-05-01T12:00:00"), ("e", "invalid-timestamp")),
        (event(time="0001-01-01T00:00:00+05:00"), ("e", "invalid-event")),
        (event(time="9999-12-31T23:59:59-05:00"), ("e", "invalid-event")),
        (event(body="5"), ("e", "invalid-body")),
        (event("span-create", "{}"), ("e", "invalid-id")),
        (trace('"timestamp":"2024-05-01T12:00:00"'), ("e", "invalid-timestamp")),
        (trace('"timestamp":1714560000'), ("e", "invalid-timestamp")),
        (trace('"name":5'), ("e", "invalid-name")),
        (trace('"name":"' + "x" * 1001 + '"'), ("e", "invalid-name")),
        (trace('"tags":["a",1]'), ("e", "invalid-tags")),
        (trace('"public":"yes"'), ("e", "invalid-public")),
        (trace(id="a\\r"), ("e", "invalid-body")),
        (observation('"level":"debug"'), ("e", "invalid-level")),
        (observation('"modelParameters":{"a":{"b":1}}'), ("e", "invalid-modelParameters")),
        (observation('"modelParameters":{"a":1e400}'), ("e", "invalid-modelParameters")),
        (observation(f'"modelParameters":{{"a":{"9" * 5000}}}'), ("e", "invalid-modelParameters")),
        (observation(f'"modelParameters":{{"a":{2**70}}}'), ("e", "invalid-modelParameters")),
        (observation('"usage":{"input":1.5}'), ("e", "invalid-usage")),
        (observation('"usage":{"input":NaN}'), ("e", "invalid-usage")),
        (observation('"usageDetails":[]'), ("e", "invalid-usageDetails")),
        (observation('"promptName":"p"'), ("e", "invalid-body")),
        (observation('"promptName":"p","promptVersion":1.5'), ("e", "invalid-body")),
        (observation(f'"promptName":"p","promptVersion":{2**31}'), ("e", "invalid-body")),
        (observation(kind="observation-create"), ("e", "invalid-type")),
        (observation('"type":"AGENT"', kind="observation-create"), ("e", "invalid-type")),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_bad_event_is_named_and_its_neighbours_stay(element: str, expected: tuple[str, str]) -> None:
    assert refusal_of(element)[:2] == expected


def test_an_error_names_the_field_and_the_kind_that_came() -> None:
    assert refusal_of(trace('"name":5'))[2:] == (["body", "name"], "Expected `str | null`, got `int`")


@pytest.mark.parametrize(
    "element",
    [
        event(id="\U0001f600" * 800),
        trace(f'"userId":"{"u" * 100_000}","name":"{"n" * 1000}"'),
        trace(
            '"id":null,"timestamp":null,"name":null,"public":null,"tags":null,"metadata":null,"input":null'
        ),
        event(body="{}"),
        observation('"promptName":"","promptVersion":0'),
        observation('"promptName":"p","promptVersion":3.0'),
        observation(
            '"parentObservationId":"","usage":null,"usageDetails":{},"costDetails":null,"level":null'
        ),
        observation('"modelParameters":{"a":1,"b":0.5,"c":true,"d":["x"],"e":{"f":"g"},"h":null,"i":"j"}'),
        observation('"environment":{"not":["a","string"]}'),
        observation('"type":"EVENT","id":null', kind="observation-update"),
        *(
            observation(kind=f"{kind}-create")
            for kind in ("span", "event", "agent", "tool", "chain", "retriever")
        ),
        *(
            observation(kind=f"{kind}-create")
            for kind in ("evaluator", "embedding", "guardrail", "generation")
        ),
        observation(kind="generation-update"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_the_rules_allow_is_taken(element: str) -> None:
    decoded = decode(element)
    assert (len(decoded.events), decoded.rejections) == (1, [])


def test_sdk_logs_are_in_neither_list() -> None:
    decoded = decode(event("sdk-log", '{"log":{"level":"info"}}'), trace())
    assert ([one.index for one in decoded.logs], [one.index for one in decoded.events]) == ([0], [1])
    assert refusal_of(event("sdk-log", "{}"))[1] == "invalid-log"


def test_an_event_that_its_key_may_not_write() -> None:
    rejection = denied(decode(trace()).events[0])
    assert rejection.item() == {
        "id": "e",
        "status": 401,
        "message": "Authentication error",
        "error": "Access Scope Denied",
    }


class Note(msgspec.Struct, frozen=True):
    text: str
    extra: msgspec.Raw = msgspec.Raw()


def test_companions_bring_their_own_bodies() -> None:
    raw = b'{"batch":[%b,%b]}' % (
        event("note-create", '{"text":"hi"}').encode(),
        event("note-create", f'{{"text":"hi","extra":{"[" * 150}{"]" * 150}}}').encode(),
    )
    decoded = decode_batch(raw, bodies={"note-create": Note})
    assert [one.body.text for one in decoded.events if isinstance(one.body, Note)] == ["hi"]
    assert [one.reason for one in decoded.rejections] == ["too-deep"]


def nested(levels: int, *, opener: str = "[", closer: str = "]") -> str:
    return opener * levels + closer * levels


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 300, 900, 1000, 5000, 100_000])
@pytest.mark.parametrize("field", ["input", "output", "metadata"])
def test_deep_nesting_is_refused_with_a_clear_message(levels: int, field: str) -> None:
    wire_id, reason, path, message = refusal_of(trace(f'"{field}":{nested(levels)}'))
    assert (wire_id, reason, path) == ("e", "too-deep", ["body", field])
    assert message == f"Arrays and objects are nested deeper than {MAX_DEPTH} levels"


def test_depth_is_counted_outside_of_strings_only() -> None:
    brackets = '"' + "[{" * 5000 + '\\"[' * 500 + '"'
    flat = "[" + ",".join(["{}"] * 5000) + "]"
    decoded = decode(trace(f'"input":{brackets}'), trace(f'"input":[{brackets},{flat}]'))
    assert len(decoded.events) == 2
    deep = '{"]}":' * 200 + "1" + "}" * 200
    assert refusal_of(trace(f'"input":{deep},"output":"{"{" * 200}"'))[1] == "too-deep"


@pytest.mark.parametrize("levels", [MAX_DEPTH, 900, 100_000])
def test_deep_nesting_in_what_is_ignored_harms_nothing(levels: int) -> None:
    ignored = '{"a":' * levels + "1" + "}" * levels
    good = trace('"extra":' + ignored + ',"input":[1]')
    raw = f'{{"metadata":{ignored},"batch":[{good}]}}'.encode()
    assert len(decode_batch(raw, bodies={}).events) == 1


def test_depth_is_judged_alike_on_a_shallow_and_a_deep_stack() -> None:
    def descend(levels: int) -> list[int]:
        if levels:
            return descend(levels - 1)
        batch = [trace(f'"input":{nested(depth)}') for depth in (MAX_DEPTH, MAX_DEPTH + 1, 600)]
        return [one.index for one in decode(*batch, trace(f'"x":{nested(700)}')).events]

    found: list[list[int]] = []
    thread = threading.Thread(target=lambda: found.extend([descend(0), descend(600)]))
    thread.start()
    thread.join()
    assert found == [[0, 3], [0, 3]]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"a\u0000b", "a�b"),
        (b"a\x00b", "a�b"),
        (rb"\ud800", "�"),
        (rb"\uDFFFx", "�x"),
        (rb"\ud83d\ude00", "😀"),
        (rb"\ud83d\ud83d\ude00", "�😀"),
        (rb"\ude00\ud83d", "��"),
        (rb"\\ud800", r"\ud800"),
        (rb"\\\ud800", "\\�"),
        (rb"\\ud83d\ude00", "\\ud83d�"),
        (rb"\\u0000\n", "\\u0000\n"),
        (b"\xff", "�"),
        (b"\xed\xa0\x80", "���"),
        ("é😀".encode(), "é😀"),
    ],
)
def test_text_that_cannot_be_stored_is_made_storable(written: bytes, read: str) -> None:
    element = b'{"id":"e","type":"trace-create","timestamp":"%b","body":{"id":"t","name":"%b"}}'
    assert body_of(element % (NOON.encode(), written)).name == read


def test_a_byte_order_mark_is_no_part_of_the_json() -> None:
    assert decode_batch(b'\xef\xbb\xbf{"batch":[%b]}' % trace().encode(), bodies={}).rejections == []


def test_what_json_lacks_becomes_text() -> None:
    body = body_of(trace('"name":"NaN","metadata":{"a":NaN,"b":[Infinity,-Infinity],"c":"x NaN","d":"\t"}'))
    assert bytes(body.metadata) == b'{"a":"NaN","b":["Infinity","-Infinity"],"c":"x NaN","d":"\\u0009"}'
    assert body.name == "NaN"


def test_numbers_in_payloads_keep_their_digits() -> None:
    numbers = '{"a":1e400,"b":%s,"c":0.10000000000000000000001,"d":1.0}' % ("7" * 5000)
    body = body_of(trace(f'"input":{numbers},"metadata":{numbers}'))
    assert (bytes(body.input).decode(), bytes(body.metadata).decode()) == (numbers, numbers)


def test_too_many_elements_are_refused_as_a_whole() -> None:
    body = b'{"batch":[' + b",".join([b"0"] * (MAX_EVENTS + 1)) + b"]}"
    with pytest.raises(InvalidBatch, match="Invalid request data"):
        decode_batch(body, bodies={})
