"""Metrics of a running installation: what is visible counts at once, before any refresh of the rollups."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.live import LiveServer


def wire(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_what_is_visible_counts(server: LiveServer) -> None:
    name, now = f"counted-{secrets.token_hex(4)}", datetime.now(UTC)
    times = {"startTime": wire(now - timedelta(seconds=2)), "endTime": wire(now)}
    usage = {"input": 10, "output": 5}
    body: dict[str, Any] = {
        "id": name,
        "traceId": name,
        "name": name,
        "model": "gpt-4o",
        "usage": usage,
        **times,
    }
    event = {"id": name, "type": "generation-create", "timestamp": wire(now), "body": body}
    assert server.post("ingestion", {"batch": [event]}).status == 207
    cost = server.trace(name, observations=1)["totalCost"]
    query = {
        "view": "observations",
        "metrics": [
            {"measure": "count", "aggregation": "count"},
            {"measure": "totalCost", "aggregation": "sum"},
            {"measure": "latency", "aggregation": "max"},
        ],
        "dimensions": [{"field": "name"}, {"field": "providedModelName"}],
        "filters": [{"type": "string", "column": "name", "operator": "=", "value": name}],
        "fromTimestamp": wire(now - timedelta(hours=1)),
        "toTimestamp": wire(now + timedelta(hours=1)),
    }
    (row,) = server.get("v2/metrics", query=json.dumps(query))["data"]
    figures = {"count_count": 1, "sum_totalCost": cost, "max_latency": 2000.0}
    assert cost > 0
    assert row == {"name": name, "providedModelName": "gpt-4o", **figures}
