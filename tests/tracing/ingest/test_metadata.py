"""Merging metadata in any order of arrival equals merging it in the order of clocks."""

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from langfuse_site.lib.exact_json import exact_dumps
from tracing.ingest.metadata import collapse, merge_metadata
from tracing.wire.patches import Clock

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["", "x"]))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.dictionaries(st.sampled_from("abc"), inner), st.lists(inner, max_size=3)),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)
WRITES = st.lists(st.tuples(st.tuples(st.integers(1, 4), st.integers(0, 2)), OBJECTS), min_size=1, max_size=6)


def kind(value: Any) -> int:
    return 2 if isinstance(value, dict) else 1 if isinstance(value, list) else 0


def plain_merge(old: Any, new: Any) -> Any:
    """The meaning in its plainest form: the later write over the earlier."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {
            k: plain_merge(old[k], new[k]) if k in old and k in new else new.get(k, old.get(k))
            for k in old | new
        }
    if isinstance(old, list) and isinstance(new, list):
        shared = [plain_merge(a, b) for a, b in zip(old, new, strict=False)]
        return shared + (old[len(shared) :] or new[len(shared) :])
    return new


def merged(writes: list[tuple[Clock, Any]]) -> Any:
    (clock, value), *rest = [copy.deepcopy(write) for write in writes]
    node: Any = clock
    for clock, write in rest:
        value, node = merge_metadata(value, node, write=write, clock=clock)
    collapse(node)
    return value


@settings(max_examples=300, deadline=None)
@given(writes=WRITES, data=st.data())
def test_any_order_of_distinct_clocks_equals_the_order_of_clocks(
    writes: list[tuple[Clock, Any]], data: Any
) -> None:
    distinct = list(dict(writes).items())
    value: Any = {}
    for _, write in sorted(distinct, key=lambda pair: pair[0]):
        value = plain_merge(value, copy.deepcopy(write))
    assert merged(data.draw(st.permutations(distinct))) == value


@settings(max_examples=300, deadline=None)
@given(writes=WRITES, data=st.data())
def test_ties_and_repeats_give_the_same_in_every_order(writes: list[tuple[Clock, Any]], data: Any) -> None:
    twice = writes + writes[:2]
    one, other = data.draw(st.permutations(twice)), data.draw(st.permutations(writes))
    assert exact_dumps(_sorted(merged(one))) == exact_dumps(_sorted(merged(other)))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _sorted(v) for k, v in sorted(value.items())}
    return [_sorted(v) for v in value] if isinstance(value, list) else value
