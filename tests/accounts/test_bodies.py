"""Bodies as clients send them, in; the bytes, or a clear refusal that never needs much memory, out."""

import gzip
import io
import json
import random
import tracemalloc
import zlib
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.api.bodies import CHUNK_BYTES, MAX_MEMBERS, read_body, unpack
from accounts.api.parsers import InvalidJSON, decode_json
from langfuse_site.lib.errors import InvalidRequest, PayloadTooLarge

CAP = 1_000


def request_of(body: bytes, **meta: Any) -> HttpRequest:
    request = RequestFactory().post("/", body, content_type="application/json")
    request.META.update(meta)
    return request


def chunked(body: bytes, **meta: Any) -> HttpRequest:
    request = RequestFactory().post("/", b"", content_type="application/json")
    request.META.pop("CONTENT_LENGTH", None)
    request.META.update({"wsgi.input": io.BytesIO(body), **meta})
    return request


def test_a_body_with_a_length() -> None:
    assert read_body(request_of(b"x" * CAP), CAP) == b"x" * CAP


@pytest.mark.parametrize("meta", [{"wsgi.input_terminated": True}, {"HTTP_TRANSFER_ENCODING": "Chunked"}])
def test_a_chunked_body(meta: dict[str, Any]) -> None:
    assert read_body(chunked(b"x" * CAP, **meta), CAP) == b"x" * CAP


def test_no_body() -> None:
    assert read_body(chunked(b""), CAP) == b""


@pytest.mark.django_db(transaction=True)
def test_while_a_client_sends_no_connection_to_the_database_is_held() -> None:
    held = []

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            held.append(connection.connection is not None)
            return super().read(size)

    connection.ensure_connection()
    request = chunked(b"", HTTP_TRANSFER_ENCODING="chunked")
    request.META["wsgi.input"] = Slow(b"x" * CAP)
    assert read_body(request, CAP) == b"x" * CAP
    assert held and not any(held)


def test_a_body_over_the_cap_is_read_to_its_end_and_refused() -> None:
    request = chunked(b"x" * 200_000, HTTP_TRANSFER_ENCODING="chunked")
    with pytest.raises(PayloadTooLarge, match="Body exceeded 1000 bytes limit"):
        read_body(request, CAP)
    assert request.META["wsgi.input"].read() == b""


def test_a_length_over_the_cap_is_refused() -> None:
    with pytest.raises(PayloadTooLarge):
        read_body(request_of(b"x" * (CAP + 1)), CAP)


def test_a_client_that_waits_to_be_asked_is_not_asked() -> None:
    request = request_of(b"x" * (CAP + 1), HTTP_EXPECT="100-continue")
    with pytest.raises(PayloadTooLarge):
        read_body(request, CAP)
    assert len(request.read()) == CAP + 1


@pytest.mark.parametrize("length", ["20", "x"])
def test_a_false_length(length: str) -> None:
    request = request_of(b"x" * 10)
    request.META["CONTENT_LENGTH"] = length
    with pytest.raises(InvalidRequest):
        read_body(request, CAP)


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (b"hello", ""),
        (b"hello", "identity"),
        (gzip.compress(b"hello", mtime=0), "gzip"),
        (gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0), "GZIP"),
        (zlib.compress(b"hello"), "deflate"),
        (zlib.compress(b"hello")[2:-4], "deflate"),
    ],
)
def test_encodings(packed: bytes, encoding: str) -> None:
    assert unpack(packed, encoding, CAP) == b"hello"


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 23, CHUNK_BYTES, 3 * CHUNK_BYTES + 1])
def test_members_end_anywhere(size: int) -> None:
    """Of random bytes, a member is 23 larger than what it holds, and a little more for each block of them."""
    part = random.Random(size).randbytes(size)
    assert unpack(gzip.compress(part) * 3 + gzip.compress(b"end"), "gzip", 10**7) == part * 3 + b"end"


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (gzip.compress(b"hello", mtime=0)[:-3], "gzip"),
        (b"hello", "gzip"),
        (gzip.compress(b"hello", mtime=0) + b"rest", "gzip"),
        (b"\xff\xff", "deflate"),
        (b"hello", "br"),
    ],
)
def test_broken_encodings(packed: bytes, encoding: str) -> None:
    with pytest.raises(InvalidRequest):
        unpack(packed, encoding, CAP)


def test_a_bomb_is_refused_before_it_grows() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    tracemalloc.start()
    with pytest.raises(PayloadTooLarge):
        unpack(bomb, "gzip", CAP)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_more_members_than_anybody_sends_are_refused() -> None:
    assert unpack(gzip.compress(b"") * MAX_MEMBERS, "gzip", CAP) == b""
    with pytest.raises(InvalidRequest, match="too many parts"):
        unpack(gzip.compress(b"") * (MAX_MEMBERS + 1), "gzip", CAP)


def test_a_bomb_of_many_members_is_refused() -> None:
    with pytest.raises(PayloadTooLarge):
        unpack(gzip.compress(b"\0" * 400) * 3, "gzip", CAP)


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"{'a': 1}",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e400}',
        b'{"a": ' + b"9" * 5_000 + b"}",
        b"[" * 100_000,
        b'{"a": "\x00"}',
    ],
)
def test_what_is_not_json(raw: bytes) -> None:
    with pytest.raises(InvalidJSON):
        decode_json(raw)


def test_what_postgresql_has_no_room_for_is_replaced() -> None:
    value = decode_json(rb'{"a\u0000": ["\ud800", "\ud83d\ude00", "\u0000"]}')
    assert value == {"a\ufffd": ["\ufffd", "\U0001f600", "\ufffd"]}


def test_an_empty_body_is_an_empty_object() -> None:
    assert decode_json(b" ") == {}


def test_numbers_keep_their_digits() -> None:
    assert decode_json(json.dumps({"n": 2**70}).encode()) == {"n": 2**70}


def test_values_nested_too_deep() -> None:
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        text = f"{opening * 500}1{closing * 500}"
        assert json.dumps(decode_json(text.encode())).count(opening[0]) == 500
        with pytest.raises(InvalidJSON):
            decode_json(f"[{text}]".encode())
