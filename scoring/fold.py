"""What a score's row holds and what events say of it in, the row after them out: the same in any order.

Where and when a score was first given is fixed by its earliest event; all else comes, as a whole, from its
latest; metadata is merged part by part. Events of one clock are told apart by their text, so that even
then the order of arrival does not matter.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from tracing.ingest.metadata import Metadata, Node
from tracing.wire.patches import Clock


class Origin(msgspec.Struct, frozen=True):
    """What the earliest event of a score fixes; ids as the client wrote them."""

    timestamp: datetime
    environment: str
    trace_id: str | None = None
    observation_id: str | None = None
    session_id: str | None = None
    dataset_run_id: str | None = None


class Content(msgspec.Struct, frozen=True):
    """What the latest event of a score says, and who sent it."""

    name: str
    value: float | None
    string_value: str | None
    long_string_value: str
    data_type: str
    source: str
    comment: str | None = None
    config_id: str | None = None
    queue_id: str | None = None
    execution_trace_id: str | None = None
    author_user_id: str | None = None
    api_key_id: str | None = None
    sdk_name: str | None = None
    sdk_version: str | None = None


class ScorePatch(msgspec.Struct, frozen=True):
    """One event on one score. `metadata` is the text of a JSON object; None where nothing was said."""

    id: str
    clock: Clock
    origin: Origin
    content: Content
    received_at: datetime
    metadata: str | None = None


@dataclass(frozen=True, slots=True)
class ScoreState:
    """A score as it is stored."""

    id: str
    first: Clock
    origin: Origin
    last: Clock
    content: Content
    created_at: datetime
    updated_at: datetime
    metadata: str | None = None
    """The text of a JSON object; None: no event has said any."""
    metadata_clocks: Node | None = None


def fold(state: ScoreState | None, patches: Iterable[ScorePatch]) -> ScoreState:
    """Return the score after all of `patches`, of which there is at least one where there is no score yet."""
    metadata = Metadata(state.metadata, state.metadata_clocks) if state else Metadata()
    for patch in patches:
        state = _apply(state, patch) if state else _created(patch)
        if patch.metadata is not None:
            metadata.write(patch.metadata, patch.clock)
    if state is None:
        raise ValueError("A score can't come of no events")
    metadata.close()
    return replace(state, metadata=metadata.text, metadata_clocks=metadata.node)


def _created(patch: ScorePatch) -> ScoreState:
    return ScoreState(
        id=patch.id,
        first=patch.clock,
        origin=patch.origin,
        last=patch.clock,
        content=patch.content,
        created_at=patch.received_at,
        updated_at=patch.received_at,
    )


def _apply(state: ScoreState, patch: ScorePatch) -> ScoreState:
    changes: dict[str, Any] = {
        "created_at": min(state.created_at, patch.received_at),
        "updated_at": max(state.updated_at, patch.received_at),
    }
    if _precedes(patch.clock, patch.origin, state.first, state.origin):
        changes |= {"first": patch.clock, "origin": patch.origin}
    if _precedes(state.last, state.content, patch.clock, patch.content):
        changes |= {"last": patch.clock, "content": patch.content}
    return replace(state, **changes)


def _precedes(clock: Clock, said: msgspec.Struct, other: Clock, other_said: msgspec.Struct) -> bool:
    if clock != other:
        return clock < other
    return msgspec.json.encode(said) < msgspec.json.encode(other_said)
