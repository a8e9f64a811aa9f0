"""Score events in any order, in any batches, some of them twice: the row is the same, and the expected one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from langfuse_site.lib.exact_json import exact_dumps, exact_loads
from scoring.fold import Content, Origin, ScorePatch, ScoreState, fold
from scoring.rows import from_row, to_row

START = datetime(2026, 5, 1, tzinfo=UTC)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=5,
)
metadata = st.none() | st.dictionaries(st.sampled_from("abc"), values, min_size=1, max_size=3).map(
    exact_dumps
)


@st.composite
def patches(draw: st.DrawFn) -> ScorePatch:
    second, index = draw(st.integers(0, 3)), draw(st.integers(0, 1))
    return ScorePatch(
        id="s" * 300,
        clock=(second * 1_000_000, index),
        origin=Origin(
            START + timedelta(seconds=second), draw(st.sampled_from(["default", "prod"])), "t" * 300
        ),
        content=Content(
            "n", draw(st.sampled_from([0.0, 1.0])), draw(st.none() | st.just("x")), "", "NUMERIC", "API"
        ),
        received_at=START + timedelta(minutes=draw(st.integers(0, 5))),
        metadata=draw(metadata),
    )


def seen(state: ScoreState) -> dict[str, Any]:
    said = {name: getattr(state, name) for name in ScoreState.__slots__ if not name.startswith("metadata")}
    return {**said, "metadata": exact_loads(state.metadata or "{}")}


def digest(batches: list[list[ScorePatch]]) -> ScoreState:
    state: ScoreState | None = None
    for batch in batches:
        state = from_row(to_row(fold(state, batch)))
    assert state is not None
    return state


@settings(max_examples=150, deadline=None)
@given(events=st.lists(patches(), min_size=1, max_size=5), data=st.data())
def test_any_order_any_batches_twice(events: list[ScorePatch], data: st.DataObject) -> None:
    again = data.draw(st.permutations([*events, *data.draw(st.lists(st.sampled_from(events), max_size=2))]))
    cut = data.draw(st.integers(1, len(again)))
    assert seen(digest([events])) == seen(digest([batch for batch in (again[:cut], again[cut:]) if batch]))


def merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: merged(old.get(key), part) for key, part in new.items()}}
    if isinstance(old, list) and isinstance(new, list):
        return [merged(old[i] if i < len(old) else None, new[i]) for i in range(len(new))] + old[len(new) :]
    return new


@settings(max_examples=100, deadline=None)
@given(
    events=st.lists(patches(), min_size=1, max_size=5, unique_by=lambda patch: patch.clock), data=st.data()
)
def test_is_what_the_clocks_say(events: list[ScorePatch], data: st.DataObject) -> None:
    in_time = sorted(events, key=lambda patch: patch.clock)
    state = digest([[one] for one in data.draw(st.permutations(events))])
    expected: Any = {}
    for event in in_time:
        expected = merged(expected, msgspec.json.decode(event.metadata or "{}"))
    assert (state.origin, state.content) == (in_time[0].origin, in_time[-1].content)
    assert exact_loads(state.metadata or "{}") == expected
    assert state.created_at == min(event.received_at for event in events)
