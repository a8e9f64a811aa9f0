"""The plane that charts with two axes are drawn on: values in, places out.

It is WIDTH units wide and stretched to its place; its height is in pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 1000
HEIGHT = 168
LABEL_PIXELS = 6.8
ROOM = 6
"""Pixels above the highest tick, so that a line there keeps its width."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a bucket can be pointed at: what it says and where it leads."""

    x: float
    width: float
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label: of a value at pixels from the top, of a time at a share of the width; the odd ones can go."""

    at: float
    label: str
    is_spare: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    low: float
    high: float
    buckets: int

    def y(self, value: float) -> float:
        return round(ROOM + (HEIGHT - ROOM) * (self.high - value) / (self.high - self.low), 2)

    def x(self, index: float) -> float:
        return round(WIDTH * index / max(self.buckets, 1), 2)


def label_width(labels: Sequence[str]) -> int:
    """Return the pixels that the longest of these labels takes beside a plot."""
    return round(max(map(len, labels), default=0) * LABEL_PIXELS) + 8
