"""The real OpenAI client under one instrumentation (openinference, openllmetry or conventions): each kind of call."""

import importlib
import json
import sys

import openai
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("my.application")

INSTRUMENTATIONS = {
    "openinference": "openinference.instrumentation.openai",
    "openllmetry": "opentelemetry.instrumentation.openai",
    "conventions": "opentelemetry.instrumentation.openai_v2",
}
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is a span?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def plain() -> None:
    client.chat.completions.create(model="gpt-4o", messages=MESSAGES, temperature=0.2)


def streamed() -> None:
    options = {"include_usage": True}
    for _ in client.chat.completions.create(
        model="gpt-4o", messages=MESSAGES, stream=True, stream_options=options
    ):
        pass


def tools() -> None:
    answer = client.chat.completions.create(model="gpt-4o", messages=MESSAGES, tools=[WEATHER])
    call = answer.choices[0].message.tool_calls[0]
    told = {"role": "tool", "tool_call_id": call.id, "content": "blue sky"}
    history = [*MESSAGES, answer.choices[0].message.model_dump(exclude_none=True), told]
    client.chat.completions.create(model="gpt-4o", messages=history, tools=[WEATHER])


def embedded() -> None:
    client.embeddings.create(model="text-embedding-3-small", input="a span", encoding_format="float")


def refused() -> None:
    try:
        client.chat.completions.create(model="gpt-none", messages=MESSAGES)
    except openai.NotFoundError:
        return
    raise AssertionError("the stand-in knows the model gpt-none")


importlib.import_module(INSTRUMENTATIONS[sys.argv[1]]).OpenAIInstrumentor().instrument(
    tracer_provider=provider
)
client = openai.OpenAI()
traces = {}
for call in (plain, streamed, tools, embedded, refused):
    with tracer.start_as_current_span(call.__name__) as span:
        traces[call.__name__] = f"{span.get_span_context().trace_id:032x}"
        call()
provider.shutdown()
print(json.dumps(traces))
