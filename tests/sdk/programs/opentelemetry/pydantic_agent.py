"""pydantic-ai with its own instrumentation, exported by plain OpenTelemetry or by logfire: an agent with a tool."""

import json
import sys

import logfire
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel


def by_opentelemetry() -> None:
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    Agent.instrument_all()


def by_logfire() -> None:
    logfire.configure(send_to_logfire=False, console=False, scrubbing=False, service_name="weather-service")
    logfire.instrument_pydantic_ai()


{"logfire": by_logfire, "opentelemetry": by_opentelemetry}[sys.argv[1]]()
agent = Agent(OpenAIChatModel("gpt-4o"), name="forecaster", instructions="Be brief.")


@agent.tool_plain
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"blue sky over {city}"


with trace.get_tracer("my.application").start_as_current_span("forecast") as root:
    root.set_attributes({"session.id": f"session-{sys.argv[1]}", "user.id": "user-pydantic"})
    result = agent.run_sync("Weather in Paris?")
trace.get_tracer_provider().force_flush()
trace.get_tracer_provider().shutdown()
print(json.dumps({"trace": f"{root.get_span_context().trace_id:032x}", "answer": result.output}))
