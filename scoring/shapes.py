"""Rows of scores and score configs in, the JSON of the API out."""

from typing import Any

from langfuse_site.lib.times import to_wire
from scoring.models import ScoreConfig, ScoreDataType
from scoring.queries import ScoreRow, TraceOfScore
from tracing.api.payloads import stored_json


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


def _string_value(row: ScoreRow) -> str | None:
    return row.long_string_value if row.data_type == ScoreDataType.CORRECTION else row.string_value
