"""Acknowledged batches in, the rows of every table that they must have become out; and the rows that there are."""

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.tracing.ingest import oracle
from tests.tracing.ingest.oracle import Event

Rows = dict[str, dict[str, Any]]
Tables = dict[str, Rows]

TRACES = """
    select id, timestamp, environment, tags, public, name, user_id, session_id, release, version, metadata,
        input, output, clocks is not null as written
    from traces where project_id = %s
"""
SUMMARIES = """
    select id, observation_count, debug_count, default_count, warning_count, error_count, first_start, last_start,
        last_end, latency, input_tokens, output_tokens, total_tokens, input_cost, output_cost, total_cost
    from traces where project_id = %s
"""
OBSERVATIONS = """
    select id, type, trace_id, start_time, end_time, environment, name, level, model, status_message,
        parent_observation_id, version, metadata, input, output, usage_details, input_cost, output_cost,
        total_cost
    from observations where project_id = %s
"""
SCORES = """
    select id, timestamp, environment, trace_id, name, value, comment, metadata
    from scores where project_id = %s
"""
SESSIONS = "select id, environment from sessions where project_id = %s"
TABLES = {
    "traces": TRACES,
    "summaries": SUMMARIES,
    "observations": OBSERVATIONS,
    "scores": SCORES,
    "sessions": SESSIONS,
}


def stored(connection: psycopg.Connection, project_id: str) -> Tables:
    """Return what the tables hold of a project."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return {
            name: {row.pop("id"): _plain(row) for row in cursor.execute(sql, (project_id,))}
            for name, sql in TABLES.items()
        }


def expected(batches: list[list[Event]]) -> Tables:
    """Return what they must hold after these batches, whatever happened on the way."""
    observations = _observations(batches)
    traces = _traces(batches, observations)
    return {
        "traces": traces,
        "summaries": _summaries(traces, observations),
        "observations": observations,
        "scores": _scores(batches),
        "sessions": _sessions(batches),
    }


def difference(one: Tables, other: Tables) -> dict[str, Any]:
    """Return the rows that differ, few enough to read."""
    found: dict[str, Any] = {}
    for name in TABLES:
        ids = [id_ for id_ in one[name] | other[name] if one[name].get(id_) != other[name].get(id_)]
        if ids:
            shown = {id_: (one[name].get(id_), other[name].get(id_)) for id_ in ids[:3]}
            found[name] = (len(ids), shown)
    return found


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.timestamp() if hasattr(value, "timestamp") else _shown(name, value)
        for name, value in row.items()
    }


def _shown(name: str, value: Any) -> Any:
    if name == "input" and value is not None:
        return json.loads(value)
    if name == "latency":
        return round(value, 6)
    return value.normalize() if isinstance(value, Decimal) else value


def _columns(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the oracle by the names of its columns."""
    return {"".join(f"_{c.lower()}" if c.isupper() else c for c in name): row[name] for name in row}


def _observations(batches: list[list[Event]]) -> Rows:
    rows = {id_: _columns(row) for id_, row in oracle.observations(batches).items()}
    usage, cost = _last_maps(batches, "usageDetails"), _last_maps(batches, "costDetails")
    for id_, row in rows.items():
        said = usage.get(id_) or {}
        row["usage_details"] = {**said, "total": sum(said.values())} if said else {}
        costs = [Decimal(str(value)) for value in (cost.get(id_) or {}).values()]
        row["input_cost"], row["output_cost"] = [c.normalize() for c in costs] or (None, None)
        row["total_cost"] = sum(costs, Decimal(0)).normalize() if costs else None
    return rows


def _last_maps(batches: list[list[Event]], name: str) -> dict[str, dict[str, Any]]:
    return {
        event["body"]["id"]: event["body"][name]
        for _, event in oracle.placed(batches)
        if event["body"].get(name)
    }


def _traces(batches: list[list[Event]], observations: Rows) -> Rows:
    rows = {id_: _columns(row) | {"written": True} for id_, row in oracle.traces(batches).items()}
    by_start = sorted((row["start_time"], id_) for id_, row in observations.items())
    for start, id_ in by_start:
        row = observations[id_]
        rows.setdefault(row["trace_id"], _implied(start, row["environment"]))
    return rows


def _implied(start: float, environment: str) -> dict[str, Any]:
    unsaid = dict.fromkeys(
        ["name", "user_id", "session_id", "release", "version", "input", "output"],
    )
    said = {"timestamp": start, "environment": environment, "written": False}
    return {**unsaid, **said, "tags": [], "public": False, "metadata": {}}


def _summaries(traces: Rows, observations: Rows) -> Rows:
    below: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in observations.values():
        below[row["trace_id"]].append(row)
    return {id_: _summary(below[id_]) for id_ in traces}


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    starts = [row["start_time"] for row in rows]
    last_end = max((row["end_time"] for row in rows if row["end_time"] is not None), default=None)
    last = max([*starts, *([last_end] if last_end is not None else [])], default=0)
    summary: dict[str, Any] = {
        "observation_count": len(rows),
        "first_start": min(starts, default=None),
        "last_start": max(starts, default=None),
        "last_end": last_end,
        "latency": round(last - min(starts, default=0), 6),
    }
    for level in ("DEBUG", "DEFAULT", "WARNING", "ERROR"):
        summary[f"{level.lower()}_count"] = sum(row["level"] == level for row in rows)
    for part in ("input", "output", "total"):
        summary[f"{part}_tokens"] = sum(row["usage_details"].get(part, 0) for row in rows)
        costs = [row[f"{part}_cost"] for row in rows if row[f"{part}_cost"] is not None]
        summary[f"{part}_cost"] = sum(costs, Decimal(0)).normalize()
    return summary


def _scores(batches: list[list[Event]]) -> Rows:
    rows: Rows = {}
    for (time, _, _), event in oracle.placed(batches):
        if event["type"] != "score-create":
            continue
        body = event["body"]
        environment = body.get("environment") or "default"
        first = {"timestamp": time, "environment": environment, "trace_id": body["traceId"]}
        row = rows.setdefault(body["id"], first | {"metadata": {}})
        row |= {"name": body["name"], "value": body["value"], "comment": body.get("comment")}
        row["metadata"] = oracle.merge(row["metadata"], body.get("metadata") or {})
    return rows


def _sessions(batches: list[list[Event]]) -> Rows:
    seen: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for (time, _, _), event in oracle.placed(batches):
        body = event["body"]
        if event["type"] == "trace-create" and body.get("sessionId"):
            moment = oracle.moment(body["timestamp"]) if body.get("timestamp") else time
            seen[body["sessionId"]].append((moment, body.get("environment") or "default"))
    return {id_: {"environment": min(said)[1]} for id_, said in seen.items()}
