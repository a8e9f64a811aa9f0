"""Rows of the groups that were asked for in, objects of `/v2/observations` out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from langfuse_site.lib.exact_json import exact_dumps, exact_loads
from langfuse_site.lib.times import to_wire
from tracing.api.payloads import stored_json
from tracing.api.shapes import Shape, seconds_between, wire_id
from tracing.queries.observations import unit_prices
from tracing.queries.observations_v2 import SelectedRow, TraceOfRow

MAX_VALUE = 200
"""Characters of a metadata value that are shown of keys that are not to be expanded."""
MAX_FLATTENED = 16
"""Levels of nested metadata that become dotted keys; what lies deeper stays the object that it is."""
NO_TRACE = TraceOfRow()
NOT_ASKED_FOR = dict.fromkeys(
    ("modelId", "inputPrice", "outputPrice", "totalPrice", "latency", "timeToFirstToken")
)
"""Keys that clients rely on, null where their group is left out."""

Of = Callable[[SelectedRow, TraceOfRow], Shape]


def selected_shapes(
    project_id: str,
    rows: Sequence[SelectedRow],
    traces: Mapping[str, TraceOfRow],
    *,
    groups: Collection[str],
    expanded: Collection[str],
) -> list[Shape]:
    """Return observations with the fields of these groups; metadata keys that are `expanded` come whole."""
    parts = [part for group, part in _PARTS.items() if group in groups]
    shapes = [_core(project_id, row) | NOT_ASKED_FOR for row in rows]
    for shape, row in zip(shapes, rows, strict=True):
        trace = traces.get(row.trace_id, NO_TRACE)
        for part in parts:
            shape |= part(row, trace)
        if "metadata" in groups:
            shape["metadata"] = _metadata(row, trace, expanded)
    if "model" in groups:
        _add_prices(project_id, rows, shapes)
    return shapes


def _core(project_id: str, row: SelectedRow) -> Shape:
    return {
        "id": wire_id(row.long_ids, "id", row.id),
        "traceId": wire_id(row.long_ids, "trace_id", row.trace_id),
        "startTime": to_wire(row.start_time),
        "endTime": to_wire(row.end_time),
        "projectId": project_id,
        "parentObservationId": wire_id(row.long_ids, "parent_observation_id", row.parent_observation_id),
        "type": row.type,
    }


def _basic(row: SelectedRow, trace: TraceOfRow) -> Shape:
    return {
        "name": row.name,
        "level": row.level,
        "statusMessage": row.status_message,
        "version": row.version,
        "environment": row.environment,
        "bookmarked": trace.bookmarked,
        "public": trace.public,
        "userId": trace.user_id,
        "sessionId": wire_id(trace.long_ids, "session_id", trace.session_id),
        "isRootObservation": row.parent_observation_id is None or row.is_app_root,
    }


def _time(row: SelectedRow, trace: TraceOfRow) -> Shape:
    return {
        "completionStartTime": to_wire(row.completion_start_time),
        "createdAt": to_wire(row.created_at),
        "updatedAt": to_wire(row.updated_at),
    }


def _io(row: SelectedRow, trace: TraceOfRow) -> Shape:
    return {"input": row.input, "output": row.output}


def _model(row: SelectedRow, trace: TraceOfRow) -> Shape:
    return {
        "model": row.model,
        "providedModelName": row.model,
        "internalModelId": row.model_id,
        "modelId": row.model_id,
        "modelParameters": stored_json(row.model_parameters),
    }


def _usage(row: SelectedRow, trace: TraceOfRow) -> Shape:
    return {
        "usageDetails": orjson.Fragment(row.usage_details),
        "costDetails": orjson.Fragment(row.cost_details),
        "totalCost": _number(row.total_cost),
        "usagePricingTierId": row.pricing_tier_id,
        "usagePricingTierName": row.pricing_tier_name,
        "inputUsage": row.input_tokens,
        "outputUsage": row.output_tokens,
        "totalUsage": row.total_tokens,
        "inputCost": _number(row.input_cost),
        "outputCost": _number(row.output_cost),
    }


def _prompt(row: SelectedRow, trace: TraceOfRow) -> Shape:
    linked = row.prompt_id is not None
    return {
        "promptId": row.prompt_id,
        "promptName": row.prompt_name if linked else None,
        "promptVersion": row.prompt_version if linked else None,
    }


def _metrics(row: SelectedRow, trace: TraceOfRow) -> Shape:
    return {
        "latency": seconds_between(row.start_time, row.end_time),
        "timeToFirstToken": seconds_between(row.start_time, row.completion_start_time),
    }


def _trace_context(row: SelectedRow, trace: TraceOfRow) -> Shape:
    return {"tags": trace.tags, "release": trace.release, "traceName": trace.name}


_PARTS: dict[str, Of] = {
    "basic": _basic,
    "time": _time,
    "io": _io,
    "model": _model,
    "usage": _usage,
    "prompt": _prompt,
    "metrics": _metrics,
    "trace_context": _trace_context,
}


def _add_prices(project_id: str, rows: Sequence[SelectedRow], shapes: Sequence[Shape]) -> None:
    for shape, prices in zip(shapes, unit_prices(project_id, rows), strict=True):
        for kind in ("input", "output", "total"):
            price = prices.get(kind)
            shape[f"{kind}Price"] = None if price is None else f"{price.normalize():f}"


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _metadata(row: SelectedRow, trace: TraceOfRow, expanded: Collection[str]) -> orjson.Fragment | None:
    """Return the metadata of the trace and, above it, that of the observation, with dotted keys."""
    flat = flatten(exact_loads(trace.metadata)) | flatten(exact_loads(row.metadata))
    return stored_json(exact_dumps({key: _shown(key, value, expanded) for key, value in flat.items()}))


def flatten(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return `{"a": {"b": 1}}` as `{"a.b": 1}`; empty objects and lists stay what they are."""
    flat: dict[str, Any] = {}
    waiting = [(key, value, 1) for key, value in reversed([*metadata.items()])]
    while waiting:
        key, value, level = waiting.pop()
        if not isinstance(value, dict) or not value or level >= MAX_FLATTENED:
            flat[key] = value
            continue
        waiting += [(f"{key}.{inner}", below, level + 1) for inner, below in reversed([*value.items()])]
    return flat


def _shown(key: str, value: Any, expanded: Collection[str]) -> Any:
    """Return the value, or the beginning of its text where it is long and neither it nor what holds it is expanded."""
    text = value if isinstance(value, str) else exact_dumps(value) if isinstance(value, dict | list) else ""
    if len(text) <= MAX_VALUE or any(key == one or key.startswith(f"{one}.") for one in expanded):
        return value
    return text[:MAX_VALUE]
