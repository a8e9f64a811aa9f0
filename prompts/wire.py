"""The JSON of a new prompt version or of labels in, checked values out, or the issues with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langfuse_site.lib.errors import InvalidData, InvalidRequest, issue

LATEST = "latest"
PRODUCTION = "production"
RESERVED_NAMES = {"new", "metrics", "prompt-detail"}
MAX_LABEL = 36
MAX_COMMIT_MESSAGE = 500
MAX_CONFIG_DEPTH = 200
"""What is nested deeper can't be written by each of the ways that JSON goes out."""

LABEL = re.compile(r"[a-z0-9_\-.]+")
PLACEHOLDER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
VARIABLE = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_]*)\s*\}\}")

Issues = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What a client asks to be stored. `tags` None: as they are."""

    name: str
    type: str
    content: Any
    labels: tuple[str, ...]
    tags: tuple[str, ...] | None
    config: Any
    commit_message: str | None


def read_new_version(body: Any) -> NewVersion:
    """Return the checked body of a creation, or raise InvalidData with all that is wrong with it."""
    fields = _object(body)
    issues: Issues = []
    kind = _type(fields, issues)
    config = fields.get("config")
    if _is_deeper(config, MAX_CONFIG_DEPTH):
        issues.append(issue(["config"], f"Config is nested deeper than {MAX_CONFIG_DEPTH} levels"))
    new = NewVersion(
        name=_name(fields, issues),
        type=kind,
        content=_content(fields, issues, kind=kind),
        labels=_labels(fields, "labels", issues),
        tags=_tags(fields, issues),
        config={} if config is None else config,
        commit_message=_commit_message(fields, issues),
    )
    if issues:
        raise InvalidData(issues)
    _check_collisions(new)
    return new


def read_active(body: Any) -> bool:
    """Return the `isActive` that the first version of the API asks for."""
    active = _object(body).get("isActive")
    if not isinstance(active, bool):
        raise InvalidData([_wrong_type(["isActive"], "boolean", active)])
    return active


def read_new_labels(body: Any) -> tuple[str, ...]:
    """Return the labels that a version is to get besides those that it has."""
    fields = _object(body)
    issues: Issues = []
    if not isinstance(fields.get("newLabels"), list):
        raise InvalidData([_wrong_type(["newLabels"], "array", fields.get("newLabels"))])
    labels = _labels(fields, "newLabels", issues)
    if LATEST in labels:
        issues.append(issue(["newLabels"], "Label 'latest' is always assigned to the latest prompt version"))
    if issues:
        raise InvalidData(issues)
    return labels


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise InvalidData([_wrong_type([], "object", body)])
    return body


def _name(fields: dict[str, Any], issues: Issues) -> str:
    name = fields.get("name")
    if not isinstance(name, str):
        issues.append(_wrong_type(["name"], "string", name))
        return ""
    name = name.strip()
    problem = name_problem(name)
    if problem:
        issues.append(issue(["name"], problem))
    return name


def name_problem(name: str) -> str | None:
    """Return why this can't be the name of a prompt, or None; `/` makes folders."""
    if not name:
        return "Enter a name"
    # A pattern would start again from each of a million `<`.
    if "<" in name and name.rfind(">") > name.find("<"):
        return "Text cannot contain HTML tags"
    if "|" in name:
        return "Prompt name cannot contain '|' character"
    if name.startswith("/") or name.endswith("/") or "//" in name:
        return "Name cannot start or end with a slash, or have two in a row"
    return f"Prompt name cannot be '{name}'" if name in RESERVED_NAMES else None


def _type(fields: dict[str, Any], issues: Issues) -> str:
    kind = "text" if fields.get("type") is None else fields["type"]
    if kind in ("text", "chat"):
        return str(kind)
    issues.append(issue(["type"], "Type must be 'text' or 'chat'", code="invalid_enum_value"))
    return "text"


