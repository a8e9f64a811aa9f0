"""OTLP over gRPC in, the same durable copy as over HTTP and an empty acknowledgement out.

Collectors speak it by default. It needs the extra `grpc`; nothing else imports this module.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from typing import Any

import grpc
from django.db import Error, close_old_connections

from accounts.access import Access, AccessDenied
from accounts.api.errors import api_error
from accounts.keys import authenticate, write_uses
from langfuse_site.lib.errors import ApiError
from tracing.ingest.accept import Sender, accept_export
from tracing.models.pipeline import BatchKind

SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService"
THREADS = 16
RECEIVE_SECONDS = 60.0
"""How long a sender may take for its message: each occupies a thread meanwhile."""
ENVELOPE_BYTES = 4096
"""What gRPC may need beside the message of the largest export."""

# A client tries UNAVAILABLE again and gives up after the others: the specification of OTLP.
CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    429: grpc.StatusCode.UNAVAILABLE,
    503: grpc.StatusCode.UNAVAILABLE,
}


class Exports(grpc.GenericRpcHandler):
    """The one method of the trace service; messages stay bytes, as they are spooled."""

    def __init__(self, *, cap: int, receive_seconds: float) -> None:
        self._cap = cap
        self._receive_seconds = receive_seconds
        # On the wire a stream of one message is what a single one is, but nothing of it is received or
        # unpacked before it is asked for: not before a key was found good.
        self._export = grpc.stream_unary_rpc_method_handler(self._serve)

    def service(self, handler_call_details: Any) -> Any:
        return self._export if handler_call_details.method == f"/{SERVICE}/Export" else None

    def _serve(self, messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        metadata = dict(context.invocation_metadata())
        try:
            access = _access(metadata)
            body = self._received(messages, context)
            sender = Sender(metadata.get("x-langfuse-sdk-name"), metadata.get("x-langfuse-sdk-version"))
            accept_export(access, BatchKind.OTLP_PROTOBUF, body, encoding="", cap=self._cap, sender=sender)
        except (ApiError, Error) as exception:
            error = api_error(exception)
            context.abort(CODES.get(error.status, grpc.StatusCode.INTERNAL), error.message)
        finally:
            write_uses()
            close_old_connections()
        return b""

    def _received(self, messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        close_old_connections()  # One of the few would be held for as long as the sender takes.
        timer = Timer(self._receive_seconds, context.cancel)
        timer.start()
        try:
            return next(messages, b"")
        finally:
            timer.cancel()


def _access(metadata: dict[str, str]) -> Access:
    access = authenticate(metadata.get("authorization"))
    if access.level != "project":
        raise AccessDenied("Access denied - insufficient permissions for this endpoint")
    return access


def start_server(address: str, *, cap: int, receive_seconds: float = RECEIVE_SECONDS) -> grpc.Server:
    """Listen on `host:port` and return the running server; raises RuntimeError where that can't be had."""
    # Its own default lets several servers share a port: a second installation would take half of the first's.
    options = [("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", cap + ENVELOPE_BYTES)]
    server = grpc.server(ThreadPoolExecutor(THREADS, "otlp"), options=options)
    server.add_generic_rpc_handlers((Exports(cap=cap, receive_seconds=receive_seconds),))
    server.add_insecure_port(address)
    server.start()
    return server
