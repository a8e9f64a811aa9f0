"""A request's body in, the JSON value in it out, capped and unpacked."""

import json
import math
import re
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from accounts.api.bodies import read_body, unpack
from langfuse_site.lib.errors import ApiError

MAX_DEPTH = 500
"""Deeper values are read, but not everything that writes JSON gets to their end."""
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


class InvalidJSON(ApiError):
    status = 400

    def __init__(self) -> None:
        super().__init__("Invalid JSON")

    def body(self) -> dict[str, Any]:
        return {"message": self.message, "error": "InvalidRequestError"}


class CappedJSONParser(BaseParser):
    """Takes every content type: clients of the API send JSON under many names."""

    media_type = "*/*"
    cap_setting = "MAX_BODY_BYTES"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request: Request = (parser_context or {})["request"]
        cap = getattr(settings, self.cap_setting)
        encoding = request.META.get("HTTP_CONTENT_ENCODING", "")
        return decode_json(unpack(read_body(request, cap), encoding, cap))


def decode_json(raw: bytes) -> Any:
    """Return the JSON value as PostgreSQL can store it; an empty body is an empty object."""
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        raise InvalidJSON from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise InvalidJSON
    return storable(value) if ESCAPED.search(raw) else value


def storable(value: Any) -> Any:
    """Return the value with U+FFFD for the characters that PostgreSQL has no room for."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value


def _depth(value: Any) -> int:
    """Return how many lists and objects stand within each other, up to one more than may."""
    level, depth = [value], 0
    while depth <= MAX_DEPTH:
        level = [one for one in level if isinstance(one, dict | list)]
        if not level:
            break
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
        depth += 1
    return depth


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits} is no number that can be stored")
    return number
