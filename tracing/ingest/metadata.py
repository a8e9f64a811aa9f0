"""Metadata as it stands and one more write of it in, the merged metadata out, whatever the order of writes.

The meaning: all writes, sorted by clock, merged one into the next: objects key by key, arrays index by
index, anything else replaced by the later. To get the same from writes that arrive in any order, each part
keeps the clock it was written at; a part that one write made whole keeps a single clock for all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from langfuse_site.lib.exact_json import exact_dumps, exact_loads
from tracing.wire.patches import Clock

Stamp = tuple[int, int, int]
"""A clock and the kind of what was written; among writes of one moment objects come last."""

NEVER: Stamp = (0, -1, 0)


@dataclass(slots=True)
class Mixed:
    """An object or array whose parts were written at different times."""

    floor: Stamp
    """Writes up to here are dead: something of another kind stood in this place then."""
    top: Stamp
    """The latest write of this object or array, an empty one included."""
    children: dict[Any, Node] = field(default_factory=dict)


Node = Clock | Mixed


@dataclass(slots=True)
class Metadata:
    """The metadata of one entity: the text of a JSON object (None: nothing was ever said) and its clocks.

    It is parsed once, however many writes follow, and written out by `close`.
    """

    text: str | None = None
    node: Node | None = None
    _value: Any = None
    _before: tuple[str, Node] | None = None

    def write(self, text: str, clock: Clock) -> None:
        """Merge one write, the text of a JSON object."""
        if self.text is None or self.node is None:
            self.text, self.node = text, clock
            return
        if self._before is None:
            self._value = exact_loads(self.text)
            self._before = exact_dumps(self._value), collapse(self.node)
        self._value, self.node = merge_metadata(self._value, self.node, write=exact_loads(text), clock=clock)

    def close(self) -> bool:
        """Bring text and clocks up to date; return whether merging has changed either."""
        if self._before is None or self.node is None:
            return False
        before, self._before = self._before, None
        self.text, self.node = exact_dumps(self._value), collapse(self.node)
        return (self.text, self.node) != before


def merge_metadata(value: Any, node: Node, *, write: Any, clock: Clock) -> tuple[Any, Node]:
    """Return what `value` and its clocks become by `write`; `value` is changed in place where it can be."""
    if not isinstance(node, Mixed) and node != clock and write == value:
        # As below, part by part; senders repeat what they say of their resource.
        return (write, clock) if clock > node else (value, node)
    stamp, top = _stamp(clock, write), _top(value, node)
    if _kind(write) == _kind(value) != 0:
        return _merge_same_kind(value, node, write=write, clock=clock)
    if stamp == top:
        return (write, clock) if exact_dumps(write) > exact_dumps(value) else (value, node)
    if stamp > top:
        return write, (clock if _kind(write) == 0 else Mixed(top, stamp, _uniform_children(write, clock)))
    if _kind(value) == 0 or stamp <= _floor(node):
        return value, node
    mixed = _expand(value, node)
    mixed.floor = stamp
    return _prune(value, mixed, floor=stamp, kind=_kind(value)), mixed


def _merge_same_kind(value: Any, node: Node, *, write: Any, clock: Clock) -> tuple[Any, Node]:
    stamp = _stamp(clock, write)
    if stamp <= _floor(node):
        return value, node
    mixed = _expand(value, node)
    mixed.top = max(mixed.top, stamp)
    for key, part in _items(write):
        if key not in mixed.children:
            _put(value, key, part)
            mixed.children[key] = clock
            continue
        merged, mixed.children[key] = merge_metadata(value[key], mixed.children[key], write=part, clock=clock)
        value[key] = merged
    return value, mixed


def _prune(value: Any, mixed: Mixed, *, floor: Stamp, kind: int) -> Any:
    """Return `value` without the parts that were written up to `floor`, as parts of something of `kind`."""
    kept: dict[Any, Any] = {}
    for key, part in _items(value):
        child = mixed.children[key]
        if (*_top(part, child)[:2], kind) <= floor:
            del mixed.children[key]
            continue
        kept[key] = _prune(part, child, floor=floor, kind=kind) if isinstance(child, Mixed) else part
    return list(kept.values()) if isinstance(value, list) else kept


def collapse(node: Node) -> Node:
    """Return the node with one clock in place of parts that all have the same."""
    if not isinstance(node, Mixed):
        return node
    children = {key: collapse(child) for key, child in node.children.items()}
    clock = node.top[:2]
    if node.floor == NEVER and all(child == clock for child in children.values()):
        return clock
    return Mixed(node.floor, node.top, children)


def _kind(value: Any) -> int:
    if isinstance(value, dict):
        return 2
    return 1 if isinstance(value, list) else 0


def _stamp(clock: Clock, value: Any) -> Stamp:
    return (*clock, _kind(value))


def _top(value: Any, node: Node) -> Stamp:
    return node.top if isinstance(node, Mixed) else _stamp(node, value)


def _floor(node: Node) -> Stamp:
    return node.floor if isinstance(node, Mixed) else NEVER


def _expand(value: Any, node: Node) -> Mixed:
    if isinstance(node, Mixed):
        return node
    return Mixed(NEVER, _stamp(node, value), _uniform_children(value, node))


def _uniform_children(value: Any, clock: Clock) -> dict[Any, Node]:
    return {key: clock for key, _ in _items(value)}


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, dict) else list(enumerate(value))


def _put(value: Any, key: Any, part: Any) -> None:
    if isinstance(value, dict):
        value[key] = part
    else:
        value.append(part)
