"""Attributes with dotted keys in, the nested value that a sender took apart out.

`llm.input_messages.0.message.role` is the role of the message of the first element of a list. What is
rebuilt is bounded, whatever the keys say; what doesn't fit is left out.
"""

from typing import Any

import msgspec
from msgspec import Raw

from tracing.wire.otel.io.values import Found, found
from tracing.wire.otel.spans import Attributes, Span

PAIRS = (("gen_ai.prompt", "gen_ai.completion"), ("llm.input_messages", "llm.output_messages"))
PREFIXES = tuple(prefix for pair in PAIRS for prefix in pair)

MAX_SLOTS = 10_001
"""Places of lists and keys of objects in one value, empty places of lists included."""

MAX_SEGMENTS = 64
INDEX_DIGITS = 5
HOSTILE = frozenset({"__proto__", "constructor", "prototype"})

Node = dict[str, Any] | list[Any]


def messages_of_parts(span: Span) -> Found | None:
    """Return the prompt and the completion that were sent as one attribute for each of their strings."""
    keys = [key for key in span.attributes if key.startswith(PREFIXES)]
    if not keys:
        return None
    attributes = {key: span.attributes[key] for key in keys}
    for given, made in PAIRS:
        pair = found(nested(attributes, given), nested(attributes, made))
        if pair is not None:
            return pair
    return None


def nested(attributes: Attributes, prefix: str) -> Any:
    """Return what the keys below a prefix describe; the prefix's own value where it has one."""
    whole = attributes.get(prefix)
    if whole is not None:
        return whole
    start = len(prefix) + 1
    parts = [(key[start:], value) for key, value in attributes.items() if key.startswith(f"{prefix}.")]
    return _Builder().build(parts) if parts else None


class _Builder:
    def __init__(self) -> None:
        self._left = MAX_SLOTS

    def build(self, parts: list[tuple[str, Any]]) -> Node | None:
        root: Node = [] if _index(parts[0][0].partition(".")[0]) is not None else {}
        for path, value in parts:
            segments = path.split(".", MAX_SEGMENTS)
            if len(segments) <= MAX_SEGMENTS and HOSTILE.isdisjoint(segments):
                self._put(root, segments, value)
        return root or None

    def _put(self, node: Node, segments: list[str], value: Any) -> None:
        """Put a value at its place; the first that says what a place is decides, the later ones are left out."""
        for segment, following in zip(segments, segments[1:], strict=False):
            inner = self._at(node, segment)
            if inner is None:
                inner = [] if _index(following) is not None else {}
                if not self._set(node, segment, inner):
                    return
            if not isinstance(inner, dict | list):
                return
            node = inner
        if self._at(node, segments[-1]) is None:
            # A list that was sent as one is a leaf: nothing may be put into it.
            leaf = Raw(msgspec.json.encode(value)) if isinstance(value, list) else value
            self._set(node, segments[-1], leaf)

    def _at(self, node: Node, segment: str) -> Any:
        if isinstance(node, dict):
            return node.get(segment)
        index = _index(segment)
        return node[index] if index is not None and index < len(node) else None

    def _set(self, node: Node, segment: str, value: Any) -> bool:
        """Return whether there was room, and the place is one that such a node can have."""
        if isinstance(node, dict):
            if not self._take(1):
                return False
            node[segment] = value
            return True
        index = _index(segment)
        if index is None or not self._take(max(index + 1 - len(node), 0)):
            return False
        node.extend([None] * (index + 1 - len(node)))
        node[index] = value
        return True

    def _take(self, slots: int) -> bool:
        if slots > self._left:
            return False
        self._left -= slots
        return True


def _index(segment: str) -> int | None:
    if len(segment) <= INDEX_DIGITS and segment.isdecimal() and segment.isascii():
        return int(segment)
    return None
