"""POST /otel/v1/traces and /otel/v1/metrics: every status and body, and what is in the spool then."""

import gzip
import json
from typing import Any

import pytest
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from accounts import keys
from tests.cast import Cast
from tracing.ingest import spool
from tracing.models import RejectedEvents, SpooledBatch

pytestmark = pytest.mark.django_db(transaction=True)
TRACES, METRICS = "/api/public/otel/v1/traces", "/api/public/otel/v1/metrics"
JSON, PROTOBUF = "application/json", "application/x-protobuf"
INSUFFICIENT = {"message": "Access denied - insufficient permissions for this endpoint"}


def export(**span: Any) -> dict[str, Any]:
    """Return an export of one span; fields of None are left out."""
    full = {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "s", **span}
    named = {name: value for name, value in full.items() if value is not None}
    return {"resourceSpans": [{"scopeSpans": [{"spans": [named]}]}]}


def protobuf() -> bytes:
    message = ExportTraceServiceRequest()
    message.resource_spans.add().scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    raw: bytes = message.SerializeToString()
    return raw


def post(
    client: Client,
    body: Any,
    auth: dict[str, Any],
    *,
    content_type: str = JSON,
    url: str = TRACES,
    **headers: Any,
) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    # The client leaves out the content type of a body without a byte; a server gets both.
    return client.post(url, raw, content_type=content_type, CONTENT_TYPE=content_type, **auth, **headers)


@pytest.mark.parametrize("path", [TRACES, f"{TRACES}/", f"/{TRACES}"])
def test_json_is_spooled_and_answered_by_json(client: Client, cast: Cast, path: str) -> None:
    content_type = "Application/JSON; charset=utf-8"
    response = post(client, export(), cast.a.auth, content_type=content_type, PATH_INFO=path)
    assert (response.status_code, response.json(), response["Content-Type"]) == (200, {}, JSON)
    batch = SpooledBatch.objects.get()
    assert (batch.kind, batch.event_count, batch.project_id) == ("otlp-json", 1, cast.a.project_id)
    assert (json.loads(bytes(batch.body)), batch.rejected) == (export(), None)


def test_protobuf_is_spooled_and_answered_by_protobuf(client: Client, cast: Cast) -> None:
    response = post(client, protobuf(), cast.a.auth, content_type=PROTOBUF)
    assert (response.status_code, response["Content-Type"]) == (200, PROTOBUF)
    assert ExportTraceServiceResponse.FromString(response.content) == ExportTraceServiceResponse()
    batch = SpooledBatch.objects.get()
    assert (batch.kind, batch.event_count, bytes(batch.body)) == ("otlp-protobuf", 1, protobuf())


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "identity, gzip"])
def test_gzip_stays_gzip_in_the_spool(client: Client, cast: Cast, encoding: str) -> None:
    packed = gzip.compress(protobuf())
    response = post(client, packed, cast.a.auth, content_type=PROTOBUF, HTTP_CONTENT_ENCODING=encoding)
    assert response.status_code == 200
    batch = SpooledBatch.objects.get()
    assert (bytes(batch.body), batch.encoding, batch.body_bytes) == (packed, "gzip", len(protobuf()))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", JSON),
        (b'{"resourceSpans":null}', JSON),
        (b'{"resourceSpans":[]}', JSON),
        (b'{"resourceSpans":[{"scopeSpans":[]}]}', JSON),
        (b"", PROTOBUF),
    ],
)
def test_an_export_without_spans_is_fine(client: Client, cast: Cast, body: bytes, content_type: str) -> None:
    assert post(client, body, cast.a.auth, content_type=content_type).status_code == 200
    assert not SpooledBatch.objects.exists()
    assert not RejectedEvents.objects.exists()


