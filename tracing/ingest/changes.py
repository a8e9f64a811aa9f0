"""Locked rows and an intake in, the entities that changed out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from langfuse_site.lib.ids import key_of
from tracing.ingest.fold import Entity, apply_patch, forget, settle
from tracing.ingest.intake import Intake, MissingTrace, missing_trace
from tracing.ingest.rows import entity_of


class TraceOutsideLock(Exception):
    """Observations turned out to belong to traces that were not locked; `traces` as `Intake.traces` has them."""

    def __init__(self, traces: dict[str, MissingTrace]) -> None:
        super().__init__("Observations belong to traces that are not locked")
        self.traces = traces


@dataclass(slots=True)
class Changes:
    """What a digest has to write."""

    traces: list[Entity] = field(default_factory=list)
    observations: list[Entity] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """The keys of the traces whose summaries may change."""
    affected: set[str] = field(default_factory=set)
    """Those of them that changed, or whose observations did."""
    renamed: set[str] = field(default_factory=set)
    """Those that had observations before and change their name, which aggregates of observations carry."""
    starts: list[datetime] = field(default_factory=list)
    """When the changed observations start, and started before."""


def merge(
    intake: Intake,
    *,
    traces: Mapping[str, Mapping[str, Any]],
    observations: Iterable[Mapping[str, Any]],
    anew: bool = False,
) -> Changes:
    """Merge the patches into the stored rows; raise `TraceOutsideLock` where one belongs to another trace.

    `anew`: what the same sources have written before is dropped first.
    """
    entities = {("trace", key): entity_of("trace", row) for key, row in traces.items()}
    stored: dict[str, Mapping[str, Any]] = {}
    for row in observations:
        entities["observation", row["id"]] = entity_of("observation", row)
        stored[row["id"]] = row
    for patch, _ in intake.patches if anew else ():
        if old := entities.get((patch.kind, key_of(patch.id))):
            forget(old, patch.clock)
    for patch, source in intake.patches:
        place = (patch.kind, key_of(patch.id))
        entity = entities.get(place)
        if entity is None:
            entity = entities[place] = Entity(patch.kind, patch.id)
        who = (source.api_key_id, source.sdk_name, source.sdk_version)
        apply_patch(entity, patch, source=who, received_at=source.received_at)
    return _changes(entities, traces=traces, stored=stored)


def _changes(
    entities: Mapping[tuple[str, str], Entity],
    *,
    traces: Mapping[str, Mapping[str, Any]],
    stored: Mapping[str, Mapping[str, Any]],
) -> Changes:
    changes = Changes()
    for (kind, key), entity in entities.items():
        if kind == "trace":
            changes.touched.add(key)
        if not settle(entity).changed:
            continue
        if kind == "trace":
            changes.traces.append(entity)
            changes.affected.add(key)
            row = traces.get(key)
            if row and row["observation_count"] and row["name"] != entity.values.get("name"):
                changes.renamed.add(key)
            continue
        changes.observations.append(entity)
        changes.affected.add(key_of(entity.values["trace_id"]))
        changes.starts.append(entity.values["start_time"])
        if key in stored:
            changes.affected.add(stored[key]["trace_id"])
            changes.starts.append(stored[key]["start_time"])
    changes.touched |= changes.affected
    if not changes.touched <= traces.keys():
        raise TraceOutsideLock(_outside(changes, set(traces)))
    changes.observations.sort(key=lambda entity: entity.id)
    changes.traces.sort(key=lambda entity: entity.id)
    return changes


def _outside(changes: Changes, locked: set[str]) -> dict[str, MissingTrace]:
    if not changes.observations:
        return {}  # Traces that were deleted between their insertion and their lock: the batches name them.
    start = min(entity.values["start_time"] for entity in changes.observations)
    outside: dict[str, MissingTrace] = dict.fromkeys(changes.touched - locked, (None, start))
    for entity in changes.observations:
        key, missing = missing_trace(entity.values["trace_id"], entity.values["start_time"])
        if key in outside:
            outside[key] = missing
    return outside
