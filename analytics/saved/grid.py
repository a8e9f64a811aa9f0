"""The placements of a dashboard in, the same ones in other places out: none upon another, no row left empty."""

from collections.abc import Sequence
from typing import Any, Literal

from analytics.saved.wire import COLUMNS

Placement = dict[str, Any]
Step = Literal["earlier", "later"]


def in_order(placements: Sequence[Placement]) -> list[Placement]:
    """Return the placements as they are read: from the top, each row from the left."""
    return sorted(placements, key=lambda one: (one["y"], one["x"]))


def step(placements: Sequence[Placement], placement_id: str, towards: Step) -> list[Placement]:
    """Exchange a placement with the one that is read before or after it."""
    order = in_order(placements)
    at = next(index for index, one in enumerate(order) if one["id"] == placement_id)
    other = at - 1 if towards == "earlier" else at + 1
    if not 0 <= other < len(order):
        return list(placements)
    first, second = order[min(at, other)], order[max(at, other)]
    moved = {one["id"]: one for one in _exchanged(first, second)}
    return settle([moved.get(one["id"], one) for one in placements], first=second["id"])


def _exchanged(first: Placement, second: Placement) -> tuple[Placement, Placement]:
    """Return both, each where the other was; in one row they keep to the stretch that they fill together."""
    if first["y"] == second["y"]:
        end = second["x"] + second["width"]
        return first | {"x": end - first["width"]}, second | {"x": first["x"]}
    return (
        first | {"x": min(second["x"], COLUMNS - first["width"]), "y": second["y"]},
        second | {"x": min(first["x"], COLUMNS - second["width"]), "y": first["y"]},
    )


def widen(placements: Sequence[Placement], placement_id: str, width: int) -> list[Placement]:
    """Give a placement another width; it keeps its place, what it would cover goes below."""
    resized = [
        one | {"width": width, "x": min(one["x"], COLUMNS - width)} if one["id"] == placement_id else one
        for one in placements
    ]
    return settle(resized, first=placement_id)


def settle(placements: Sequence[Placement], *, first: str) -> list[Placement]:
    """Let each placement rise until it meets another; where two want one place, `first` has it."""
    settled: list[Placement] = []
    for one in sorted(placements, key=lambda one: (one["y"], one["id"] != first, one["x"])):
        y = one["y"]
        while y > 0 and not _meets(settled, one, y - 1):
            y -= 1
        while _meets(settled, one, y):
            y += 1
        settled.append(one | {"y": y})
    by_id = {one["id"]: one for one in settled}
    return [by_id[one["id"]] for one in placements]


def _meets(placements: Sequence[Placement], one: Placement, y: int) -> bool:
    return any(
        other["x"] < one["x"] + one["width"]
        and one["x"] < other["x"] + other["width"]
        and other["y"] < y + one["height"]
        and y < other["y"] + other["height"]
        for other in placements
    )
