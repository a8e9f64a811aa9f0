"""The state of a score in, the values of its columns out, and back."""

from datetime import datetime
from typing import Any

import msgspec

from langfuse_site.lib.exact_json import exact_dumps
from langfuse_site.lib.ids import key_of
from scoring.fold import Content, Origin, ScoreState
from tracing.ingest import clocks

CLOCK_FIELDS = ("origin", "content")
"""Their places are stored in the rows' clocks: append, never reorder or remove."""

ID_COLUMNS = ("trace_id", "observation_id", "session_id", "dataset_run_id")
CONTENT_COLUMNS = Content.__struct_fields__

COLUMN_TYPES = {
    "id": "text",
    "long_ids": "jsonb",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
    "clocks": "bytea",
    "timestamp": "timestamptz",
    "environment": "text",
    **dict.fromkeys(ID_COLUMNS, "text"),
    "metadata": "jsonb",
    **dict.fromkeys(CONTENT_COLUMNS, "text"),
    "value": "float8",
}
"""Every column of `scores` but the project, in the order in which rows are written and read."""

Row = tuple[Any, ...]


def to_row(state: ScoreState) -> Row:
    """Return the score's values in the order of COLUMN_TYPES."""
    ids = {column: getattr(state.origin, column) for column in ID_COLUMNS}
    long_ids = {name: text for name, text in {"id": state.id, **ids}.items() if text and key_of(text) != text}
    columns = {
        "id": key_of(state.id),
        "long_ids": exact_dumps(long_ids) if long_ids else None,
        "created_at": state.created_at,
        "updated_at": state.updated_at,
        "clocks": _pack_clocks(state),
        "timestamp": state.origin.timestamp,
        "environment": state.origin.environment,
        **{name: key_of(text) if text else None for name, text in ids.items()},
        "metadata": state.metadata or "{}",
        **msgspec.structs.asdict(state.content),
    }
    return tuple(columns[name] for name in COLUMN_TYPES)


def from_row(row: Row) -> ScoreState:
    """Return the score of a row, which has jsonb columns as text."""
    columns = dict(zip(COLUMN_TYPES, row, strict=True))
    columns |= msgspec.json.decode(columns["long_ids"]) if columns["long_ids"] else {}
    written, node, _ = clocks.unpack(CLOCK_FIELDS, bytes(columns["clocks"]))
    created_at: datetime = columns["created_at"]
    return ScoreState(
        id=columns["id"],
        first=written["origin"][1],
        origin=Origin(columns["timestamp"], columns["environment"], *(columns[name] for name in ID_COLUMNS)),
        last=written["content"][1],
        content=Content(**{name: columns[name] for name in CONTENT_COLUMNS}),
        created_at=created_at,
        updated_at=columns["updated_at"],
        metadata=columns["metadata"] if node is not None else None,
        metadata_clocks=node,
    )


def _pack_clocks(state: ScoreState) -> bytes:
    written = {"origin": (False, state.first), "content": (False, state.last)}
    return clocks.pack(CLOCK_FIELDS, written, metadata=state.metadata_clocks, raw_end=None)
