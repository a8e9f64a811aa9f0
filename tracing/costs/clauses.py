"""A condition of the shipped table and a model's name in, whether they match out; also as one pattern."""

import re
from functools import cache
from typing import Any

Clause = list[Any]
"""`[kind, text]`, or `["or" | "and", [clauses]]`."""


def is_met(clause: Clause, name: str) -> bool:
    """Return whether a name, in lower case, meets the condition."""
    kind, value = clause
    match kind:
        case "or":
            return any(is_met(part, name) for part in value)
        case "and":
            return all(is_met(part, name) for part in value)
        case "equals":
            return bool(name == value)
        case "starts":
            return name.startswith(value)
        case "ends":
            return name.endswith(value)
        case "contains":
            return value in name
        case _:
            return _compiled(value).search(name) is not None


def names_of(clause: Clause) -> tuple[list[str], bool]:
    """Return the plain names that meet a condition, and whether nothing else does."""
    kind, value = clause
    if kind == "equals":
        return [value], True
    if kind != "or":
        return [], False
    names = [part[1] for part in value if part[0] == "equals"]
    return names, len(names) == len(value)


def pattern_of(clause: Clause) -> str:
    """Return the condition as a regular expression, as the API shows it."""
    return f"(?i){_pattern(clause)}"


def _pattern(clause: Clause) -> str:
    kind, value = clause
    match kind:
        case "or" if all(part[0] == "equals" for part in value):
            return f"^({'|'.join(_escaped(part[1]) for part in value)})$"
        case "or":
            return f"({'|'.join(_pattern(part) for part in value)})"
        case "and":
            return "^" + "".join(f"(?=.*{_pattern(part)})".replace("(?=.*^", "(?=^") for part in value)
        case "equals":
            return f"^({_escaped(value)})$"
        case "starts":
            return f"^{_escaped(value)}"
        case "ends":
            return f"{_escaped(value)}$"
        case "contains":
            return _escaped(value)
        case _:
            return str(value)


def _escaped(text: str) -> str:
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", text)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
