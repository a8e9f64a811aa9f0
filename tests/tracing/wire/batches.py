"""Wire events as text, for the tests of the decoder."""

import json
from typing import Any

from tracing.wire.decode import DecodedBatch, decode_batch

NOON = "2024-05-01T12:00:00Z"


def event(kind: str = "trace-create", body: str = '{"id":"t"}', *, id: str = "e", time: str = NOON) -> str:
    return f'{{"id":{json.dumps(id)},"type":"{kind}","timestamp":"{time}","body":{body}}}'


def trace(fields: str = "", *, id: str = "t") -> str:
    return event(body=f'{{"id":"{id}"{"," if fields else ""}{fields}}}')


def observation(fields: str = "", *, kind: str = "generation-create") -> str:
    return event(kind, f'{{"id":"o"{"," if fields else ""}{fields}}}')


def decode(*elements: str | bytes) -> DecodedBatch:
    parts = [part if isinstance(part, bytes) else part.encode() for part in elements]
    return decode_batch(b'{"batch":[' + b",".join(parts) + b"]}", bodies={})


def body_of(element: str | bytes) -> Any:
    decoded = decode(element)
    assert decoded.rejections == []
    return decoded.events[0].body


def refusal_of(element: str | bytes) -> tuple[str, str, list[Any], str]:
    """Return id, reason, path and text of the one thing that is wrong with an element."""
    decoded = decode(trace(), element, trace())
    assert [one.index for one in decoded.events] == [0, 2]
    (rejection,) = decoded.rejections
    assert (rejection.index, rejection.status, rejection.message) == (1, 400, "Invalid request data")
    (issue,) = json.loads(rejection.error)
    return rejection.id, rejection.reason, issue["path"], issue["message"]
