"""Spans in, what the mapping makes of them out, for the tests of each field."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tests.tracing.wire.otel.spans import span
from tracing.ingest.fold import Entity, fold
from tracing.wire.otel.patches import patches_of_spans
from tracing.wire.otel.spans import Attributes, Span
from tracing.wire.patches import Patch

NOW = datetime(2024, 5, 2, tzinfo=UTC)
SOURCE = ("key", "sdk", "1")


def patches(*spans: Span) -> list[Patch]:
    return patches_of_spans(spans, received_at=NOW)


def observation(one: Span) -> Patch:
    return next(patch for patch in patches(one) if patch.kind == "observation")


def trace(one: Span) -> Patch:
    return next(patch for patch in patches(one) if patch.kind == "trace")


def field(column: str, attributes: Attributes, **span_fields: Any) -> Any:
    """Return a field of the observation of a span with these attributes."""
    return observation(span(attributes, **span_fields)).last.get(column)


def rows(groups: Iterable[Iterable[Span]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what traces and observations come to when these exports arrive one after the other."""
    entities: dict[tuple[str, str], Entity] = {}
    for group in groups:
        for patch in patches(*group):
            entity = entities.setdefault((patch.kind, patch.id), Entity(patch.kind, patch.id))
            fold(entity, [(patch, SOURCE, NOW)])
    return {
        place: {
            **entity.values,
            "metadata": json.loads(entity.metadata.text or "{}"),
            "tags": sorted(entity.tags),
        }
        for place, entity in entities.items()
    }
