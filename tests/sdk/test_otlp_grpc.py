"""OTLP over gRPC: the real exporter against the optional process, and what is refused."""

import base64
from collections.abc import Iterator
from dataclasses import replace

import grpc
import pytest

from langfuse_site.up.children import stop_all
from langfuse_site.up.commands import otlp_grpc
from tests.live import LiveServer, free_port
from tests.sdk.reading import tree
from tests.sdk.running import Target, run_opentelemetry

START_SECONDS = 30.0
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


@pytest.fixture(scope="module")
def address(server: LiveServer) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    child = otlp_grpc(server.folder, server.environment, address=address)
    child.launch()
    try:
        with grpc.insecure_channel(address) as channel:
            grpc.channel_ready_future(channel).result(START_SECONDS)
        yield address
    finally:
        stop_all([child], patience=15.0)


def test_a_trace_of_the_real_exporter(server: LiveServer, target: Target, address: str) -> None:
    told = run_opentelemetry("over_grpc", target, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{address}")
    assert told["result"] == "SUCCESS"
    trace = server.trace(told["trace"], observations=2)
    assert tree(trace) == ["chat < over gRPC", "over gRPC < over gRPC"]
    assert trace["sessionId"] == "grpc"
    assert [each["type"] for each in trace["observations"] if each["name"] == "chat"] == ["GENERATION"]


def test_the_exporter_is_told_that_a_key_is_wrong(target: Target, address: str) -> None:
    wrong = replace(target, secret_key="sk-lf-wrong")
    told = run_opentelemetry("over_grpc", wrong, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{address}")
    assert told["result"] == "FAILURE"


@pytest.mark.parametrize(
    ("body", "authorization", "code"),
    [
        (b"\xff\xff\xff", "Basic", grpc.StatusCode.INVALID_ARGUMENT),
        (b"", "Bearer", grpc.StatusCode.PERMISSION_DENIED),
        (b"", "", grpc.StatusCode.UNAUTHENTICATED),
    ],
)
def test_what_is_refused_has_a_code(
    server: LiveServer, address: str, body: bytes, authorization: str, code: grpc.StatusCode
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        _export(address, body, _authorization(server, authorization))
    assert caught.value.code() is code


def test_a_stranger_is_told_so_before_anything_is_received(address: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        _export(address, bytes(40_000_000), [])
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize("packed", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_more_than_the_cap_is_refused_packed_and_plain(
    server: LiveServer, address: str, packed: grpc.Compression
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        _export(address, bytes(40_000_000), _authorization(server, "Basic"), compression=packed)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_an_export_without_spans_is_taken(server: LiveServer, address: str) -> None:
    assert _export(address, b"", _authorization(server, "Basic")) == b""


def test_other_services_are_not_there(server: LiveServer, address: str) -> None:
    metrics = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
    with pytest.raises(grpc.RpcError) as caught:
        _export(address, b"", _authorization(server, "Basic"), method=metrics)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def _authorization(server: LiveServer, kind: str) -> list[tuple[str, str]]:
    token = base64.b64encode(f"{server.public_key}:{server.secret_key}".encode()).decode()
    values = {"Basic": f"Basic {token}", "Bearer": f"Bearer {server.public_key}"}
    return [("authorization", values[kind])] if kind else []


def _export(
    address: str,
    body: bytes,
    metadata: list[tuple[str, str]],
    *,
    method: str = EXPORT,
    compression: grpc.Compression | None = None,
) -> bytes:
    with grpc.insecure_channel(address) as channel:
        call = channel.unary_unary(method)
        return bytes(call(body, metadata=metadata, timeout=10, compression=compression))
