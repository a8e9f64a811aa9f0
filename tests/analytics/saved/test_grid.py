"""Tiles that move: in their row, between rows, and wider, never upon each other."""

from itertools import combinations
from random import Random
from typing import Any

import pytest

from analytics.saved.grid import in_order, settle, step, widen

Spot = tuple[int, int, int, int]


def tiles(*spots: Spot) -> list[dict[str, Any]]:
    """Return placements called a, b, … of x, y, width and height."""
    names = ("id", "x", "y", "width", "height")
    return [dict(zip(names, (chr(97 + i), *spot), strict=True)) for i, spot in enumerate(spots)]


def spots(placements: list[dict[str, Any]]) -> list[Spot]:
    return [(one["x"], one["y"], one["width"], one["height"]) for one in placements]


def test_neighbours_in_a_row_change_places() -> None:
    row = tiles((0, 0, 4, 6), (4, 0, 8, 6))
    assert spots(step(row, "b", "earlier")) == [(8, 0, 4, 6), (0, 0, 8, 6)]
    assert spots(step(row, "a", "later")) == [(8, 0, 4, 6), (0, 0, 8, 6)]


def test_a_tile_moves_up_a_row_and_takes_the_place_of_the_last_there() -> None:
    rows = tiles((0, 0, 6, 6), (6, 0, 6, 6), (0, 6, 12, 4))
    moved = step(rows, "c", "earlier")
    assert [one["id"] for one in in_order(moved)] == ["c", "a", "b"]
    assert spots(moved)[2] == (0, 0, 12, 4)


@pytest.mark.parametrize(("placement", "towards"), [("a", "earlier"), ("b", "later")])
def test_the_outermost_tiles_stay(placement: str, towards: Any) -> None:
    row = tiles((0, 0, 6, 6), (6, 0, 6, 6))
    assert step(row, placement, towards) == row


def test_a_wider_tile_pushes_what_it_covers_below() -> None:
    row = tiles((0, 0, 6, 6), (6, 0, 6, 6))
    assert spots(widen(row, "a", 12)) == [(0, 0, 12, 6), (6, 6, 6, 6)]
    assert spots(widen(row, "b", 8)) == [(0, 6, 6, 6), (4, 0, 8, 6)]
    assert spots(widen(widen(row, "a", 12), "a", 6)) == spots(row)


@pytest.mark.parametrize("seed", range(30))
def test_settled_tiles_never_meet(seed: int) -> None:
    random = Random(seed)
    draw = random.randint
    places = [(draw(0, 8), draw(0, 20), draw(1, 4), draw(1, 6)) for _ in range(9)]
    settled = settle(tiles(*places), first="a")
    for one, other in combinations(settled, 2):
        apart = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
        assert apart or one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
    assert settle(settled, first="a") == settled and min(one["y"] for one in settled) == 0
