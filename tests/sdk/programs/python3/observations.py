"""Context managers of every type of observation: metadata, usage, cost, levels, an exception, an event."""

import json
from datetime import UTC, datetime

from langfuse import Langfuse

METADATA = {
    "text": "abc",
    "quoted": '"abc"',
    "digits": "123",
    "number": 123,
    "fraction": 1.5,
    "yes": True,
    "list": [1, "2"],
    "nested": {"a": {"b": 1}},
    "nothing": None,
    "dotted.key": "kept",
}

langfuse = Langfuse(environment="staging", release="2026.11")
with langfuse.start_as_current_span(
    name="desk", input={"question": "Where?"}, metadata=METADATA, version="v1"
) as root:
    root.update_trace(
        name="support", user_id="user-5", session_id="session-observations", tags=["support", "eu"]
    )
    for kind in ("agent", "tool", "chain", "retriever", "evaluator", "guardrail"):
        with langfuse.start_as_current_observation(name=f"one {kind}", as_type=kind, input=kind) as current:
            current.update(output=[kind, 1], metadata={"kind": kind})
    with langfuse.start_as_current_observation(
        name="one embedding", as_type="embedding", model="text-embedding-3-small", input=["a", "b"]
    ) as embedding:
        embedding.update(usage_details={"input": 2000})
    with langfuse.start_as_current_span(name="think"):
        with langfuse.start_as_current_generation(
            name="one generation",
            model="gpt-4o",
            model_parameters={"temperature": 0.1, "stop": ["\n"]},
            input=[{"role": "user", "content": "Where?"}],
        ) as generation:
            generation.update(
                completion_start_time=datetime.now(UTC),
                output={"role": "assistant", "content": "Here."},
                usage_details={
                    "input": 100,
                    "input_cached_tokens": 40,
                    "output": 30,
                    "output_reasoning_tokens": 10,
                },
            )
        priced = langfuse.start_generation(
            name="priced",
            model="gpt-4o",
            usage_details={"input": 5, "output": 5},
            cost_details={"input": 0.5, "output": 0.25},
        )
        priced.end()
    root.score_trace(name="correct", value=0.9)
    root.score(name="tone", value="kind", data_type="CATEGORICAL")
    root.score(name="done", value=0, data_type="BOOLEAN")
    langfuse.create_event(name="one event", input={"key": "17"}, level="DEBUG", status_message="cold")
    try:
        with langfuse.start_as_current_span(name="broken"):
            raise TimeoutError("took too long")
    except TimeoutError:
        root.update(output={"answer": "Here."}, level="WARNING", status_message="one step failed")
langfuse.flush()
print(json.dumps({"trace": root.trace_id, "root": root.id, "generation": generation.id}))
