"""The JSON of a new or changed score config in, the fields of its row out, or what is wrong with them."""

import re
from dataclasses import dataclass, replace
from typing import Any

from langfuse_site.lib.errors import InvalidData, InvalidRequest, issue
from scoring.models import ConfigDataType, ScoreConfig

MAX_NAME = 35
NAME = re.compile(r"[\w .()\-]+")
BOOLEAN_CATEGORIES = [{"label": "True", "value": 1}, {"label": "False", "value": 0}]

Issues = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ConfigFields:
    """What a client says of a config."""

    name: str
    data_type: str
    is_archived: bool = False
    min_value: float | None = None
    max_value: float | None = None
    categories: list[dict[str, Any]] | None = None
    description: str | None = None


WIRE_NAMES = {
    "name": "name",
    "isArchived": "is_archived",
    "minValue": "min_value",
    "maxValue": "max_value",
    "categories": "categories",
    "description": "description",
}


def read_new_config(body: Any) -> ConfigFields:
    """Return the fields of a config to create."""
    given = _object(body)
    issues: Issues = []
    kind = given.get("dataType")
    if kind not in ConfigDataType.values:
        issues.append(issue(["dataType"], f"Expected one of {', '.join(ConfigDataType.values)}"))
    if given.get("name") is None:
        issues.append(issue(["name"], "Required", code="invalid_type"))
    said = _said(given, issues)
    if issues:
        raise InvalidData(issues)
    fields = ConfigFields(**{"is_archived": False, **said}, data_type=str(kind))
    if fields.data_type == ConfigDataType.BOOLEAN:
        if fields.categories is not None:
            raise InvalidRequest("Custom categories are not supported for boolean data type")
        fields = replace(fields, categories=BOOLEAN_CATEGORIES)
    return _checked(fields)


def read_changed_config(body: Any, config: ScoreConfig) -> ConfigFields:
    """Return the fields of a config with what the client says of them."""
    given = _object(body)
    issues: Issues = []
    said = {name: value for name, value in _said(given, issues).items() if value is not None}
    if issues:
        raise InvalidData(issues)
    if not given.keys() & WIRE_NAMES.keys():
        raise InvalidData([issue([], "Request body cannot be empty")])
    current = {name: getattr(config, name) for name in WIRE_NAMES.values()}
    return _checked(replace(ConfigFields(**current, data_type=config.data_type), **said))


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise InvalidData([issue([], "Expected object", code="invalid_type")])
    return body


def _said(given: dict[str, Any], issues: Issues) -> dict[str, Any]:
    """Return the fields that are given and of the right type, by column."""
    said: dict[str, Any] = {}
    for wire_name, column in WIRE_NAMES.items():
        value = given.get(wire_name)
        if value is None:
            continue
        problem = _type_problem(wire_name, value)
        if problem:
            issues.append(issue([wire_name], problem, code="invalid_type"))
        said[column] = value
    if isinstance(said.get("categories"), list):
        _check_categories(said, issues)
    return said


def _type_problem(wire_name: str, value: Any) -> str | None:
    if wire_name == "isArchived":
        return None if isinstance(value, bool) else "Expected boolean"
    if wire_name in {"minValue", "maxValue"}:
        return None if _is_number(value) else "Expected number"
    if wire_name == "categories":
        return None if isinstance(value, list) else "Expected array"
    if not isinstance(value, str):
        return "Expected string"
    if wire_name == "name" and not (1 <= len(value) <= MAX_NAME and NAME.fullmatch(value)):
        return f"Name must have 1 to {MAX_NAME} letters, numbers, underscores, spaces, periods, () or hyphens"
    return None


def _check_categories(said: dict[str, Any], issues: Issues) -> None:
    for index, category in enumerate(said["categories"]):
        if not isinstance(category, dict):
            issues.append(issue(["categories", index], "Expected object", code="invalid_type"))
            continue
        label = category.get("label")
        if not isinstance(label, str) or not label:
            issues.append(issue(["categories", index, "label"], "Expected a label of 1 character or more"))
        if not _is_number(category.get("value")):
            issues.append(issue(["categories", index, "value"], "Expected number", code="invalid_type"))
    if not issues:
        kept = ({"label": one["label"], "value": one["value"]} for one in said["categories"])
        said["categories"] = list(kept)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1.7e308


def _checked(fields: ConfigFields) -> ConfigFields:
    problems = [*_range_problems(fields), *_category_problems(fields)]
    if problems:
        raise InvalidRequest(", ".join(problems))
    return fields


def _range_problems(fields: ConfigFields) -> list[str]:
    low, high = fields.min_value, fields.max_value
    if fields.data_type != ConfigDataType.NUMERIC:
        given = low is not None or high is not None
        return ["Minimum and maximum are only for numeric configs"] if given else []
    wrong = low is not None and high is not None and high <= low
    return ["Maximum value must be greater than Minimum value"] if wrong else []


def _category_problems(fields: ConfigFields) -> list[str]:
    categories = fields.categories
    if fields.data_type == ConfigDataType.BOOLEAN:
        same = categories == BOOLEAN_CATEGORIES
        return [] if same else ["Boolean configs have the categories True and False, no others"]
    if fields.data_type != ConfigDataType.CATEGORICAL:
        return [] if categories is None else [f"Categories are not for {fields.data_type} configs"]
    if not categories:
        return ["Category must be an array of objects with label value pairs"]
    problems = []
    if len({one["label"] for one in categories}) < len(categories):
        problems.append("Duplicate category labels are not allowed")
    if len({one["value"] for one in categories}) < len(categories):
        problems.append("Duplicate category values are not allowed")
    return problems
