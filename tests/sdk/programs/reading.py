"""The ids of a trace, its generation, its user and session in; what fetch_* and get_* return out."""

import json
import sys
import warnings
from typing import Any

from langfuse import Langfuse

warnings.simplefilter("ignore", DeprecationWarning)
ids = json.loads(sys.argv[1])
langfuse = Langfuse()


def names(items: list[Any]) -> list[str]:
    return sorted(item.name for item in items)


trace = langfuse.fetch_trace(ids["trace"]).data
generation = langfuse.fetch_observation(ids["generation"]).data
traces = langfuse.fetch_traces(
    user_id=ids["user"], session_id=ids["session"], limit=10, order_by="timestamp.asc"
)
days = langfuse.client.metrics.daily(trace_name="support", user_id=ids["user"], tags="done").data
answer = {
    "fetch_trace": {
        "name": trace.name,
        "observations": names(trace.observations),
        "scores": {score.name: score.value if hasattr(score, "value") else None for score in trace.scores},
        "latency": trace.latency,
        "total_cost": trace.total_cost,
        "html_path": trace.html_path,
    },
    "fetch_observation": {
        "name": generation.name,
        "usage": [
            generation.usage.input,
            generation.usage.output,
            generation.usage.total,
            generation.usage.unit,
        ],
        "calculated_total_cost": generation.calculated_total_cost,
        "latency": generation.latency,
        "time_to_first_token": generation.time_to_first_token,
    },
    "fetch_traces": [[item.name for item in traces.data], traces.meta.total_items],
    "fetch_traces by name": langfuse.fetch_traces(
        name="support", tags=["done"], session_id=ids["session"]
    ).meta.total_items,
    "fetch_observations": names(langfuse.fetch_observations(trace_id=ids["trace"], type="GENERATION").data),
    "fetch_sessions": [
        item.id for item in langfuse.fetch_sessions(limit=100).data if item.id == ids["session"]
    ],
    "daily": [
        sum(day.count_traces for day in days),
        sum(day.count_observations for day in days),
        sum(day.total_cost for day in days),
        sorted({usage.model for day in days for usage in day.usage if usage.model}),
    ],
    "get_trace": langfuse.get_trace(ids["trace"]).id,
    "get_traces": names(langfuse.get_traces(user_id=ids["user"], session_id=ids["session"], limit=10).data),
    "get_observation": langfuse.get_observation(ids["generation"]).model,
    "get_observations": langfuse.get_observations(trace_id=ids["trace"]).meta.total_items,
    "get_generations": names(langfuse.get_generations(trace_id=ids["trace"]).data),
}
try:
    langfuse.fetch_trace("no-such-trace")
except Exception as error:  # noqa: BLE001 - whatever the SDK raises is what its users see
    answer["missing"] = [type(error).__name__, error.status_code]
print(json.dumps(answer))
