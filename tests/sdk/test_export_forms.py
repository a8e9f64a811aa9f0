"""Recorded exports in, as JSON and protobuf, gzipped and in chunks; the same rows out of each form."""

import base64
import gzip
import hashlib
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.live import LiveServer
from tests.sdk.exports import IDS, protobuf, spans

RECORDED = sorted((Path(__file__).parent / "wire" / "otel").glob("*.json"))
FORMS = ("json", "protobuf", "gzipped protobuf", "json in chunks")
CHUNK_BYTES = 1_000
OF_THE_REQUEST = frozenset({"id", "traceId", "parentObservationId", "htmlPath", "createdAt", "updatedAt"})
"""Fields of a trace or an observation that differ from request to request."""


def post(server: LiveServer, form: str, export: Any) -> int:
    """Send an export in a form; return the status of the answer."""
    kind = "x-protobuf" if "protobuf" in form else "json"
    content = protobuf(export) if kind == "x-protobuf" else json.dumps(export).encode()
    token = base64.b64encode(f"{server.public_key}:{server.secret_key}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Content-Type": f"application/{kind}"}
    if "gzipped" in form:
        content = gzip.compress(content)
        headers["Content-Encoding"] = "gzip"
    body = pieces(content) if "chunks" in form else content
    connection = http.client.HTTPConnection(urlsplit(server.host).netloc, timeout=30)
    connection.request("POST", "/api/public/otel/v1/traces", body, headers, encode_chunked="chunks" in form)
    status = connection.getresponse().status
    connection.close()
    return status


def pieces(content: bytes) -> Iterator[bytes]:
    """Return the content in pieces; a body of unknown length is what http.client sends in chunks."""
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]


def of_form(form: str, exports: list[Any]) -> list[Any]:
    """Return the exports with ids of the form's own."""
    copy = json.loads(json.dumps(exports))
    for _, span in spans(copy):
        for key in IDS:
            if span.get(key):
                size = len(span[key])
                span[key] = hashlib.sha256(f"{form}{span[key]}".encode()).hexdigest()[:size]
    return copy


def rows(server: LiveServer, exports: list[Any]) -> list[Any]:
    """Return the traces of the exports as the API shows them, in the order of their first spans."""
    sent = [span["traceId"] for _, span in spans(exports)]
    return [stable(server.trace(name, observations=sent.count(name))) for name in dict.fromkeys(sent)]


def stable(trace: Any) -> Any:
    """Return what a trace and its observations have in common in every form; a parent by its name."""
    names = {item["id"]: item["name"] for item in trace["observations"]}
    found = [
        {**without_ids(item), "parent": names.get(item["parentObservationId"])}
        for item in trace["observations"]
    ]
    return {**without_ids(trace), "observations": sorted(found, key=str)}


def without_ids(row: Any) -> Any:
    return {key: value for key, value in row.items() if key not in OF_THE_REQUEST}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_every_form_of_an_export_gives_the_same_rows(server: LiveServer, path: Path) -> None:
    exports = json.loads(path.read_text(encoding="utf-8"))
    sent = {form: of_form(form, exports) for form in FORMS}
    assert {post(server, form, export) for form in FORMS for export in sent[form]} == {200}
    expected, *others = [rows(server, sent[form]) for form in FORMS]
    assert all(trace["observations"] for trace in expected)
    assert others == [expected] * len(others)
