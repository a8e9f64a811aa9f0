"""Observations in, their tree out: whatever their parents say, each stands in it once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tracing.queries.screens import Node, TreeRow, arrange
from tracing.ui.axis import UNITS, on_axis

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def node(id_: str, parent: str | None = None, *, after: int = 0, lasts: int | None = 1) -> Node:
    start = NOON + timedelta(seconds=after)
    end = None if lasts is None else start + timedelta(seconds=lasts)
    return Node(id_, None, parent, "SPAN", None, "DEFAULT", start, end, None, 0, None)


def drawn(rows: list[TreeRow]) -> list[tuple[str, int]]:
    return [(row.node.id, row.depth) for row in rows]


def test_children_follow_their_parent_in_order_of_start() -> None:
    rows = arrange(
        [node("a"), node("b"), node("a1", "a"), node("b1", "b"), node("a2", "a"), node("a11", "a1")]
    )
    assert drawn(rows) == [("a", 0), ("a1", 1), ("a11", 2), ("a2", 1), ("b", 0), ("b1", 1)]


def test_an_unknown_parent_and_a_circle() -> None:
    rows = arrange([node("x", "y"), node("y", "x"), node("lost", "gone"), node("self", "self")])
    assert drawn(rows) == [("lost", 0), ("x", 0), ("y", 1), ("self", 0)]


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.one_of(st.none(), st.integers(0, 25))), unique_by=lambda n: n[0]
    )
)
def test_each_stands_in_the_tree_once(pairs: list[tuple[int, int | None]]) -> None:
    nodes = [node(str(id_), None if parent is None else str(parent)) for id_, parent in pairs]
    assert sorted(row.node.id for row in arrange(nodes)) == sorted(node.id for node in nodes)


def test_a_chain_deeper_than_the_stack() -> None:
    rows = arrange([node(str(n), str(n - 1) if n else None) for n in range(30_000)])
    assert rows[-1].depth == 29_999


def test_bars_stand_on_one_axis() -> None:
    rows = arrange(
        [node("a", lasts=10), node("b", "a", after=5, lasts=5), node("c", "a", after=10, lasts=None)]
    )
    bars = [
        (bar.bar_start, bar.bar_width) for bar in on_axis(rows, begin=NOON, end=NOON + timedelta(seconds=10))
    ]
    assert bars[:2] == [(0, UNITS), (UNITS // 2, UNITS // 2)]
    assert bars[2][0] + bars[2][1] == UNITS
