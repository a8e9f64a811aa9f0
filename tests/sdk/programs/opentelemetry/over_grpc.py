"""Plain opentelemetry-sdk over gRPC: one trace, exported by hand so that the exporter's own verdict is told."""

import json

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

memory = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(memory))
tracer = provider.get_tracer("my.application")
with tracer.start_as_current_span("over gRPC", attributes={"session.id": "grpc"}) as root:
    tracer.start_span("chat", attributes={"gen_ai.request.model": "gpt-4o"}).end()
result = OTLPSpanExporter(insecure=True).export(memory.get_finished_spans())
print(json.dumps({"trace": f"{root.get_span_context().trace_id:032x}", "result": result.name}))
