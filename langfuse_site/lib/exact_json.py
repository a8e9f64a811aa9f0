"""JSON text in, values out, and back, with every digit of every number kept."""

import json
from decimal import Decimal
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number")
INT64_DIGITS = 18


def exact_loads(text: str | bytes) -> Any:
    """Return the value of `text`; decimals and integers beyond 64 bits come as `Decimal`."""
    return _DECODER.decode(text if isinstance(text, str) else text.decode())


def exact_dumps(value: Any) -> str:
    """Return compact JSON of a value that `exact_loads` gave."""
    return _ENCODER.encode(value).decode()


def _parse_int(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= INT64_DIGITS else Decimal(digits)


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_int=_parse_int)
"""To make one costs more than to decode a short text."""
