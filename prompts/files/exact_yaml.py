"""JSON values in, YAML that is good to read in a difference out, and back: nothing but JSON comes in.

Plain words that YAML 1.1 takes for something else are texts here (`NO`, `on`, `010`, `2026-01-01`, `1:30`);
what is written is quoted where any reader might take it otherwise.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import yaml

from prompts.files.values import Budget, Located, NotJson, Unstorable, nearest, number_of, text_of

MAX_KEY = 500
"""Longer keys stand on a line of their own: parsers look for the colon within 1,024 bytes."""

PLAIN = re.compile(r"[^\W\d][\w./+-]*(?: [\w./+-]+)*")
WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
"""What YAML takes for the end of a line, for a mark of its bytes, or not at all, if it is not escaped."""

NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")
NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
NAMES = {"null": None, "~": None, "": None, "true": True, "false": False}
TEXT, SEQUENCE, MAPPING = (f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map"))

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def dump(value: dict[str, Any] | list[Any]) -> str:
    """Return a JSON value as YAML in block style, keys in their order."""
    return "".join(f"{line}\n" for line in _lines(value, ""))


def _lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _entry(_text(key), one, indent)
    elif isinstance(value, list) and value:
        for one in value:
            yield from _element(one, indent)
    else:
        yield indent + _scalar(value)


def _entry(key: str, value: Any, indent: str) -> Iterator[str]:
    if len(key) > MAX_KEY:
        yield f"{indent}? {key}"
        key = ""
    if isinstance(value, dict | list) and value:
        yield f"{indent}{key}:"
        yield from _lines(value, f"{indent}  ")
    else:
        yield from _leaf(f"{indent}{key}: ", value, indent)


def _element(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        first, *rest = _lines(value, f"{indent}  ")
        yield f"{indent}- {first[len(indent) + 2 :]}"
        yield from rest
    else:
        yield from _leaf(f"{indent}- ", value, indent)


def _leaf(head: str, value: Any, indent: str) -> Iterator[str]:
    if not isinstance(value, str) or not _fits_a_block(value):
        yield head + _scalar(value)
        return
    lines = value.split("\n")
    ending = "-" if lines[-1] else "" if lines[-2] else "+"
    width = "2" if lines[0][:1] in ("", " ", "\t") else ""
    yield f"{head}|{width}{ending}"
    for line in lines if lines[-1] else lines[:-1]:
        yield f"{indent}  {line}" if line else ""


def _fits_a_block(text: str) -> bool:
    """Say whether a text can stand as it is: several lines, and nothing that must be escaped."""
    return "\n" in text and bool(text.strip("\n")) and ODD.search(text) is None


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    written = json.dumps(value)
    # YAML 1.1 has no floats without a point.
    return written.replace("e", ".0e") if isinstance(value, float) and "." not in written else written


def _text(text: str) -> str:
    if PLAIN.fullmatch(text) and ODD.search(text) is None and text.lower() not in WORDS:
        return text
    return ODD.sub(lambda odd: f"\\u{ord(odd[0]):04x}", json.dumps(text, ensure_ascii=False))


def load(text: str, budget: Budget) -> Any:
    """Return the JSON value that a YAML text stands for; raise NotJson."""
    return _Reader(text, budget).document()


def locate(text: str) -> Located:
    """Return where the parts of a YAML text begin; of one that can't be read, those before the fault."""
    reader = _Reader(text, Budget())
    with suppress(NotJson):
        reader.document()
    return lambda path: nearest(path, reader.lines) or 1


class _Reader:
    """Makes a value of the parser's events, one at a time: the parser's own trees have no bounds."""

    def __init__(self, text: str, budget: Budget) -> None:
        self._events = _events(text)
        self._budget = budget
        self.lines: dict[tuple[str | int, ...], int] = {}

    def document(self) -> Any:
        if not isinstance(self._next(), yaml.DocumentStartEvent):
            raise NotJson(1, "The file is empty")
        value = self._value(self._next(), ())
        self._next()
        after = self._next()
        if isinstance(after, yaml.DocumentStartEvent):
            raise NotJson(_line(after), "There is more than one document in the file")
        return value

    def _next(self) -> Any:
        return next(self._events)

    def _value(self, event: Any, path: tuple[str | int, ...]) -> Any:
        try:
            self._budget.spend(len(path))
            return self._kept(event, path)
        except Unstorable as error:
            raise NotJson(_line(event), str(error)) from None

    def _kept(self, event: Any, path: tuple[str | int, ...]) -> Any:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise Unstorable("Anchors and aliases are not taken: write out what they stand for")
        if isinstance(event, yaml.ScalarEvent):
            return _read_scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            _check_tag(event, SEQUENCE)
            return list(self._elements(path))
        _check_tag(event, MAPPING)
        return self._mapping(path)

    def _elements(self, path: tuple[str | int, ...]) -> Iterator[Any]:
        for index in count():
            event = self._next()
            if isinstance(event, yaml.SequenceEndEvent):
                return
            self.lines[*path, index] = _line(event)
            yield self._value(event, (*path, index))

    def _mapping(self, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key, line = _key_of(event), _line(event)
            if key in found:
                raise NotJson(line, f"The key {key[:80]!r} is there twice")
            self.lines[*path, key] = line
            found[key] = self._value(self._next(), (*path, key))
        return found


def _events(text: str) -> Iterator[Any]:
    """Yield the events of a text, those of its stream left out but the last."""
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if not isinstance(event, yaml.StreamStartEvent):
                yield event
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = ", ".join(filter(None, (error.context, error.problem)))
        line = min(mark.line, text.rstrip().count("\n")) + 1 if mark else 1
        raise NotJson(line, f"This is no YAML: {told}") from None
    except yaml.reader.ReaderError as error:
        line = text.encode().count(b"\n", 0, error.position) + 1
        raise NotJson(line, f"This is no YAML: {error.reason}") from None


def _read_scalar(event: Any) -> Any:
    _check_tag(event, TEXT)
    text: str = event.value
    if not event.implicit[0] or event.tag is not None:
        return text_of(text)
    if text.lower() in NAMES and text in {text.lower(), text.title(), text.upper()}:
        return NAMES[text.lower()]
    if NUMBER.fullmatch(text):
        return number_of(text)
    if NO_NUMBER.fullmatch(text):
        raise Unstorable(f"JSON has no {text}: put it in quotes")
    return text_of(text)


def _key_of(event: Any) -> str:
    try:
        if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None:
            raise Unstorable("A key must be a text")
        _check_tag(event, TEXT)
        if event.value == "<<" and event.implicit[0]:
            raise Unstorable("Merged keys are not taken: write out what they stand for")
        return text_of(event.value)
    except Unstorable as error:
        raise NotJson(_line(event), str(error)) from None


def _check_tag(event: Any, expected: str) -> None:
    if event.tag not in {None, "!", expected}:
        raise Unstorable(f"JSON has no {event.tag[:80]}")


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
