"""The ids that the other programs printed in; what the client of SDK 3 reads of them out."""

import json
import sys

from langfuse import get_client

ids = json.loads(sys.argv[1])
api = get_client().api

trace = api.trace.get(ids["trace"])
generation = api.observations.get(ids["generation"])
page = api.observations.get_many(trace_id=ids["trace"], type="GENERATION", limit=10)
found = api.observations_v_2.get_many(trace_id=ids["trace"], fields="core,basic,usage", limit=100)
scores = api.score_v_2.get(trace_id=ids["trace"])
listed = api.trace.list(user_id="user-5", session_id="session-observations", environment="staging")
media = api.trace.get(ids["media"])
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
try:
    api.trace.get("0" * 32)
    missing = "found"
except Exception as error:  # noqa: BLE001 - whatever the SDK raises is what its users see
    missing = [type(error).__name__, error.status_code]
print(
    json.dumps(
        {
            "trace": [trace.name, trace.user_id, trace.session_id, sorted(trace.tags), trace.release],
            "observations": sorted(o.name for o in trace.observations),
            "observations v2": sorted(o["name"] for o in found.data),
            "generation": [generation.name, generation.model, generation.usage_details["output"]],
            "generations": sorted(o.name for o in page.data),
            "scores": {score.name: score.value for score in scores.data},
            "traces": [[item.id for item in listed.data], listed.meta.total_items],
            "session": [item.id for item in api.sessions.get("session-observations").traces],
            "media": get_client().resolve_media_references(obj=media.input, resolve_with="base64_data_uri"),
            "missing": missing,
            "metrics": api.metrics.metrics(query=by_type).data,
            "metrics v2": api.metrics_v_2.metrics(query=by_type).data,
        }
    )
)
