"""Values of attributes in, payloads out; pieces of JSON text are spliced, so that no number changes."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import DecodeError, Raw

from tracing.wire.otel.spans import Attributes
from tracing.wire.payloads import FALSY, Payload, form_of_json, form_of_text
from tracing.wire.text import storable, too_deep

Found = tuple[Any, Any]
"""The input and the output as a convention gives them: values of attributes, or objects made of them."""


def payload(value: Any) -> Payload | None:
    """Return a value as it is stored: a string verbatim, anything else as compact JSON; None for null."""
    if value is None:
        return None
    if isinstance(value, str):
        return Payload(value, form_of_text(value), bool(value))
    source = bytes(value) if isinstance(value, Raw) else msgspec.json.encode(value)
    return Payload(source.decode(), form_of_json(source), not FALSY.fullmatch(source))


def first_of(attributes: Attributes, keys: Iterable[str]) -> Any:
    """Return the value of the first key that is there; None where none is."""
    for key in keys:
        value = attributes.get(key)
        if value is not None:
            return value
    return None


def json_of(value: Any) -> Raw | None:
    """Return a value as JSON to splice; None where it is a string that holds none, or nothing storable."""
    if value is None:
        return None
    if not isinstance(value, str):
        return Raw(msgspec.json.encode(value))
    source = storable(value.encode())
    if too_deep(source):
        return None
    try:
        return Raw(bytes(msgspec.json.decode(source, type=Raw)))
    except DecodeError:
        return None


def spliced(value: Any) -> Any:
    """Return a string as the JSON that it holds, any other value as it is."""
    return (json_of(value) or value) if isinstance(value, str) else value


def members(value: Any) -> Mapping[str, Raw]:
    """Return the members of a JSON object, each as JSON to splice; none where it is something else."""
    source = value if isinstance(value, Raw) else json_of(value)
    if source is None or not bytes(source).startswith(b"{"):
        return {}
    return msgspec.json.decode(source, type=dict[str, Raw])


def elements(value: Any) -> list[Raw]:
    """Return the elements of a JSON array, each as JSON to splice; none where it is something else."""
    source = value if isinstance(value, Raw) else json_of(value)
    if source is None or not bytes(source).startswith(b"["):
        return []
    return msgspec.json.decode(source, type=list[Raw])


def text_of(value: Raw | None) -> str | None:
    """Return the string that this JSON is; None where it is none."""
    if value is None or not bytes(value).startswith(b'"'):
        return None
    return msgspec.json.decode(value, type=str)
