"""JSON texts in, values and the lines they begin in out; the same errors as of YAML."""

import json
import re
from contextlib import suppress
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, NoReturn

from prompts.files.values import Budget, Located, NotJson, Unstorable, nearest, number_of, text_of

SPACE = re.compile(r"[ \t\n\r]*")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
NAMES = {"null": None, "true": True, "false": False}
NAME = re.compile("|".join(NAMES))


def dump(value: Any) -> str:
    """Return a JSON value with two spaces a level, keys in their order."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def load(text: str, budget: Budget) -> Any:
    """Return the JSON value of a text; raise NotJson."""
    return _Reader(text, budget).document()


def locate(text: str) -> Located:
    """Return where the parts of a JSON text begin; of one that can't be read, those before the fault."""
    reader = _Reader(text, Budget())
    with suppress(NotJson):
        reader.document()
    return lambda path: reader.line(nearest(path, reader.starts) or 0)


class _Reader:
    """Goes through a text once; knows where each value stands, which the decoder of Python does not tell."""

    def __init__(self, text: str, budget: Budget) -> None:
        self._text = text
        self._at = 0
        self._budget = budget
        self.starts: dict[tuple[str | int, ...], int] = {}

    def document(self) -> Any:
        self._skip()
        if self._at == len(self._text):
            raise NotJson(1, "The file is empty")
        value = self._value(())
        self._skip()
        if self._at < len(self._text):
            self._fail("more than one value")
        return value

    def line(self, at: int) -> int:
        return self._text.count("\n", 0, at) + 1

    def _value(self, path: tuple[str | int, ...]) -> Any:
        start = self._at
        try:
            self._budget.spend(len(path))
            return self._kept(path)
        except Unstorable as error:
            raise NotJson(self.line(start), str(error)) from None

    def _kept(self, path: tuple[str | int, ...]) -> Any:
        first = self._text[self._at : self._at + 1]
        if first == "{":
            return self._object(path)
        if first == "[":
            return self._array(path)
        if first == '"':
            return self._string()
        for pattern in (NUMBER, NAME):
            if match := pattern.match(self._text, self._at):
                self._at = match.end()
                found = match[0]
                return NAMES[found] if found in NAMES else number_of(found)
        return self._fail("expected a value")

    def _object(self, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self._goes_on("}", is_first=not found):
            start = self._at
            key = self._string() if self._text.startswith('"', start) else self._fail("expected a key")
            if key in found:
                raise NotJson(self.line(start), f"The key {key[:80]!r} is there twice")
            self._skip()
            if not self._takes(":"):
                self._fail("expected a colon")
            self._skip()
            self.starts[*path, key] = start
            found[key] = self._value((*path, key))
        return found

    def _array(self, path: tuple[str | int, ...]) -> list[Any]:
        found: list[Any] = []
        while self._goes_on("]", is_first=not found):
            self.starts[*path, len(found)] = self._at
            found.append(self._value((*path, len(found))))
        return found

    def _goes_on(self, end: str, *, is_first: bool) -> bool:
        """Step over what stands between two elements; say whether another one follows."""
        if is_first:
            self._at += 1
        self._skip()
        if self._takes(end):
            return False
        if not is_first and not self._takes(","):
            self._fail("expected a comma")
        self._skip()
        return True

    def _string(self) -> str:
        try:
            text, self._at = scanstring(self._text, self._at + 1, True)
        except json.JSONDecodeError as error:
            raise NotJson(error.lineno, f"This is no JSON: {error.msg}") from None
        return text_of(text)

    def _takes(self, character: str) -> bool:
        if not self._text.startswith(character, self._at):
            return False
        self._at += 1
        return True

    def _skip(self) -> None:
        match = SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _fail(self, told: str) -> NoReturn:
        raise NotJson(self.line(self._at), f"This is no JSON: {told}")
