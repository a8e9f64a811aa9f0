"""Rows of scores and score configs in, the JSON of the API out."""

from collections.abc import Collection
from typing import Any

from langfuse_site.lib.times import to_wire
from scoring.models import ScoreConfig, ScoreDataType
from scoring.queries import ScoreRow, TraceOfScore
from tracing.api.payloads import stored_json

V3_GROUPS = ("core", "details", "subject", "annotation")
"""The groups of fields of a score in version 3; core is always there."""


def score_shape(project_id: str, row: ScoreRow) -> dict[str, Any]:
    """Return a score as versions 1 and 2 of the API have it: a text has no number."""
    shape = {
        "id": _wire_id(row, "id"),
        "projectId": project_id,
        "name": row.name,
        "value": row.value,
        "stringValue": _string_value(row),
        "dataType": row.data_type,
        "source": row.source,
        "traceId": _wire_id(row, "trace_id"),
        "observationId": _wire_id(row, "observation_id"),
        "sessionId": _wire_id(row, "session_id"),
        "datasetRunId": _wire_id(row, "dataset_run_id"),
        "timestamp": to_wire(row.timestamp),
        "createdAt": to_wire(row.created_at),
        "updatedAt": to_wire(row.updated_at),
        "authorUserId": row.author_user_id,
        "comment": row.comment,
        "metadata": stored_json(row.metadata),
        "configId": row.config_id,
        "queueId": row.queue_id,
        "executionTraceId": row.execution_trace_id,
        "environment": row.environment,
    }
    if row.data_type == ScoreDataType.TEXT:
        del shape["value"]
    return shape


def score_v3_shape(project_id: str, row: ScoreRow, groups: Collection[str] = V3_GROUPS) -> dict[str, Any]:
    """Return a score as version 3 has it: one value, of the type that its data type says; fields by groups."""
    shape: dict[str, Any] = {
        "id": _wire_id(row, "id"),
        "projectId": project_id,
        "name": row.name,
        "value": _value(row),
        "dataType": row.data_type,
        "source": row.source,
        "timestamp": to_wire(row.timestamp),
        "environment": row.environment,
        "createdAt": to_wire(row.created_at),
        "updatedAt": to_wire(row.updated_at),
    }
    if "details" in groups:
        shape |= {"comment": row.comment, "configId": row.config_id, "metadata": stored_json(row.metadata)}
    if "subject" in groups:
        shape["subject"] = _subject(row)
    if "annotation" in groups:
        shape |= {"authorUserId": row.author_user_id, "queueId": row.queue_id}
    return shape


def trace_shape(trace: TraceOfScore | None) -> dict[str, Any] | None:
    """Return what the second version's lists of scores show of a trace."""
    if trace is None:
        return None
    return {
        "userId": trace.user_id,
        "tags": trace.tags,
        "environment": trace.environment,
        "sessionId": (trace.long_ids or {}).get("session_id", trace.session_id),
    }


def config_shape(config: ScoreConfig) -> dict[str, Any]:
    """Return a score config."""
    return {
        "id": config.id,
        "name": config.name,
        "createdAt": to_wire(config.created_at),
        "updatedAt": to_wire(config.updated_at),
        "projectId": config.project_id,
        "dataType": config.data_type,
        "isArchived": config.is_archived,
        "minValue": config.min_value,
        "maxValue": config.max_value,
        "categories": config.categories,
        "description": config.description,
    }


def _wire_id(row: ScoreRow, column: str) -> str | None:
    stored: str | None = getattr(row, column)
    return (row.long_ids or {}).get(column, stored)


def _value(row: ScoreRow) -> float | bool | str | None:
    if row.data_type == ScoreDataType.NUMERIC:
        return row.value
    if row.data_type == ScoreDataType.BOOLEAN:
        return row.value == 1
    return _string_value(row) or ""


def _subject(row: ScoreRow) -> dict[str, Any] | None:
    """Return what the score is of: the run before the observation, the session, the trace."""
    if row.dataset_run_id:
        return {"kind": "experiment", "id": _wire_id(row, "dataset_run_id")}
    if row.observation_id:
        trace_id = _wire_id(row, "trace_id")
        return {"kind": "observation", "id": _wire_id(row, "observation_id"), "traceId": trace_id}
    if row.session_id:
        return {"kind": "session", "id": _wire_id(row, "session_id")}
    return {"kind": "trace", "id": _wire_id(row, "trace_id")} if row.trace_id else None


def _string_value(row: ScoreRow) -> str | None:
    return row.long_string_value if row.data_type == ScoreDataType.CORRECTION else row.string_value
