"""Patches of one trace or observation in, the merged entity out: the only place where merging is defined.

Every field is a maximum or minimum over all the patches that ever named it, so the order and the number
of times in which patches arrive make no difference. The rules are those of the API (docs/decisions/003).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from langfuse_site.lib.exact_json import exact_dumps
from tracing.ingest.clocks import FieldClock
from tracing.ingest.metadata import Metadata
from tracing.wire.patches import Clock, Patch, Payload

FIELDS = {
    "trace": (
        ("timestamp", "environment"),
        ("source", "name", "user_id", "session_id", "release", "version", "public", "input", "output"),
    ),
    "observation": (
        ("type", "trace_id", "start_time", "environment"),
        (
            *("source", "name", "level", "model", "status_message", "parent_observation_id", "version"),
            *("end_time", "completion_start_time", "model_parameters", "provided_usage", "provided_cost"),
            *("prompt", "input", "output"),
            *("is_app_root", "tool_names", "tool_call_names", "experiment", "otel"),
        ),
    ),
}
"""By kind: the fields that the first event fixes, and those that the last event decides.

Their places are stored in the rows' clocks: append, never reorder or remove.
"""

FIELD_ORDER = {kind: first + last for kind, (first, last) in FIELDS.items()}


@dataclass(slots=True)
class Entity:
    """A trace or observation as it stands, and when each of its fields was written."""

    kind: str
    id: str
    values: dict[str, Any] = field(default_factory=dict)
    clocks: dict[str, FieldClock] = field(default_factory=dict)
    metadata: Metadata = field(default_factory=Metadata)
    tags: set[str] = field(default_factory=set)
    created_at: datetime | None = None
    stored: bool = False
    changed: bool = False


def settle(entity: Entity) -> Entity:
    """Finish what `apply_patch` began, after the last patch: `changed` and the metadata's text are right from here."""
    entity.changed |= entity.metadata.close()
    return entity


def forget(entity: Entity, clock: Clock) -> None:
    """Drop what was written at one moment, so that another reading of the same source can write it anew.

    Tags stay, and so does metadata that writes of other moments have gone into.
    """
    for name in [name for name, (_, written) in entity.clocks.items() if written == clock]:
        del entity.values[name], entity.clocks[name]
        entity.changed = True
    if entity.metadata.node == clock:
        entity.metadata = Metadata()
        entity.changed = True


def apply_patch(entity: Entity, patch: Patch, *, source: Any, received_at: datetime) -> None:
    """Merge one patch; `source` is who wrote it (key, SDK name, SDK version)."""
    if entity.clocks:
        _merge_fields(entity, patch, source)
    else:
        _set_fields(entity, patch, source)
    if patch.metadata is not None:
        entity.changed |= entity.metadata.text is None
        entity.metadata.write(patch.metadata, patch.clock)
    if not entity.tags.issuperset(patch.tags):
        entity.tags.update(patch.tags)
        entity.changed = True
    if entity.created_at is None or received_at < entity.created_at:
        entity.created_at = received_at
        entity.changed = True


def fold(entity: Entity, patches: Iterable[tuple[Patch, Any, datetime]]) -> Entity:
    """Merge patches, each with its source and the time its batch was accepted."""
    for patch, source, received_at in patches:
        apply_patch(entity, patch, source=source, received_at=received_at)
    return settle(entity)


def _set_fields(entity: Entity, patch: Patch, source: Any) -> None:
    """Write the fields of an entity that has none yet: there is nothing to compare with."""
    implied, said = (True, patch.clock), (False, patch.clock)
    values, clocks = entity.values, entity.clocks
    for name, (is_implied, value) in patch.first.items():
        values[name] = value
        clocks[name] = implied if is_implied else said
    values["source"] = source
    clocks["source"] = said
    values.update(patch.last)
    clocks.update(dict.fromkeys(patch.last, said))
    for name, payload in (("input", patch.input), ("output", patch.output)):
        if payload is not None:
            values[name] = payload
            clocks[name] = said if payload.truthy else implied
    entity.changed = True


def _merge_fields(entity: Entity, patch: Patch, source: Any) -> None:
    clock = patch.clock
    for name, (implied, value) in patch.first.items():
        _keep_first(entity, name, (implied, clock), value)
    _keep_last(entity, "source", (False, clock), source)
    for name, value in patch.last.items():
        _keep_last(entity, name, (False, clock), value)
    if patch.input is not None:
        _keep_last(entity, "input", (not patch.input.truthy, clock), patch.input)
    if patch.output is not None:
        _keep_last(entity, "output", (not patch.output.truthy, clock), patch.output)


def _keep_first(entity: Entity, name: str, written: FieldClock, value: Any) -> None:
    old = entity.clocks.get(name)
    if old is not None and (old < written or (old == written and _tie(entity.values[name]) <= _tie(value))):
        return
    _set(entity, name, written, value)


def _keep_last(entity: Entity, name: str, written: FieldClock, value: Any) -> None:
    old = entity.clocks.get(name)
    if old is not None:
        new_rank, old_rank = (not written[0], written[1]), (not old[0], old[1])
        if new_rank < old_rank or (new_rank == old_rank and _tie(value) <= _tie(entity.values[name])):
            return
    _set(entity, name, written, value)


def _set(entity: Entity, name: str, written: FieldClock, value: Any) -> None:
    entity.values[name] = value
    entity.clocks[name] = written
    entity.changed = True


def _tie(value: Any) -> str:
    """Return what decides between two values of one moment: null loses, then plain text order."""
    if value is None:
        return ""
    if isinstance(value, Payload):
        return f"!{value.text}"
    if isinstance(value, dict):
        return "!" + exact_dumps({key: value[key] for key in sorted(value)})
    return f"!{value}"
