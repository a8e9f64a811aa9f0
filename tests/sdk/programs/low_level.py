"""The low-level client: every kind of observation, updates, ends, usage, levels, scores, sessions."""

import json
from datetime import UTC, datetime, timedelta

from langfuse import Langfuse

START = datetime.now(UTC) - timedelta(seconds=10)

langfuse = Langfuse(release="2026.11", environment="staging")
trace = langfuse.trace(
    name="support",
    input={"question": "Where is my order?"},
    user_id="user-low-level",
    session_id="session-low-level",
    metadata={"channel": "mail", "nested": {"a": 1}},
    tags=["support"],
    version="v1",
    timestamp=START,
)
span = trace.span(name="search", input="order 17", start_time=START, metadata={"index": "orders"})
generation = span.generation(
    name="summarise",
    model="gpt-4o",
    model_parameters={"temperature": 0.1},
    input=[{"role": "user", "content": "Summarise order 17"}],
    start_time=START + timedelta(seconds=1),
    completion_start_time=START + timedelta(seconds=2),
)
generation.update(metadata={"attempt": 1}, completion_start_time=START + timedelta(seconds=2))
generation.end(
    output="It is on its way.", usage={"input": 120, "output": 30}, end_time=START + timedelta(seconds=3)
)
unknown = span.generation(
    name="guess", model="in-house-7b", usage={"input": 5, "output": 7, "unit": "TOKENS"}
)
unknown.end()
priced = span.generation(
    name="priced", model="gpt-4o", usage={"input": 10, "output": 10, "input_cost": 0.5, "output_cost": 0.25}
)
priced.end()
detailed = trace.generation(
    name="detailed",
    model="gpt-4o-mini",
    usage_details={"input": 1000, "output": 100, "input_cached_tokens": 500},
    cost_details={"input": 0.1, "output": 0.2, "total": 0.3},
)
detailed.end()
event = span.event(name="cache miss", level="DEBUG", status_message="cold", input={"key": "17"})
span.update(output={"hits": 1}, level="ERROR", status_message="timed out")
span.end(end_time=START + timedelta(seconds=4))
trace.update(output={"answer": "It is on its way."}, tags=["done"], metadata={"resolved": True})

trace.score(name="helpful", value=0.9, comment="good")
trace.score(name="tone", value="none")
trace.score(name="zero", value=0)
trace.score(name="zero number", value=0, data_type="NUMERIC")
trace.score(name="zero boolean", value=0, data_type="BOOLEAN")
generation.score(name="concise", value=1)
langfuse.score(id="score-of-mine", trace_id=trace.id, name="mine", value="first")
langfuse.score(id="score-of-mine", trace_id=trace.id, name="mine", value="second")

second = langfuse.trace(
    name="follow-up", session_id="session-low-level", user_id="user-low-level", input="Thanks!"
)
langfuse.flush()
print(
    json.dumps(
        {
            "trace": trace.id,
            "second": second.id,
            "span": span.id,
            "generation": generation.id,
            "event": event.id,
            "unknown": unknown.id,
            "priced": priced.id,
            "detailed": detailed.id,
        }
    )
)
