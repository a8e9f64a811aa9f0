"""The clocks of an entity's fields in, a few bytes for its row out, and back.

A usual row was written by one or two events: what is kept is a list of (time, order, mask of the fields
written then), the clocks of the metadata, and the end time where the row shows another.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from tracing.ingest.metadata import NEVER, Mixed, Node
from tracing.wire.patches import Clock

FieldClock = tuple[bool, Clock]
"""Whether the value is weak (implied, or falsy: it gives way to any that isn't), and when it was written."""


def pack(
    fields: tuple[str, ...], clocks: dict[str, FieldClock], *, metadata: Node | None, raw_end: int | None
) -> bytes:
    """Return the bytes of a row's `clocks`; a field's bits are given by its place in `fields`."""
    masks: dict[Clock, int] = {}
    places = _places(fields)
    for field, (weak, clock) in clocks.items():
        masks[clock] = masks.get(clock, 0) | 1 << (places[field] + weak)
    table = [(time, order, mask) for (time, order), mask in masks.items()]
    return msgspec.msgpack.encode((table, _pack_node(metadata), raw_end))


def unpack(fields: Sequence[str], packed: bytes) -> tuple[dict[str, FieldClock], Node | None, int | None]:
    """Return what `pack` was given."""
    table, node, raw_end = msgspec.msgpack.decode(packed)
    clocks: dict[str, FieldClock] = {}
    for time, order, mask in table:
        for bit in _bits(mask):
            clocks[fields[bit >> 1]] = (bool(bit & 1), (time, order))
    return clocks, _unpack_node(node), raw_end


@cache
def _places(fields: tuple[str, ...]) -> dict[str, int]:
    return {field: 2 * place for place, field in enumerate(fields)}


def _bits(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def _pack_node(node: Node | None) -> Any:
    if not isinstance(node, Mixed):
        return node
    floor = None if node.floor == NEVER else node.floor
    return floor, node.top, {key: _pack_node(child) for key, child in node.children.items()}


def _unpack_node(packed: Any) -> Node | None:
    if packed is None or len(packed) == 2:
        return None if packed is None else (packed[0], packed[1])
    floor, top, children = packed
    nodes = {key: _unpack_node(child) for key, child in children.items()}
    return Mixed(tuple(floor) if floor else NEVER, tuple(top), nodes)  # type: ignore[arg-type]
