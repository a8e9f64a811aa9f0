"""Rows of traces, observations, sessions and users in, the API's objects out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from langfuse_site.lib.times import to_wire
from tracing.api.payloads import payload, stored_json
from tracing.queries.observations import ObservationRow, unit_prices
from tracing.queries.sessions import SessionRow, UserRow
from tracing.queries.traces import TraceRow

NOT_ASKED_FOR = -1
"""What stands for latency and cost when the query leaves out the metrics."""

Shape = dict[str, Any]


def trace_shape(project_id: str, row: TraceRow) -> Shape:
    """Return what every form of a trace has."""
    return {
        "id": wire_id(row.long_ids, "id", row.id),
        "externalId": None,
        "timestamp": to_wire(row.timestamp),
        "name": row.name,
        "userId": row.user_id,
        "sessionId": wire_id(row.long_ids, "session_id", row.session_id),
        "metadata": stored_json(row.metadata),
        "release": row.release,
        "version": row.version,
        "projectId": project_id,
        "environment": row.environment,
        "public": row.public,
        "bookmarked": row.bookmarked,
        "tags": row.tags,
        "input": payload(row.input, row.input_form),
        "output": payload(row.output, row.output_form),
        "createdAt": to_wire(row.created_at),
        "updatedAt": to_wire(row.updated_at),
    }


def detailed_trace_shape(
    project_id: str,
    row: TraceRow,
    *,
    latency: float | None,
    observations: Sequence[Any],
    scores: Sequence[Any],
) -> Shape:
    """Return a trace of a list or alone; without `latency` its metrics were not asked for."""
    shape = trace_shape(project_id, row)
    shape["htmlPath"] = f"/project/{project_id}/traces/{shape['id']}"
    shape["latency"] = NOT_ASKED_FOR if latency is None else latency
    shape["totalCost"] = NOT_ASKED_FOR if latency is None else float(row.total_cost)
    shape["observations"] = observations
    shape["scores"] = scores
    return shape


def latency_of_trace(row: TraceRow) -> float:
    """Return seconds from the first start to the last end, or start where nothing has ended yet."""
    return seconds_between(row.first_start, row.last_end or row.last_start) or 0


def observation_shapes(
    project_id: str, rows: Sequence[ObservationRow], *, no_price: int | None = None
) -> list[Shape]:
    """Return observations; `no_price` stands for a price that isn't known."""
    priced = zip(rows, unit_prices(project_id, rows), strict=True)
    return [_observation_shape(project_id, row, prices, no_price) for row, prices in priced]


def _observation_shape(
    project_id: str, row: ObservationRow, prices: Mapping[str, Decimal], no_price: int | None
) -> Shape:
    linked = row.prompt_id is not None
    return {
        "id": wire_id(row.long_ids, "id", row.id),
        "projectId": project_id,
        "traceId": wire_id(row.long_ids, "trace_id", row.trace_id),
        "parentObservationId": wire_id(row.long_ids, "parent_observation_id", row.parent_observation_id),
        "name": row.name,
        "type": row.type,
        "environment": row.environment,
        "startTime": to_wire(row.start_time),
        "endTime": to_wire(row.end_time),
        "version": row.version,
        "createdAt": to_wire(row.created_at),
        "updatedAt": to_wire(row.updated_at),
        "input": payload(row.input, row.input_form),
        "output": payload(row.output, row.output_form),
        "metadata": stored_json(row.metadata),
        "level": row.level,
        "statusMessage": row.status_message,
        "model": row.model,
        "modelParameters": stored_json(row.model_parameters),
        "completionStartTime": to_wire(row.completion_start_time),
        "promptId": row.prompt_id,
        "promptName": row.prompt_name if linked else None,
        "promptVersion": row.prompt_version if linked else None,
        **_usage_shape(row),
        "usagePricingTierId": row.pricing_tier_id,
        "usagePricingTierName": row.pricing_tier_name,
        "modelId": row.model_id,
        "inputPrice": _number(prices.get("input"), no_price),
        "outputPrice": _number(prices.get("output"), no_price),
        "totalPrice": _number(prices.get("total"), no_price),
        "calculatedInputCost": _number(row.input_cost),
        "calculatedOutputCost": _number(row.output_cost),
        "calculatedTotalCost": _number(row.total_cost),
        "latency": seconds_between(row.start_time, row.end_time),
        "timeToFirstToken": seconds_between(row.start_time, row.completion_start_time),
    }


def _usage_shape(row: ObservationRow) -> Shape:
    return {
        "usageDetails": orjson.Fragment(row.usage_details),
        "costDetails": orjson.Fragment(row.cost_details),
        "usage": {
            "unit": "TOKENS",
            "input": row.input_tokens,
            "output": row.output_tokens,
            "total": row.total_tokens,
        },
        "unit": "TOKENS",
        "promptTokens": row.input_tokens,
        "completionTokens": row.output_tokens,
        "totalTokens": row.total_tokens,
    }


def session_shape(project_id: str, row: SessionRow) -> Shape:
    return {
        "id": row.long_id or row.id,
        "createdAt": to_wire(row.created_at),
        "projectId": project_id,
        "environment": row.environment,
    }


def user_shape(row: UserRow) -> Shape:
    return {
        "userId": row.id,
        "firstTrace": to_wire(row.first_trace),
        "lastTrace": to_wire(row.last_trace),
        "totalTraces": row.trace_count,
        "totalObservations": row.observation_count,
        "totalPromptTokens": row.input_tokens,
        "totalCompletionTokens": row.output_tokens,
        "totalTokens": row.total_tokens,
        "sumCalculatedTotalCost": float(row.total_cost),
    }


def wire_id(long_ids: Mapping[str, str] | None, column: str, key: str | None) -> str | None:
    """Return the id as the client gave it: the key, or what it was made from."""
    return long_ids.get(column, key) if long_ids else key


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start and end else None


def _number(amount: Decimal | None, absent: int | None = None) -> float | None:
    return absent if amount is None else float(amount)