def _content(fields: dict[str, Any], issues: Issues, *, kind: str) -> Any:
    content = fields.get("prompt")
    if kind == "text":
        if not isinstance(content, str):
            issues.append(_wrong_type(["prompt"], "string", content))
        return content
    if not isinstance(content, list):
        issues.append(_wrong_type(["prompt"], "array", content))
        return content
    return [_message(message, issues, index=index) for index, message in enumerate(content)]


def _message(message: Any, issues: Issues, *, index: int) -> dict[str, str]:
    path: list[str | int] = ["prompt", index]
    if not isinstance(message, dict):
        issues.append(_wrong_type(path, "object", message))
        return {}
    if message.get("type") == "placeholder":
        name = message.get("name")
        if not isinstance(name, str) or not PLACEHOLDER.fullmatch(name):
            told = "Placeholder name must start with a letter, followed by letters, digits and underscores"
            issues.append(issue([*path, "name"], told))
        return {"type": "placeholder", "name": str(name)}
    for key in ("role", "content"):
        if not isinstance(message.get(key), str):
            issues.append(_wrong_type([*path, key], "string", message.get(key)))
    return {"role": str(message.get("role")), "content": str(message.get("content"))}


def _labels(fields: dict[str, Any], name: str, issues: Issues) -> tuple[str, ...]:
    labels = _texts(fields, name, issues) or ()
    problems = [(index, label_problem(label)) for index, label in enumerate(labels)]
    issues.extend(issue([name, index], problem) for index, problem in problems if problem)
    return tuple(dict.fromkeys(labels))


def label_problem(label: str) -> str | None:
    """Return why this can't be a label, or None."""
    if not 1 <= len(label) <= MAX_LABEL:
        return f"Label must have 1 to {MAX_LABEL} characters"
    if not LABEL.fullmatch(label):
        return "Label must be lowercase alphanumeric with optional underscores, hyphens, or periods"
    return None


def _tags(fields: dict[str, Any], issues: Issues) -> tuple[str, ...] | None:
    tags = _texts(fields, "tags", issues)
    return None if tags is None else tuple(dict.fromkeys(tags))


def _texts(fields: dict[str, Any], name: str, issues: Issues) -> Sequence[str] | None:
    texts = fields.get(name)
    if texts is None:
        return None
    if not isinstance(texts, list):
        issues.append(_wrong_type([name], "array", texts))
        return None
    wrong = [index for index, text in enumerate(texts) if not isinstance(text, str)]
    issues.extend(_wrong_type([name, index], "string", texts[index]) for index in wrong)
    return [text for text in texts if isinstance(text, str)]


def _commit_message(fields: dict[str, Any], issues: Issues) -> str | None:
    message = fields.get("commitMessage")
    if message is None:
        return None
    if not isinstance(message, str):
        issues.append(_wrong_type(["commitMessage"], "string", message))
        return None
    if len(message) > MAX_COMMIT_MESSAGE:
        told = f"Commit message must have at most {MAX_COMMIT_MESSAGE} characters"
        issues.append(issue(["commitMessage"], told, code="too_big"))
    return message


def _is_deeper(value: Any, depth: int) -> bool:
    """Say whether a value has lists and objects within each other beyond a depth."""
    level = [value]
    for _ in range(depth):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return any(isinstance(one, dict | list) for one in level)


def _check_collisions(new: NewVersion) -> None:
    if new.type != "chat":
        return
    names = {message["name"] for message in new.content if message.get("type") == "placeholder"}
    variables = {name for message in new.content for name in VARIABLE.findall(message.get("content", ""))}
    shared = sorted(names & variables)
    if shared:
        raise InvalidRequest(
            f"Variables and placeholders must have different names, these are both: {', '.join(shared)}"
        )


def _wrong_type(path: Sequence[str | int], expected: str, value: Any) -> dict[str, Any]:
    received = "Required" if value is None else f"Expected {expected}, received {_json_type(value)}"
    return issue(path, received, code="invalid_type")


def _json_type(value: Any) -> str:
    names = {bool: "boolean", str: "string", list: "array", dict: "object", int: "number", float: "number"}
    return names.get(type(value), "null")
