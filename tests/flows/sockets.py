"""Raw bodies and headers in, what a server answers over a socket out."""

import base64
import http.client
import json
import socket
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from tests.live import Answer, LiveServer

INGESTION = "/api/public/ingestion"
PIECE = 65_536
TIMEOUT = 60.0

Body = bytes | Iterable[bytes]


def basic(server: LiveServer) -> dict[str, str]:
    token = base64.b64encode(f"{server.public_key}:{server.secret_key}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def connect(server: LiveServer, *, timeout: float = TIMEOUT) -> http.client.HTTPConnection:
    url = urlsplit(server.host)
    return http.client.HTTPConnection(url.hostname or "", url.port, timeout=timeout)


def send(
    server: LiveServer,
    body: Body,
    *,
    headers: dict[str, str] | None = None,
    auth: dict[str, str] | None = None,
    method: str = "POST",
    path: str = INGESTION,
) -> Answer:
    """Send a request whole, then read the answer; an iterable goes out in chunks, without a length."""
    connection = connect(server)
    sent = {
        "Content-Type": "application/json",
        **(basic(server) if auth is None else auth),
        **(headers or {}),
    }
    try:
        connection.request(method, path, body, sent, encode_chunked=not isinstance(body, bytes))
        return _read(connection)
    finally:
        connection.close()


def pieces(body: bytes) -> Iterator[bytes]:
    """Return the body as an iterable, which `send` sends chunked."""
    return (body[start : start + PIECE] for start in range(0, len(body), PIECE))


def batch(*events: Any) -> bytes:
    """Return the body of a batch; an event that is bytes already goes in as it is."""
    parts = (one if isinstance(one, bytes) else json.dumps(one).encode() for one in events)
    return b'{"batch":[' + b",".join(parts) + b"]}"


def send_half(server: LiveServer, declared: int, body: bytes) -> socket.socket:
    """Send a request whose body ends before its Content-Length; return the socket."""
    url = urlsplit(server.host)
    peer = socket.create_connection((url.hostname, url.port), timeout=TIMEOUT)
    head = [f"POST {INGESTION} HTTP/1.1", "Host: x", f"Content-Length: {declared}"]
    head += [f"{name}: {value}" for name, value in basic(server).items()]
    peer.sendall("\r\n".join([*head, "", ""]).encode() + body)
    return peer


def _read(connection: http.client.HTTPConnection) -> Answer:
    response = connection.getresponse()
    content = response.read()
    is_json = "json" in response.headers.get("Content-Type", "")
    return Answer(
        response.status,
        json.loads(content) if is_json else content,
        {name.title(): value for name, value in response.headers.items()},
    )
