"""Parsed JSON or a query in, what a route takes out, or the issues that a client can read."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from langfuse_site.lib.errors import InvalidData, issue

T = TypeVar("T")

_PLACE = re.compile(r" - at `\$\.?(?P<path>.*)`$")


def take(data: Any, shape: type[T]) -> T:
    """Return `data` as the struct `shape`; unknown fields are ignored."""
    try:
        return msgspec.convert(data, type=shape)
    except msgspec.ValidationError as error:
        text = str(error)
        place = _PLACE.search(text)
        path = re.findall(r"[^.\[\]]+", place["path"]) if place else []
        raise InvalidData([issue(path, _PLACE.sub("", text), code="invalid_type")]) from None


def groups_from_query(
    query: Mapping[str, Any], known: Sequence[str], *, default: Sequence[str]
) -> frozenset[str]:
    """Return the groups of fields that `fields` names, with commas between; a group that isn't there is a 400."""
    named = [word.strip() for word in str(query.get("fields") or "").split(",") if word.strip()]
    unknown = [word for word in named if word not in known]
    if unknown:
        message = f"Unknown field groups: {', '.join(unknown)}. Groups: {', '.join(known)}"
        raise InvalidData([issue(["fields"], message, code="invalid_enum_value")])
    return frozenset(named or default)
