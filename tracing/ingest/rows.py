"""Stored rows in, entities to merge into out; merged entities in, rows for the bulk tables out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from langfuse_site.lib.exact_json import exact_dumps, exact_loads
from langfuse_site.lib.ids import key_of
from langfuse_site.lib.times import from_micros, to_micros
from tracing.costs.cost import Costed
from tracing.ingest.clocks import FieldClock, pack, unpack
from tracing.ingest.fold import FIELD_ORDER, Entity
from tracing.ingest.metadata import Metadata
from tracing.store.costs import cost_columns
from tracing.wire.patches import Payload

ID_FIELDS = ("session_id", "trace_id", "parent_observation_id")


def entity_of(kind: str, row: Mapping[str, Any]) -> Entity:
    """Return the entity of a stored row, its fields by their wire ids."""
    long_ids = exact_loads(row["long_ids"]) if row["long_ids"] else {}
    entity = Entity(kind, long_ids.get("id", row["id"]), stored=True)
    if row["clocks"] is None:
        return entity
    entity.clocks, node, raw_end = unpack(FIELD_ORDER[kind], row["clocks"])
    entity.values = {name: _stored_value(name, row, entity.clocks) for name in entity.clocks}
    for name in ID_FIELDS:
        if name in long_ids:
            entity.values[name] = long_ids[name]
    if raw_end is not None:
        entity.values["end_time"] = from_micros(raw_end)
    if node is not None:
        entity.metadata = Metadata(row["metadata"], node)
    entity.tags = set(row.get("tags") or ())
    entity.created_at = row["created_at"]
    return entity


def _stored_value(name: str, row: Mapping[str, Any], clocks: Mapping[str, FieldClock]) -> Any:
    if name == "source":
        return row["api_key_id"], row["sdk_name"], row["sdk_version"]
    if name == "prompt":
        return None if row["prompt_name"] is None else (row["prompt_name"], row["prompt_version"])
    if name in {"input", "output"}:
        if row[name] is None:
            return None
        return Payload(row[name], row[f"{name}_form"], truthy=not clocks[name][0])
    if name in {"model_parameters", "provided_usage", "provided_cost", "experiment"}:
        return None if row[name] is None else exact_loads(row[name])
    return row[name]


def trace_row(project_id: str, entity: Entity, now: datetime) -> tuple[Any, ...]:
    """Return a row of `tracing.store.traces.COLUMNS`."""
    values = entity.values
    return (
        *_common(project_id, entity, now, ids=("session_id",)),
        values["timestamp"],
        values.get("name"),
        values.get("user_id"),
        _key(values.get("session_id")),
        values.get("release"),
        values.get("version"),
        values.get("environment", "default"),
        values.get("public") or False,
        sorted(entity.tags),
        entity.metadata.text or "{}",
        *_payloads(values),
    )


def observation_row(
    project_id: str, entity: Entity, costed: Costed, *, prompt_id: str | None, now: datetime
) -> tuple[Any, ...]:
    """Return a row of `tracing.store.observations.COLUMNS`."""
    values = entity.values
    start, end = values["start_time"], values.get("end_time")
    input_text, output_text, input_form, output_form = _payloads(values)
    prompt_name, prompt_version = values.get("prompt") or (None, None)
    return (
        *_common(project_id, entity, now, ids=("trace_id", "parent_observation_id")),
        key_of(values["trace_id"]),
        _key(values.get("parent_observation_id")),
        values["type"],
        values.get("name"),
        start,
        start if end is not None and end < start else end,
        values.get("completion_start_time"),
        values.get("environment", "default"),
        values.get("level") or "DEFAULT",
        values.get("status_message"),
        values.get("version"),
        input_text,
        output_text,
        input_form,
        output_form,
        entity.metadata.text or "{}",
        values.get("model"),
        _json(values.get("model_parameters")),
        _json(values.get("provided_usage")),
        _json(values.get("provided_cost")),
        *cost_columns(costed),
        prompt_name,
        prompt_version,
        values.get("is_app_root") or False,
        values.get("tool_names"),
        values.get("tool_call_names"),
        _json(values.get("experiment")),
        values.get("otel"),
        prompt_id,
        _key((values.get("experiment") or {}).get("id")),
    )


def _common(project_id: str, entity: Entity, now: datetime, *, ids: tuple[str, ...]) -> tuple[Any, ...]:
    key = key_of(entity.id)
    long_ids = {name: entity.values[name] for name in ids if _is_long(entity.values.get(name))}
    if key != entity.id:
        long_ids["id"] = entity.id
    return (
        project_id,
        key,
        exact_dumps(long_ids) if long_ids else None,
        entity.created_at,
        now,
        *entity.values.get("source", (None, None, None)),
        pack(
            FIELD_ORDER[entity.kind],
            entity.clocks,
            metadata=entity.metadata.node,
            raw_end=_clamped_end(entity.values),
        ),
    )


def _is_long(wire_id: str | None) -> bool:
    return wire_id is not None and key_of(wire_id) != wire_id


def _key(wire_id: str | None) -> str | None:
    return None if wire_id is None else key_of(wire_id)


def _clamped_end(values: Mapping[str, Any]) -> int | None:
    end = values.get("end_time")
    return to_micros(end) if end is not None and end < values["start_time"] else None


def _payloads(values: Mapping[str, Any]) -> tuple[str | None, str | None, int, int]:
    given, made = values.get("input"), values.get("output")
    return (
        given.text if given else None,
        made.text if made else None,
        given.form if given else 0,
        made.form if made else 0,
    )


def _json(value: Any) -> str | None:
    return None if value is None else exact_dumps(value)
