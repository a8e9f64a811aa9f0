"""Values of attributes in, payloads out; pieces of JSON text are spliced, so that no number changes."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import DecodeError, Raw
from msgspec.json import Decoder

from tracing.wire.otel.spans import Attributes
from tracing.wire.payloads import ANY_JSON, Payload, form_of_text, may_be_json, payload_of
from tracing.wire.text import storable, too_deep

T = TypeVar("T")

MEMBERS, ELEMENTS, TEXT = Decoder(dict[str, Raw]), Decoder(list[Raw]), Decoder(str)
"""To make a decoder costs more than to decode a short value."""

Found = tuple[Any, Any]
"""The input and the output as a convention gives them: values of attributes, or objects made of them."""


def payload(value: Any) -> Payload | None:
    """Return a value as it is stored: a string verbatim, anything else as compact JSON; None for null."""
    if value is None:
        return None
    if isinstance(value, str):
        return Payload(value, form_of_text(value), bool(value))
    return payload_of(value if isinstance(value, Raw) else Raw(msgspec.json.encode(value)))


def found(given: Any, made: Any) -> Found | None:
    """Return an input and an output; None where both are missing, so that the next convention is asked."""
    return None if given is None and made is None else (given, made)


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
    return _decoded(value, ANY_JSON)


def spliced(value: Any) -> Any:
    """Return a string as the JSON that it holds, any other value as it is."""
    if not isinstance(value, str):
        return value
    source = _decoded(value, ANY_JSON)
    return value if source is None else source


def members(value: Any) -> Mapping[str, Raw]:
    """Return the members of a JSON object, each as JSON to splice; none where it is something else."""
    return _decoded(value, MEMBERS) or {}


def elements(value: Any) -> list[Raw]:
    """Return the elements of a JSON array or a list, each as JSON to splice; none where it is something else."""
    if isinstance(value, list):
        return [Raw(msgspec.json.encode(element)) for element in value]
    return _decoded(value, ELEMENTS) or []


def text_of(value: Raw | None) -> str | None:
    """Return the string that this JSON is; None where it is none."""
    return None if value is None else _decoded(value, TEXT)


def _decoded(value: Any, shape: Decoder[T]) -> T | None:
    """Return JSON of this shape; None where the value is neither a string nor `Raw`, or holds no such JSON."""
    if isinstance(value, str):
        if not may_be_json(value):
            return None
        source = storable(value.encode())
        if too_deep(source):
            return None
    elif isinstance(value, Raw):
        source = bytes(value)
    else:
        return None
    try:
        return shape.decode(source)
    except DecodeError:
        return None
