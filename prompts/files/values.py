"""What a file may hold: JSON values that the database keeps as they are, and not without end."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

MAX_DEPTH = 200
MAX_VALUES = 1_000_000
"""Of all files together: parsing so many takes some seconds."""
MAX_DIGITS = 4_000
WHOLE_FROM = 1e16
"""From here on the database gives numbers back without a fraction."""

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Path = Sequence[str | int]
Located = Callable[[Path], int]
"""Returns the line of what a path leads to, or of the last on the way that is there."""


def nearest(path: Path, known: Mapping[tuple[str | int, ...], int]) -> int | None:
    """Return what is known of a path, or of the last on the way that is there; None: of nothing on it."""
    ways = (tuple(path[:length]) for length in range(len(path), 0, -1))
    return next((known[way] for way in ways if way in known), None)


class Unstorable(Exception):
    """A value that the database has no room for; says why."""


class NotJson(Exception):
    """A text that can't be read, or says more than JSON can."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(slots=True)
class Budget:
    """How many values may still be read; shared by the files that are read together."""

    values: int = MAX_VALUES

    def spend(self, depth: int) -> None:
        self.values -= 1
        if self.values < 0:
            raise Unstorable("There are too many values in these files")
        if depth > MAX_DEPTH:
            raise Unstorable(f"Nested deeper than {MAX_DEPTH} levels")


def text_of(text: str) -> str:
    """Return a text that can be stored."""
    if UNSTORABLE.search(text):
        raise Unstorable("A text holds a NUL or half a character, which can't be stored")
    return text


def number_of(digits: str) -> int | float:
    """Return a number as the database will give it back."""
    if len(digits) > MAX_DIGITS:
        raise Unstorable(f"A number of more than {MAX_DIGITS:,} digits")
    if digits.removeprefix("-").isdigit():
        return int(digits)
    number = float(digits)
    if not math.isfinite(number):
        raise Unstorable(f"{digits[:40]} is no number that can be stored")
    if number == 0:
        return 0.0
    return int(Decimal(repr(number))) if abs(number) >= WHOLE_FROM else number
