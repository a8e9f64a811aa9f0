"""A request in, its raw body out, unpacked on demand; nothing larger than a cap ever gets into memory."""

import time
import zlib
from collections.abc import Callable, Iterator

from django.db import connection
from django.http import HttpRequest
from rest_framework.request import Request

from langfuse_site.lib.errors import InvalidRequest, PayloadTooLarge

CHUNK_BYTES = 65_536
MAX_DRAINED_BYTES = 128_000_000
MAX_DRAIN_SECONDS = 10
"""What of a refused body is read and dropped: a client that still sends would not see the answer."""

MAX_MEMBERS = 1_000
"""Of a gzip body, which is one in practice; 32 MB of empty ones would be unpacked for seconds."""

Read = Callable[[int], bytes]


def read_body(request: HttpRequest | Request, cap: int) -> bytes:
    """Return the body as it came; one over the cap is dropped and answered with 413."""
    return b"".join(stream_body(request, cap))


def stream_body(request: HttpRequest | Request, cap: int) -> Iterator[bytes]:
    """Yield the body piece by piece; one over the cap is dropped and answered with 413."""
    if not connection.in_atomic_block:
        connection.close()  # One of the few would be held for as long as a slow client sends.
    django_request = request._request if isinstance(request, Request) else request
    read, length = _source(django_request)
    if length is not None and length > cap:
        drain_body(django_request)
        raise _too_large(cap)
    size = 0
    for chunk in _chunks(read):
        size += len(chunk)
        if size > cap:
            _drain(read)
            raise _too_large(cap)
        yield chunk
    if length is not None and size < length:
        raise InvalidRequest("The body ended before its Content-Length")


def drain_body(request: HttpRequest | Request) -> None:
    """Read and drop what is left of a body that nobody wants, so that the client gets to read the answer."""
    django_request = request._request if isinstance(request, Request) else request
    if django_request.META.get("HTTP_EXPECT", "").lower() == "100-continue":
        return  # This one waits to be asked for its body.
    try:
        read, _ = _source(django_request)
    except InvalidRequest:
        return
    _drain(read)


def unpack(body: bytes, encoding: str, cap: int) -> bytes:
    """Return the body without its content encoding; a bomb is refused as soon as it grows over the cap."""
    match encoding.strip().lower():
        case "" | "identity":
            if len(body) > cap:
                raise _too_large(cap)
            return body
        case "gzip" | "x-gzip":
            return _inflate(body, 31, cap)
        case "deflate":
            # Half the clients send the zlib format that the RFC means, half the bare stream.
            return _inflate(body, 15 if body[:1] and body[0] & 0x0F == 8 else -15, cap)
        case other:
            raise InvalidRequest(f"Unsupported content encoding: {other[:40]}")


def _source(request: HttpRequest) -> tuple[Read, int | None]:
    """Return how to read the body, and its length where the client told it."""
    declared = request.META.get("CONTENT_LENGTH")
    if declared:
        try:
            return request.read, int(declared)
        except ValueError:
            raise InvalidRequest("Invalid Content-Length") from None
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    if chunked or request.META.get("wsgi.input_terminated"):
        return request.META["wsgi.input"].read, None
    return request.read, 0


def _chunks(read: Read) -> Iterator[bytes]:
    try:
        while chunk := read(CHUNK_BYTES):
            yield chunk
    except OSError:
        raise InvalidRequest("The body could not be read") from None


def _drain(read: Read) -> None:
    dropped, until = 0, time.monotonic() + MAX_DRAIN_SECONDS
    try:
        while dropped < MAX_DRAINED_BYTES and time.monotonic() < until and (chunk := read(CHUNK_BYTES)):
            dropped += len(chunk)
    except OSError:
        return


def _inflate(body: bytes, wbits: int, cap: int) -> bytes:
    unpacked, rest, members = bytearray(), memoryview(body), 1
    stream = zlib.decompressobj(wbits)
    while rest:
        if stream.eof:
            stream, members = zlib.decompressobj(wbits), members + 1
        # What follows the end of a member is copied: of the whole rest, that would take minutes.
        piece = rest[:CHUNK_BYTES]
        try:
            unpacked += stream.decompress(piece, cap + 1 - len(unpacked))
        except zlib.error:
            raise InvalidRequest("The body is not in its content encoding") from None
        if len(unpacked) > cap:
            raise _too_large(cap)
        if members > MAX_MEMBERS:
            raise InvalidRequest("The compressed body has too many parts")
        rest = rest[len(piece) - len(stream.unused_data) :]
    if body and not stream.eof:
        raise InvalidRequest("The compressed body is cut off")
    return bytes(unpacked)


def _too_large(cap: int) -> PayloadTooLarge:
    limit = f"{cap / 1_000_000:g}mb" if cap >= 1_000_000 else f"{cap} bytes"
    return PayloadTooLarge(f"Body exceeded {limit} limit")
