"""Plain opentelemetry-sdk, set up by its environment variables alone: GenAI conventions of several ages."""

import json

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("my.application", "1.2.3")

SYSTEM = [{"type": "text", "content": "Be brief."}]
QUESTION = [{"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]}]
CALL = {"type": "tool_call", "id": "call_1", "name": "weather", "arguments": {"city": "Paris"}}
ANSWER = [{"role": "assistant", "parts": [CALL], "finish_reason": "tool_calls"}]


def newest() -> None:
    """The form with gen_ai.input.messages, gen_ai.output.messages and gen_ai.system_instructions."""
    with tracer.start_as_current_span("chat gpt-4o", kind=SpanKind.CLIENT) as span:
        span.set_attributes(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "gpt-4o",
                "gen_ai.response.model": "gpt-4o-2024-08-06",
                "gen_ai.request.temperature": 0.5,
                "gen_ai.request.max_tokens": 100,
                "gen_ai.request.stop_sequences": ["END", "STOP"],
                "gen_ai.response.finish_reasons": ["tool_calls"],
                "gen_ai.usage.input_tokens": 100,
                "gen_ai.usage.output_tokens": 30,
                "gen_ai.usage.cache_read.input_tokens": 60,
                "gen_ai.usage.reasoning.output_tokens": 20,
                "gen_ai.system_instructions": json.dumps(SYSTEM),
                "gen_ai.input.messages": json.dumps(QUESTION),
                "gen_ai.output.messages": json.dumps(ANSWER),
            }
        )


def tool() -> None:
    with tracer.start_as_current_span("execute_tool weather") as span:
        span.set_attributes(
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "weather",
                "gen_ai.tool.call.id": "call_1",
                "gen_ai.tool.call.arguments": '{"city": "Paris"}',
                "gen_ai.tool.call.result": '{"sky": "blue"}',
            }
        )


def of_events() -> None:
    """The form of the first conventions: a span event for each message."""
    with tracer.start_as_current_span("chat with events", kind=SpanKind.CLIENT) as span:
        span.set_attributes(
            {
                "gen_ai.system": "openai",
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "gpt-4o",
                "gen_ai.usage.prompt_tokens": 7,
                "gen_ai.usage.completion_tokens": 3,
            }
        )
        span.add_event("gen_ai.system.message", {"content": "Be brief."})
        span.add_event("gen_ai.user.message", {"content": "Weather in Paris?"})
        span.add_event(
            "gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": '{"content": "Blue."}'}
        )


def numbered() -> None:
    """The form with an attribute for each field of each message."""
    with tracer.start_as_current_span("numbered messages", kind=SpanKind.CLIENT) as span:
        span.set_attributes(
            {
                "gen_ai.request.model": "gpt-4o-mini",
                "gen_ai.prompt.0.role": "system",
                "gen_ai.prompt.0.content": "Be brief.",
                "gen_ai.prompt.1.role": "user",
                "gen_ai.prompt.1.content": "Weather in Paris?",
                "gen_ai.completion.0.role": "assistant",
                "gen_ai.completion.0.content": "Blue.",
                "gen_ai.usage.prompt_tokens": 9,
                "gen_ai.usage.completion_tokens": 1,
                "llm.usage.total_tokens": 10,
            }
        )


def failing() -> None:
    try:
        with tracer.start_as_current_span("lookup"):
            raise ValueError("no such city")
    except ValueError:
        pass


with tracer.start_as_current_span("weather agent") as root:
    root.set_attributes(
        {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "weather agent",
            "gen_ai.conversation.id": "conversation-1",
            "gen_ai.usage.input_tokens": 116,
            "gen_ai.usage.output_tokens": 34,
            "user.id": "user-otel",
            "langfuse.trace.tags": ["otel", "plain"],
            "langfuse.trace.metadata.team": "blue",
            "langfuse.observation.metadata.attempt": 1,
            "input.value": "Weather in Paris?",
            "output.value": "Blue.",
            "app.threshold": 0.75,
        }
    )
    newest()
    tool()
    of_events()
    numbered()
    failing()
provider.shutdown()
print(json.dumps({"trace": f"{root.get_span_context().trace_id:032x}"}))
