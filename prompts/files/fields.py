"""A mapping of a file in, its values checked out; what is wrong with them is noted by line."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from prompts.files.documents import ACTORS, CAUSES, MoveDocument, Problems, Source
from prompts.wire import LATEST, label_problem

ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
MAX_NUMBER = 1_000_000
"""Of a version: the next one must fit as well."""
MAX_TEXT = 1_000_000
CLOCKS_DIFFER = timedelta(days=1)


@dataclass(slots=True)
class Fields:
    """Gives each key once; `end` tells those that nobody has asked for. `path` leads to it in the file."""

    values: dict[str, Any]
    source: Source
    now: datetime
    problems: Problems
    path: tuple[str | int, ...] = ()
    taken: set[str] = field(default_factory=set)

    def take(self, key: str) -> Any:
        self.taken.add(key)
        return self.values.get(key)

    def end(self) -> None:
        for key in self.values:
            if key not in self.taken:
                self.tell(f"{key[:80]!r} is not known here; known are {', '.join(sorted(self.taken))}", key)

    def tell(self, message: str, *keys: str | int) -> None:
        self.problems.add(self.source.problem(message, *self.path, *keys))

    def text(self, key: str, *, required: bool = False) -> str | None:
        value = self.take(key)
        if value is None:
            if required:
                self.tell(f"{key!r} is missing", key)
            return None
        if isinstance(value, str) and 0 < len(value) <= MAX_TEXT:
            return value
        self.tell(f"{key!r} must be a text of up to {MAX_TEXT:,} characters", key)
        return None

    def texts(self, key: str) -> tuple[str, ...] | None:
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(dict.fromkeys(value))
        self.tell(f"{key!r} must be a list of texts", key)
        return None

    def id(self, key: str = "id") -> str | None:
        value = self.text(key)
        if value is not None and not ID.fullmatch(value):
            self.tell("An id has up to 100 letters, digits, hyphens and underscores", key)
        return value

    def moment(self, key: str, *, required: bool = False) -> datetime | None:
        value = self.text(key, required=required)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.tell(f"{key!r} must be a moment such as 2026-03-01T12:00:00Z", key)
            return None
        if moment > self.now + CLOCKS_DIFFER:
            self.tell(f"{key!r} lies in the future", key)
        return moment

    def number(self, key: str) -> int | None:
        value = self.take(key)
        return None if value is None else self._number(value, key)

    def choice(self, key: str, choices: frozenset[str], default: str) -> str:
        value = self.text(key) or default
        if value not in choices:
            self.tell(f"{key!r} must be one of {', '.join(sorted(choices))}", key)
        return value

    def labels(self) -> dict[str, int]:
        """Return the numbers that labels point to; `latest` follows from the numbers."""
        value = self.take("labels")
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.tell("'labels' must say which version each label points to, as in production: 3", "labels")
            return {}
        if LATEST in value:
            self.tell("'latest' is always the newest version: leave it out", "labels", LATEST)
        return {
            label: number
            for label, given in value.items()
            if (number := self._number(given, "labels", label)) is not None
        }

    def moves(self) -> tuple[MoveDocument, ...]:
        value = self.take("history")
        if value is None:
            return ()
        if not isinstance(value, list):
            self.tell("'history' must be a list of moves of labels", "history")
            return ()
        found = (self._move(one, index) for index, one in enumerate(value))
        return tuple(move for move in found if move is not None)

    def _move(self, value: Any, index: int) -> MoveDocument | None:
        path = (*self.path, "history", index)
        if not isinstance(value, dict):
            self.tell("A move has 'at', 'label', 'from' and 'to'", *path)
            return None
        fields = Fields(value, self.source, self.now, self.problems, path)
        at, label = fields.moment("at", required=True), fields.text("label", required=True)
        origin, target = fields.number("from"), fields.number("to")
        cause, actor = fields.choice("cause", CAUSES, "label"), fields.choice("actor", ACTORS, "SYSTEM")
        reason, user_id, key_id = fields.text("reason"), fields.id("user"), fields.id("apiKey")
        fields.end()
        if at is None or label is None:
            return None
        problem = label_problem(label)
        if problem or label == LATEST:
            fields.tell(problem or "'latest' has no history", "label")
        if origin is None and target is None:
            fields.tell("A move has a version in 'from' or in 'to'")
        return MoveDocument(at, label, origin, target, cause, reason or "", actor, user_id, key_id)

    def _number(self, value: Any, *keys: str | int) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_NUMBER:
            return value
        self.tell(f"A version is a number from 1 to {MAX_NUMBER:,}", *keys)
        return None
