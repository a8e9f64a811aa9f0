"""Acknowledged wire events in, the rows that they must have become out: an independent, plain reading of the rules.

It sees all events at once and knows nothing of batches' order, stored rows or clocks kept in them.
"""

import json
from datetime import UTC, datetime
from typing import Any

Event = dict[str, Any]
Placed = tuple[tuple[float, bool, int], Event]
"""An event and what it is sorted by: its time, updates after creates, its place in the batch."""

TRACE_LAST = ["name", "userId", "sessionId", "release", "version"]
OBSERVATION_LAST = ["name", "level", "model"]
OBSERVATION_LAST_SAID = ["statusMessage", "parentObservationId", "version", "endTime"]


def moment(text: str) -> float:
    return datetime.fromisoformat(text).astimezone(UTC).timestamp()


def placed(batches: list[list[Event]]) -> list[Placed]:
    """Return all events of all batches in the order in which they count."""
    events = [
        ((moment(event["timestamp"]), event["type"].endswith("-update"), index), event)
        for batch in batches
        for index, event in enumerate(batch)
    ]
    return sorted(events, key=lambda pair: (pair[0], json.dumps(pair[1]["body"], sort_keys=True)))


def traces(batches: list[list[Event]]) -> dict[str, dict[str, Any]]:
    """Return the traces that trace-create events describe, by id."""
    groups = _groups(batches, lambda event: event["type"] == "trace-create")
    return {id_: _trace(events) for id_, events in groups.items()}


def observations(batches: list[list[Event]]) -> dict[str, dict[str, Any]]:
    """Return the observations, by id."""
    groups = _groups(batches, lambda event: event["type"].split("-")[0] in {"span", "generation", "event"})
    return {id_: _observation(events) for id_, events in groups.items()}


def _groups(batches: list[list[Event]], wanted: Any) -> dict[str, list[Placed]]:
    groups: dict[str, list[Placed]] = {}
    for pair in placed(batches):
        if wanted(pair[1]):
            groups.setdefault(pair[1]["body"]["id"], []).append(pair)
    return groups


def _trace(events: list[Placed]) -> dict[str, Any]:
    bodies = [event["body"] for _, event in events]
    explicit = [body["timestamp"] for body in bodies if body.get("timestamp")]
    row = {
        "timestamp": moment(explicit[0] if explicit else events[0][1]["timestamp"]),
        "environment": _first(bodies, "environment") or "default",
        "tags": sorted({tag for body in bodies for tag in body.get("tags") or []}),
        "public": bool(_last_said(bodies, "public")),
        **_payloads_and_metadata(bodies),
    }
    return row | {name: _last(events, name) for name in TRACE_LAST}


def _observation(events: list[Placed]) -> dict[str, Any]:
    bodies = [event["body"] for _, event in events]
    start = moment(_first(bodies, "startTime") or events[0][1]["timestamp"])
    end = _last_said(bodies, "endTime")
    row = {
        "type": events[0][1]["type"].split("-")[0].upper(),
        "traceId": _first(bodies, "traceId") or bodies[0]["id"],
        "startTime": start,
        "environment": _first(bodies, "environment") or "default",
        **_payloads_and_metadata(bodies),
    }
    row |= {name: _last(events, name) for name in OBSERVATION_LAST}
    row |= {name: _last_said(bodies, name) for name in OBSERVATION_LAST_SAID}
    row["level"] = row["level"] or "DEFAULT"
    row["endTime"] = None if end is None else max(start, moment(end))
    return row


def _first(bodies: list[Event], name: str) -> Any:
    return next((body[name] for body in bodies if body.get(name) is not None), None)


def _last_said(bodies: list[Event], name: str) -> Any:
    return next((body[name] for body in reversed(bodies) if body.get(name) is not None), None)


def _last(events: list[Placed], name: str) -> Any:
    """Return the last value, null included; among writes of one place and moment a value beats null."""
    said = [(place, event["body"][name]) for place, event in events if name in event["body"]]
    if not said:
        return None
    latest = [value for place, value in said if place == said[-1][0]]
    return max((value for value in latest if value is not None), default=None)


def _payloads_and_metadata(bodies: list[Event]) -> dict[str, Any]:
    merged: Any = {}
    for body in bodies:
        if body.get("metadata") is not None:
            merged = merge(merged, body["metadata"])
    return {"metadata": merged, "input": _payload(bodies, "input"), "output": _payload(bodies, "output")}


def _payload(bodies: list[Event], name: str) -> Any:
    said = [body[name] for body in bodies if body.get(name) is not None]
    truthy = [value for value in said if value not in (0, False, "", [], {})]
    return (truthy or said or [None])[-1]


def merge(old: Any, new: Any) -> Any:
    """Return metadata `new` merged over `old`: objects by key, arrays by index, anything else replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {
            k: merge(old[k], new[k]) if k in old and k in new else new.get(k, old.get(k)) for k in old | new
        }
    if isinstance(old, list) and isinstance(new, list):
        shared = [merge(a, b) for a, b in zip(old, new, strict=False)]
        return shared + (old[len(shared) :] or new[len(shared) :])
    return new
