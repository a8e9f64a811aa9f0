"""The ids that the other programs printed in; what the client of SDK 5 reads of them out."""

import asyncio
import json
import sys
from typing import Any

from langfuse import get_client

ids = json.loads(sys.argv[1])
client = get_client()
api = client.api


def pages(**query: Any) -> list[str]:
    names, cursor = [], None
    while True:
        page = api.observations.get_many(limit=4, cursor=cursor, **query)
        names += [item.name for item in page.data]
        cursor = page.meta.cursor
        if cursor is None:
            return names


root = api.observations.get_many(
    trace_id=ids["trace"], is_root_observation=True, fields="core,basic,io,trace_context,metadata"
).data[0]
generation = api.observations.get_many(
    trace_id=ids["trace"],
    name="one generation",
    fields="core,basic,model,usage,prompt,metrics",
).data[0]
filters = [
    {"type": "string", "column": "type", "operator": "=", "value": "GENERATION"},
    {"type": "string", "column": "traceId", "operator": "=", "value": ids["trace"]},
]
scores = api.scores.get_many(trace_id=ids["trace"], fields="details,subject")
again = asyncio.run(
    client.async_api.observations.get_many(trace_id=ids["trace"], type="TOOL", fields="core,basic")
)
media = api.observations.get_many(trace_id=ids["media"], name="media", fields="core,io").data[0]
query = {
    "dimensions": [{"field": "type"}],
    "metrics": [
        {"measure": "count", "aggregation": "count"},
        {"measure": "totalCost", "aggregation": "sum"},
    ],
    "filters": [{"type": "string", "column": "traceId", "operator": "=", "value": ids["trace"]}],
    "fromTimestamp": "2020-01-01T00:00:00Z",
    "toTimestamp": "2100-01-01T00:00:00Z",
}
by_type = json.dumps({"view": "observations", **query})
print(
    json.dumps(
        {
            "trace": [root.trace_name, root.user_id, root.session_id, sorted(root.tags), root.release],
            "root": [root.name, root.input, root.output, root.environment, root.version],
            "metadata": root.metadata,
            "observations": sorted(pages(trace_id=ids["trace"], fields="core,basic")),
            "generation": [generation.name, generation.model, generation.usage_details["output"]],
            "total cost": generation.total_cost,
            "generations": sorted(pages(filter=json.dumps(filters), fields="core,basic")),
            "metrics v2": api.metrics.metrics(query=by_type).data,
            "tools": [item.name for item in again.data],
            "scores": {score.name: score.value for score in scores.data},
            "subjects": {score.name: [score.subject.kind, score.subject.id] for score in scores.data},
            "media": client.resolve_media_references(
                obj=json.loads(media.input), resolve_with="base64_data_uri"
            ),
        }
    )
)
