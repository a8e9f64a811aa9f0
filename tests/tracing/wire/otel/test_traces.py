"""What spans say of their traces: roots, others, and the earliest of all."""

import json
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracing.wire.otel.mapped import patches, rows, trace
from tests.tracing.wire.otel.spans import PARENT, START, TRACE, span
from tracing.wire.otel import trace as words
from tracing.wire.otel.spans import Span

MICROSECOND = 1000


@pytest.mark.parametrize(
    ("column", "keys"), [("user_id", words.USER), ("session_id", words.SESSION), ("name", words.NAME)]
)
def test_texts(column: str, keys: tuple[str, ...]) -> None:
    for key in keys:
        assert trace(span({key: "said"})).last[column] == "said"
    for first, second in pairwise(keys):
        assert trace(span({second: "second", first: "first"})).last[column] == "first"
        assert trace(span({second: "second", first: ""})).last[column] == "second"


def test_texts_that_python_encoded_once_more() -> None:
    key = "langfuse.trace.metadata.langfuse_user_id"
    assert trace(span({key: '"u"'})).last["user_id"] == "u"


@pytest.mark.parametrize("key", words.TAGS)
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["a", "b"], ("a", "b")),
        ('["a","b"]', ("a", "b")),
        ("a, b ,", ("a", "b")),
        ("a", ("a",)),
        ('"a,b"', ("a", "b")),
        ("[a", ("[a",)),
        ([1, None, ""], ("1",)),
        ("[1e400]", ("[1e400]",)),
        (5, ("5",)),
        ([], ()),
    ],
)
def test_tags(key: str, said: Any, expected: tuple[str, ...]) -> None:
    assert trace(span({key: said})).tags == expected


@pytest.mark.parametrize("key", words.PUBLIC)
@pytest.mark.parametrize(("said", "expected"), [(True, True), ("true", True), (False, False), ("no", False)])
def test_public(key: str, said: Any, expected: bool) -> None:
    assert trace(span({key: said})).last["public"] is expected


def test_a_root_says_everything() -> None:
    patch = trace(
        span(
            {
                "langfuse.release": "r",
                "langfuse.version": "v",
                "langfuse.environment": "prod",
                "input.value": "in",
            }
        )
    )
    assert patch.last == {"name": "work", "version": "v", "release": "r"}
    assert patch.first["environment"] == (False, "prod")
    assert patch.clock == (START // 1000, 0)
    assert patch.input is not None
    assert patch.input.text == "in"


def test_release_of_the_resource() -> None:
    assert trace(span(resource={"langfuse.release": "r"})).last["release"] == "r"


@pytest.mark.parametrize("said", [True, "true"])
def test_a_span_marked_as_root_has_a_parent_and_is_one(said: Any) -> None:
    patch = trace(span({"langfuse.internal.as_root": said}, parent=PARENT))
    assert patch.last["name"] == "work"


def test_another_span_only_dates_the_trace() -> None:
    patch = trace(span({"langfuse.environment": "prod", "input.value": "in"}, parent=PARENT))
    assert (patch.last, patch.input, patch.metadata, patch.tags) == ({}, None, None, ())
    assert patch.first["environment"] == (True, "prod")
    assert patch.clock == (START // 1000, 1)


@pytest.mark.parametrize(
    "key",
    [
        *("langfuse.trace.name", "langfuse.trace.input", "langfuse.trace.output", "langfuse.trace.metadata"),
        *("langfuse.trace.public", "langfuse.trace.tags", "user.id", "session.id", "langfuse.user.id"),
        *("langfuse.session.id", "langfuse.observation.metadata.langfuse_user_id", "tag.tags"),
        *("langfuse.observation.metadata.langfuse_session_id", "langfuse.observation.metadata.langfuse_tags"),
        *("langfuse.trace.metadata.langfuse_user_id", "langfuse.trace.metadata.langfuse_tags"),
        *("ai.telemetry.metadata.sessionId", "ai.telemetry.metadata.userId", "ai.telemetry.metadata.tags"),
        "langfuse.trace.metadata.anything",
    ],
)
def test_another_span_updates_the_trace_where_it_says_something_of_it(key: str) -> None:
    patch = trace(span({key: "true"}, parent=PARENT))
    assert patch.metadata is not None
    assert "attributes" not in json.loads(patch.metadata)
    assert patch.clock == (START // 1000, 1)
    assert ("name" in patch.last) == (key == "langfuse.trace.name")


def test_conversations_of_frameworks_are_sessions_only_on_roots() -> None:
    said = {"gen_ai.conversation.id": "c"}
    assert trace(span(said)).last["session_id"] == "c"
    assert "session_id" not in trace(span(said, parent=PARENT)).last


def test_what_all_spans_say_alike_is_one_patch() -> None:
    one = span({"session.id": "s"}, parent=PARENT)
    spans = [msgspec.structs.replace(one, span_id=str(n), start=START + n * MICROSECOND) for n in range(9)]
    found = [patch for patch in patches(*spans) if patch.kind == "trace"]
    assert sorted(patch.clock for patch in found) == [(START // 1000, 1), (START // 1000 + 8, 1)]


def test_the_word_of_a_child_beats_what_its_root_implies_at_the_same_moment() -> None:
    root, child = span(span_id="a"), span({"langfuse.trace.name": "said"}, parent="a", span_id="b")
    assert rows([[root, child]])["trace", TRACE]["name"] == "said"


def test_the_earliest_span_dates_the_trace_and_the_root_names_its_environment() -> None:
    early = span({"langfuse.environment": "early"}, parent=PARENT, span_id="a", start=START - 10**9)
    root = span({"langfuse.environment": "root"}, span_id="b")
    for order in ([[early, root]], [[root, early]], [[root], [early]], [[early], [root]]):
        row = rows(order)["trace", TRACE]
        assert row["timestamp"].second == 59
        assert row["environment"] == "root"


WORDS = st.dictionaries(
    st.sampled_from(
        [
            *(
                "langfuse.trace.name",
                "user.id",
                "session.id",
                "langfuse.trace.tags",
                "langfuse.trace.metadata.a",
            ),
            *(
                "langfuse.environment",
                "langfuse.trace.input",
                "langfuse.version",
                "langfuse.internal.as_root",
            ),
        ]
    ),
    st.sampled_from(["a", "b", "true", '{"x":1}']),
)
SPANS = st.lists(
    st.builds(
        lambda attributes, place, moment, parent: span(
            attributes,
            span_id=f"s{place}",
            parent=parent,
            start=None if moment is None else START + moment * MICROSECOND,
            end=None,
        ),
        WORDS,
        st.integers(0, 9),
        st.sampled_from([None, 0, 1, 2000]),
        st.sampled_from([None, PARENT]),
    ),
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(SPANS, st.data())
def test_any_order_and_grouping_gives_the_same_rows(spans: list[Span], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(spans))
    cut = data.draw(st.integers(0, len(spans)))
    expected = rows([spans])
    assert rows([shuffled]) == expected
    assert rows([shuffled[:cut], shuffled[cut:]]) == expected
    assert rows([[each] for each in shuffled]) == expected
