"""Media in inputs with the Python SDK 2: uploaded, referred to, resolved; and uploads over a bare socket."""

import base64
import hashlib
import http.client
import secrets
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.live import LiveServer
from tests.sdk.reading import observation
from tests.sdk.running import Target, run_python

CHUNK = b"0123456789abcdef" * 4096
CHUNKS = 80


@pytest.fixture(scope="module")
def run() -> str:
    return secrets.token_hex(8)


@pytest.fixture(scope="module")
def result(target: Target, run: str) -> Any:
    return run_python("media", target, run)


@pytest.fixture(scope="module")
def trace(server: LiveServer, result: Any) -> Any:
    return server.trace(result["trace"], observations=1)


def media_id(reference: str) -> str:
    return reference.partition("|id=")[2].partition("|")[0]


def content(server: LiveServer, reference: str) -> bytes:
    media = server.get(f"media/{media_id(reference)}")
    with urlopen(media["url"], timeout=10) as response:
        return bytes(response.read())


def test_references_stand_in_for_the_bytes(trace: Any) -> None:
    reading = observation(trace, "read")
    assert trace["input"]["image"].startswith("@@@langfuseMedia:type=image/png|id=")
    assert reading["input"][1].endswith("|source=base64_data_uri@@@")
    assert media_id(reading["input"][1]) == media_id(reading["metadata"]["again"])
    assert media_id(reading["output"]) == media_id(trace["input"]["image"])


def test_references_lead_to_the_bytes(server: LiveServer, trace: Any, run: str) -> None:
    assert content(server, trace["input"]["image"]).startswith(b"\x89PNG")
    note = observation(trace, "read")["input"][1]
    assert content(server, note) == f"a note of this run: {run}".encode()


def test_the_sdk_resolves_what_it_has_sent(result: Any) -> None:
    assert result["resolved"]["image"].startswith("data:image/png;base64,iVBORw0KGgo")
    assert result["fetched"] == {"type": "text/plain", "length": 36}


def announce(server: LiveServer, body: bytes) -> Any:
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    announcement = {
        "contentType": "application/octet-stream",
        "contentLength": len(body),
        "sha256Hash": digest,
        "field": "input",
        "traceId": "socket",
    }
    return server.post("media", announcement).body


def put_chunked(url: str, chunks: list[bytes]) -> int:
    """Send a body without its length, as some clients do."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("PUT", f"{parts.path}?{parts.query}", body=iter(chunks), encode_chunked=True)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_chunked_upload_of_more_than_any_json_body(server: LiveServer) -> None:
    body = CHUNK * CHUNKS + secrets.token_bytes(8)
    announced = announce(server, body)
    chunks = [*[CHUNK] * CHUNKS, body[-8:]]
    assert put_chunked(announced["uploadUrl"], chunks) == 200
    media = server.get(f"media/{announced['mediaId']}")
    with urlopen(media["url"], timeout=30) as response:
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.read() == body


def test_a_chunked_upload_that_does_not_end_is_cut(server: LiveServer) -> None:
    announced = announce(server, secrets.token_bytes(16))
    assert put_chunked(announced["uploadUrl"], [CHUNK] * CHUNKS) == 413
    assert server.ask("GET", f"media/{announced['mediaId']}").status == 404
