"""smolagents under OpenInference's instrumentation: an agent that calls a tool and then must answer."""

import json

from openinference.instrumentation.smolagents import SmolagentsInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from smolagents import OpenAIServerModel, Tool, ToolCallingAgent


class Weather(Tool):
    name = "weather"
    description = "Tells the weather of a city."
    inputs = {"city": {"type": "string", "description": "The city."}}
    output_type = "string"

    def forward(self, city: str) -> str:
        return f"blue sky over {city}"


provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
SmolagentsInstrumentor().instrument(tracer_provider=provider)
tracer = provider.get_tracer("my.application")
agent = ToolCallingAgent(tools=[Weather()], model=OpenAIServerModel("gpt-4o"), max_steps=1, verbosity_level=0)
with tracer.start_as_current_span("forecast") as root:
    answer = agent.run("Weather in Paris?")
provider.shutdown()
print(json.dumps({"trace": f"{root.get_span_context().trace_id:032x}", "answer": str(answer)}))
