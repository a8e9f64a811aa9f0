"""OTLP over gRPC within the process: senders that stall."""

import threading
from collections.abc import Iterator

import grpc
import pytest

from tests.cast import Cast
from tests.live import free_port
from tests.tracing.wire.otel.exports import export_of
from tracing.models import SpooledBatch
from tracing.otlp_grpc import SERVICE, THREADS, start_server

pytestmark = pytest.mark.django_db(transaction=True)


def test_senders_that_stall_keep_nobody_out(cast: Cast) -> None:
    address, ended = f"127.0.0.1:{free_port()}", threading.Event()
    metadata = [("authorization", cast.a.auth["HTTP_AUTHORIZATION"])]
    server = start_server(address, cap=1_000_000, receive_seconds=0.5)

    def nothing() -> Iterator[bytes]:
        ended.wait()
        yield b""

    try:
        with grpc.insecure_channel(address) as channel:
            stalling = channel.stream_unary(f"/{SERVICE}/Export")
            stalled = [stalling.future(nothing(), metadata=metadata) for _ in range(THREADS)]
            body = export_of({}).SerializeToString()
            answer = channel.unary_unary(f"/{SERVICE}/Export")(body, metadata=metadata, timeout=30)
            assert (answer, SpooledBatch.objects.count()) == (b"", 1)
            assert {call.code() for call in stalled} == {grpc.StatusCode.CANCELLED}
    finally:
        ended.set()
        server.stop(None).wait()
