"""Raw batches in, the patches and companion events that their keys were allowed to write out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache

from msgspec import Struct

from accounts.api.bodies import unpack
from langfuse_site.lib.exact_json import exact_dumps
from langfuse_site.lib.ids import key_of
from tracing.companions import Companion, Source, SourcedEvent, companions
from tracing.store.sessions import SessionSeen
from tracing.store.spool import LockedBatch
from tracing.wire.decode import WireEvent, decode_batch
from tracing.wire.otel.export import READERS, decode_export
from tracing.wire.otel.patches import patches_of_spans
from tracing.wire.patches import Patch, patches_of

ANY_SIZE = 1 << 40
"""The cap was applied when the batch was accepted; it may have become smaller since."""

SourcedPatch = tuple[Patch, Source]
MissingTrace = tuple[str | None, datetime]
"""What a bare row of a trace needs beside its key: its ids where they are long, as JSON, and a time."""


def missing_trace(trace_id: str, moment: datetime) -> tuple[str, MissingTrace]:
    """Return the key of a trace and what its bare row needs."""
    key = key_of(trace_id)
    return key, (exact_dumps({"id": trace_id}) if key != trace_id else None, moment)


@cache
def companion_bodies() -> dict[str, type[Struct]]:
    """Return the bodies of the event types that companions take."""
    return {name: body for companion in companions() for name, body in companion.bodies.items()}


@cache
def public_types() -> frozenset[str]:
    """Return the event types that a public key alone may send."""
    return frozenset({"sdk-log"}).union(*(companion.public_types for companion in companions()))


def is_allowed(event: WireEvent, access_level: str) -> bool:
    """Say whether a key of this level may write the event."""
    return access_level == "project" or event.type in public_types()


@dataclass(frozen=True, slots=True)
class Intake:
    """What the batches of one project say, in no particular order: merging needs none."""

    now: datetime
    patches: list[SourcedPatch] = field(default_factory=list)
    events: list[SourcedEvent] = field(default_factory=list)

    def is_empty(self) -> bool:
        return not self.patches and not self.events

    def observation_keys(self) -> list[str]:
        """Return the keys of the observations that are named, sorted."""
        return sorted({key_of(patch.id) for patch, _ in self.patches if patch.kind == "observation"})

    def keys_without_trace(self) -> list[str]:
        """Return the keys of observations of which some event does not say the trace."""
        return [key_of(p.id) for p, _ in self.patches if p.kind == "observation" and p.first["trace_id"][0]]

    def traces(self, stored_under: Mapping[str, str]) -> dict[str, MissingTrace]:
        """Return the traces that must exist, by key."""
        wanted: dict[str, MissingTrace] = {}
        said = {
            patch.id
            for patch, _ in self.patches
            if patch.kind == "observation" and not patch.first["trace_id"][0]
        }
        for patch, _ in self.patches:
            if patch.kind == "trace":
                trace_id, moment = patch.id, patch.first["timestamp"][1]
            else:
                implied, trace_id = patch.first["trace_id"]
                moment = patch.first["start_time"][1]
                if implied and (patch.id in said or key_of(patch.id) in stored_under):
                    continue
            key, missing = missing_trace(trace_id, moment)
            old = wanted.get(key)
            if old is None or moment < old[1]:
                wanted[key] = missing
        return wanted

    def orphans(self, deleted_traces: Mapping[str, datetime]) -> dict[str, datetime]:
        """Return the observations (keys) that were accepted for a trace before its deletion, and when that was.

        What else was accepted of them before must not come back either, though it may not name the trace.
        """
        found: dict[str, datetime] = {}
        for patch, source in self.patches if deleted_traces else ():
            if patch.kind == "trace" or patch.first["trace_id"][0]:
                continue
            deleted = deleted_traces.get(key_of(patch.first["trace_id"][1]))
            if deleted is not None and source.received_at <= deleted:
                key = key_of(patch.id)
                found[key] = max(deleted, found.get(key, deleted))
        return found

    def without_deleted(
        self, *, traces: Mapping[str, datetime], observations: Mapping[str, datetime]
    ) -> "Intake":
        """Return what is left when events are dropped that were accepted before their entity's deletion."""
        if not traces and not observations:
            return self

        def lives(patch: Patch, source: Source) -> bool:
            key = key_of(patch.id)
            trace = key if patch.kind == "trace" else key_of(patch.first["trace_id"][1])
            buried = [traces.get(trace), observations.get(key) if patch.kind == "observation" else None]
            return all(deleted is None or source.received_at > deleted for deleted in buried)

        return replace(
            self, patches=[(patch, source) for patch, source in self.patches if lives(patch, source)]
        )

    def sessions(self) -> list[SessionSeen]:
        """Return the sessions that traces name, each once, by its earliest event."""
        seen: dict[str, tuple[datetime, str, SessionSeen]] = {}
        for patch, _ in self.patches:
            session_id = patch.last.get("session_id") if patch.kind == "trace" else None
            if not session_id:
                continue
            key, environment, moment = (
                key_of(session_id),
                patch.first["environment"][1],
                patch.first["timestamp"][1],
            )
            entry = (
                moment,
                environment,
                (key, session_id if key != session_id else None, environment, moment),
            )
            if key not in seen or entry[:2] < seen[key][:2]:
                seen[key] = entry
        return [seen[key][2] for key in sorted(seen)]

    def companion_events(self, companion: Companion) -> list[SourcedEvent]:
        """Return the events that are this companion's."""
        return [one for one in self.events if one.event.type in companion.bodies]


def read_batches(batches: Sequence[LockedBatch]) -> Intake:
    """Return what the batches say, decoded by the code that accepted them."""
    intake = Intake(now=datetime.now(UTC))
    for batch in batches:
        source = Source(batch.api_key_id, batch.sdk_name, batch.sdk_version, batch.received_at)
        body = unpack(batch.body, batch.encoding, ANY_SIZE)
        if batch.kind in READERS:
            patches = patches_of_spans(decode_export(batch.kind, body), received_at=batch.received_at)
            intake.patches.extend((patch, source) for patch in patches)
            continue
        for event in _events(batch, body):
            if event.type in companion_bodies():
                intake.events.append(SourcedEvent(event, source))
            else:
                intake.patches.extend((patch, source) for patch in patches_of(event))
    return intake


def _events(batch: LockedBatch, body: bytes) -> list[WireEvent]:
    decoded = decode_batch(body, bodies=companion_bodies())
    refused = frozenset(batch.rejected or ())
    return [
        event
        for event in decoded.events
        if event.index not in refused and is_allowed(event, batch.access_level)
    ]
