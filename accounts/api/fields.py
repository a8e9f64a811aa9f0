"""Parsed JSON in, the struct that a route takes out, or the issues that a client can read."""

import re
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