REFUSED: dict[str, tuple[Any, str, dict[str, Any], str]] = {
    "no content type": (b"{}", "", {}, "Invalid content type"),
    "another content type": (b"{}", "text/plain", {}, "Invalid content type"),
    "no gzip": (
        b"{}",
        JSON,
        {"HTTP_CONTENT_ENCODING": "gzip"},
        "Failed to decompress request body",
    ),
    "gzip that is cut off": (
        gzip.compress(protobuf())[:-4],
        PROTOBUF,
        {"HTTP_CONTENT_ENCODING": "gzip"},
        "Failed to decompress request body",
    ),
    "another encoding": (
        b"{}",
        JSON,
        {"HTTP_CONTENT_ENCODING": "zstd"},
        "Failed to decompress request body",
    ),
    "no protobuf": (b"{}", PROTOBUF, {}, "Failed to parse OTel Protobuf Trace"),
    "no JSON": (b"{", JSON, {}, "Failed to parse OTel JSON Trace"),
    "nothing": (b"", JSON, {}, "Failed to parse OTel JSON Trace"),
    "version 5": (
        b"{}",
        JSON,
        {"HTTP_X_LANGFUSE_INGESTION_VERSION": "5"},
        'Unsupported x-langfuse-ingestion-version: "5". Maximum supported: "4".',
    ),
    "version x": (
        b"{}",
        JSON,
        {"HTTP_X_LANGFUSE_INGESTION_VERSION": "x"},
        'Unsupported x-langfuse-ingestion-version: "x". Maximum supported: "4".',
    ),
    "no trace id": (export(traceId=None), JSON, {}, "Invalid OTLP trace export: a span lacks its traceId"),
    "no list": (
        {"resourceSpans": [{"scopeSpans": {}}]},
        JSON,
        {},
        "Invalid OTLP trace export: Expected `array | null`, got `object`"
        " - at `$.resourceSpans[0].scopeSpans`",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_named_and_nothing_of_it_is_stored(client: Client, cast: Cast, name: str) -> None:
    body, content_type, headers, message = REFUSED[name]
    response = post(client, body, cast.a.auth, content_type=content_type, **headers)
    assert (response.status_code, response.json()) == (400, {"error": message})
    assert not SpooledBatch.objects.exists()


@pytest.mark.parametrize("version", ["1", "4", " 4", "4.0", ""])
def test_older_ingestion_versions_are_taken(client: Client, cast: Cast, version: str) -> None:
    response = post(client, export(), cast.a.auth, HTTP_X_LANGFUSE_INGESTION_VERSION=version)
    assert response.status_code == 200
    assert SpooledBatch.objects.get().ingestion_version == (version or None)


def test_a_refused_export_is_counted_with_its_key_and_sdk(client: Client, cast: Cast) -> None:
    sdk = {"HTTP_X_LANGFUSE_SDK_NAME": "python", "HTTP_X_LANGFUSE_SDK_VERSION": "5.0.4"}
    for body in (b"{", json.dumps(export(spanId=7)).encode()):
        assert post(client, body, cast.a.auth, **sdk).status_code == 400
    refused = RejectedEvents.objects.get()
    assert (refused.reason, refused.count, refused.project_id) == ("invalid-export", 2, cast.a.project_id)
    assert (refused.api_key_id, refused.sdk_name, refused.sdk_version) == (
        str(cast.a.api_key.id),
        "python",
        "5.0.4",
    )
    assert [sample["detail"] for sample in refused.samples] == [
        "Failed to parse OTel JSON Trace",
        "Invalid OTLP trace export: spanId must be a string",
    ]


def attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def test_the_sdk_is_told_by_headers_or_scope_or_resource(client: Client, cast: Cast) -> None:
    body = export()
    attributes = [attribute("telemetry.sdk.name", "opentelemetry"), attribute("telemetry.sdk.version", "1.9")]
    body["resourceSpans"][0]["resource"] = {"attributes": attributes}
    post(client, body, cast.a.auth)
    body["resourceSpans"][0]["scopeSpans"][0]["scope"] = {"name": "langfuse-sdk", "version": "4.6.1"}
    post(client, body, cast.a.auth)
    sdk = {"HTTP_X_LANGFUSE_SDK_NAME": "javascript", "HTTP_X_LANGFUSE_SDK_VERSION": "5.11.1"}
    post(client, body, cast.a.auth, **sdk)
    assert list(SpooledBatch.objects.order_by("id").values_list("sdk_name", "sdk_version")) == [
        ("opentelemetry", "1.9"),
        ("langfuse-sdk", "4.6.1"),
        ("javascript", "5.11.1"),
    ]


@pytest.mark.parametrize("url", [TRACES, METRICS])
def test_only_a_projects_pair_of_keys_opens_it(client: Client, cast: Cast, url: str) -> None:
    for auth in (cast.a.bearer, cast.a.organization_auth):
        response = post(client, export(), auth, url=url)
        assert (response.status_code, response.json()) == (403, INSUFFICIENT)
    response = post(client, export(), {}, url=url)
    assert (response.status_code, response.json()) == (401, {"message": "No authorization header"})
    assert client.get(url, **cast.a.auth).status_code == 405
    assert not SpooledBatch.objects.exists()


def test_a_suspended_project_takes_nothing(client: Client, cast: Cast) -> None:
    cast.a.project.ingestion_suspended = True
    cast.a.project.save()
    keys.forget_all()
    response = post(client, export(), cast.a.auth)
    assert (response.status_code, response.json()["error"]) == (403, "ForbiddenError")
    assert post(client, export(), cast.b.auth).status_code == 200
    assert SpooledBatch.objects.get().project_id == cast.b.project_id


def test_too_large_a_backlog_is_answered_with_429(client: Client, cast: Cast, settings: Any) -> None:
    settings.SPOOL_MAX_BATCHES = 0
    spool._depth._until = 0.0
    assert post(client, export(), cast.a.auth).status_code == 200
    spool._depth._until = 0.0
    response = post(client, export(), cast.a.auth)
    assert (response.status_code, response["Retry-After"]) == (429, "5")
    spool._depth._until = 0.0


def test_a_body_over_the_cap_is_refused_packed_and_plain(client: Client, cast: Cast, settings: Any) -> None:
    settings.MAX_OTLP_BODY_BYTES = 1_000
    large = json.dumps(export(name="n" * 2_000)).encode()
    packed = post(client, gzip.compress(large), cast.a.auth, HTTP_CONTENT_ENCODING="gzip")
    plain = post(client, large, cast.a.auth)
    assert [(one.status_code, one.json()["message"]) for one in (packed, plain)] == [
        (413, "Body exceeded 1000 bytes limit")
    ] * 2
    assert not SpooledBatch.objects.exists()


@pytest.mark.parametrize("body", [b"", b"anything at all"])
def test_metrics_are_taken_and_forgotten(client: Client, cast: Cast, body: bytes) -> None:
    answer = post(client, body, cast.a.auth, url=METRICS)
    assert (answer.status_code, answer.json()) == (200, {"message": "OK"})
    packed = post(client, body, cast.a.auth, url=METRICS, content_type=PROTOBUF)
    assert (packed.status_code, packed.content) == (200, b"")
    assert not SpooledBatch.objects.exists()
