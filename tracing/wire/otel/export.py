"""The body of an OTLP export in, its spans out; whoever accepts and whoever digests decode by this."""

import msgspec

from tracing.wire.otel.errors import InvalidExport
from tracing.wire.otel.otlp_json import spans_of_json
from tracing.wire.otel.otlp_protobuf import spans_of_protobuf
from tracing.wire.otel.spans import Span

MAX_SPANS = 50_000
"""Exporters send 512 at most, collectors some 8,000; small spans take far more memory decoded than packed."""

MAX_REPEATED_BYTES = 128_000_000
"""Every span keeps its resource and scope, which an export may say once for all: some small bodies would
become gigabytes of rows. 8,000 spans of 4 kB of resource are 32 MB."""

READERS = {"otlp-json": spans_of_json, "otlp-protobuf": spans_of_protobuf}


def decode_export(kind: str, raw: bytes) -> list[Span]:
    """Return the spans of an unpacked body; `kind` is one of `tracing.models.pipeline.BatchKind`.

    Raises RefusedExport where the body can't be parsed or breaks the rules: it is taken whole or not at all.
    """
    spans: list[Span] = []
    scope, size, repeated = None, 0, 0
    for span in READERS[kind](raw):
        if len(spans) == MAX_SPANS:
            raise InvalidExport(f"at most {MAX_SPANS} spans are taken at once")
        if span.scope is not scope:
            scope, size = span.scope, _size_of_origin(span)
        repeated += size
        if repeated > MAX_REPEATED_BYTES:
            raise InvalidExport("its resources and scopes are too large to be kept with each of its spans")
        spans.append(span)
    return spans


def _size_of_origin(span: Span) -> int:
    return len(msgspec.json.encode(span.resource)) + len(msgspec.json.encode(span.scope))
