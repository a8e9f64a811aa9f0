"""The keys of a span's attributes in, what each table of the mapping finds among them out.

The spans of one place in a program have the same keys, so all that follows from keys alone is worked out
once for all of them, and the tables of senders that a span is not from cost nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from tracing.wire.otel.spans import Attributes

T = TypeVar("T")
Names = tuple[str, ...]

MAX_REMEMBERED = 500
MAX_REMEMBERED_KEYS, MAX_REMEMBERED_CHARACTERS = 300, 15_000
"""Sets of keys that are remembered, and how large each may be. A chat of a hundred messages with a key for each
string of them fits; all together are some 30 MB at the very worst."""


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """The attributes that something looks at: those of these keys, and those whose keys start like this."""

    whole: frozenset[str]
    prefixes: Names


def looks_at(*whole: str, prefixes: Names = ()) -> Keys:
    """Return the keys that a table looks at: made once for each table, as answers are remembered by it."""
    return Keys(frozenset(whole), prefixes)


class KeySet:
    """The keys of some attributes in their order; what is asked of them is worked out once."""

    __slots__ = ("_all", "_found", "_have", "_parts", "_present", "_starting", "keys")

    def __init__(self, keys: Names) -> None:
        self.keys = keys
        self._all = frozenset(keys)
        self._have: dict[Keys, bool] = {}
        self._present: dict[Names, Names] = {}
        self._starting: dict[Names, Names] = {}
        self._parts: dict[Names, tuple[tuple[str, str], ...]] = {}
        self._found: dict[Callable[[KeySet], Any], Any] = {}

    def have(self, looked_at: Keys) -> bool:
        """Say whether there is an attribute that something looks at."""
        answer = self._have.get(looked_at)
        if answer is None:
            answer = not looked_at.whole.isdisjoint(self._all) or bool(self.starting(looked_at.prefixes))
            self._have[looked_at] = answer
        return answer

    def present(self, table: Names) -> Names:
        """Return those keys of a table that there are, in the table's order."""
        found = self._present.get(table)
        if found is None:
            found = self._present[table] = tuple([key for key in table if key in self._all])
        return found

    def starting(self, prefixes: Names) -> Names:
        """Return the keys that start with one of these."""
        found = self._starting.get(prefixes)
        if found is None:
            found = self._starting[prefixes] = tuple([key for key in self.keys if key.startswith(prefixes)])
        return found

    def parts(self, prefixes: Names) -> tuple[tuple[str, str], ...]:
        """Return the keys that start with one of these, each with what follows, where anything does."""
        found = self._parts.get(prefixes)
        if found is None:
            parts = [(key, _rest(key, prefixes)) for key in self.starting(prefixes)]
            found = self._parts[prefixes] = tuple([(key, part) for key, part in parts if part])
        return found

    def among(self, find: Callable[["KeySet"], T]) -> T:
        """Return what a function of a module finds among the keys."""
        if find not in self._found:
            self._found[find] = find(self)
        return cast(T, self._found[find])


def _rest(key: str, prefixes: Names) -> str:
    return key.removeprefix(next(prefix for prefix in prefixes if key.startswith(prefix)))


def key_set_of(attributes: Attributes) -> KeySet:
    """Return the key set of attributes, the same for all that have these keys in this order."""
    keys = tuple(attributes)
    known = _remembered.get(keys)
    if known is None:
        known = KeySet(keys)
        if len(keys) <= MAX_REMEMBERED_KEYS and sum(map(len, keys)) <= MAX_REMEMBERED_CHARACTERS:
            if len(_remembered) >= MAX_REMEMBERED:
                _remembered.clear()
            _remembered[keys] = known
    return known


_remembered: dict[Names, KeySet] = {}
