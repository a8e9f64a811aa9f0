"""Readings of spans in, patches of their traces out: as few as say the same.

A root says everything of its trace. Another span says what it says outright; a SDK may say the same on
every span, and then the latest stands for all. The earliest span dates the trace, whatever else it says.
"""

from datetime import datetime
from typing import Any

import msgspec

from tracing.wire.events import DEFAULT_ENVIRONMENT
from tracing.wire.otel.metadata import root_trace_metadata, says_trace_metadata, trace_metadata
from tracing.wire.otel.payloads import trace_io
from tracing.wire.otel.reading import Reading
from tracing.wire.otel.trace import child_fields, is_root, tags_of, trace_fields
from tracing.wire.patches import IMPLIED, Clock, Patch, Payload

ROOT_ORDER, CHILD_ORDER = 0, 1
"""Of what spans that started at one moment say of their trace, a child's explicit word is the last."""

Precedence = tuple[bool, Clock, str]
"""What decides which span dates a trace, and of spans of one moment, whose environment it has."""


class Words(msgspec.Struct, frozen=True, gc=False):
    """What a span that is no root says of its trace outright."""

    reading: Reading
    last: dict[str, Any]
    tags: tuple[str, ...]
    given: Payload | None
    made: Payload | None


class Traces:
    """Gathers what the spans of an export say of their traces."""

    def __init__(self) -> None:
        self._patches: list[Patch] = []
        self._repeated: dict[tuple[Any, ...], Words] = {}
        self._earliest: dict[str, tuple[Precedence, datetime]] = {}

    def add(self, reading: Reading, observation: Patch) -> None:
        """Take what a span says of its trace; `observation` is what it says of itself."""
        trace_id, times = reading.span.trace_id, reading.times
        precedence = (times.implied, (times.micros, CHILD_ORDER), reading.environment or DEFAULT_ENVIRONMENT)
        if trace_id not in self._earliest or precedence < self._earliest[trace_id][0]:
            self._earliest[trace_id] = precedence, times.start
        if is_root(reading.span):
            self._patches.append(_root_patch(reading, observation))
        else:
            self._add_words(_words(reading))

    def patches(self) -> list[Patch]:
        """Return the patches of all traces; no span is added afterwards."""
        told = self._patches + [_child_patch(words) for words in self._repeated.values()]
        return told + self._dates(told)

    def _add_words(self, words: Words) -> None:
        reading = words.reading
        if words.given or words.made or says_trace_metadata(reading):
            self._patches.append(_child_patch(words))
        elif words.last or words.tags:
            same = (
                *(reading.span.trace_id, id(reading.origin), words.tags, *words.last.items()),
                *(reading.version, reading.release, reading.times.implied),
            )
            known = self._repeated.get(same)
            if known is None or known.reading.times.micros < reading.times.micros:
                self._repeated[same] = words

    def _dates(self, told: list[Patch]) -> list[Patch]:
        """Return a patch with time and environment for each trace whose earliest span says no more of it."""
        first_told: dict[str, Precedence] = {}
        for patch in told:
            implied, environment = patch.first["timestamp"][0], patch.first["environment"][1]
            precedence = implied, patch.clock, environment
            first_told[patch.id] = min(precedence, first_told.get(patch.id, precedence))
        return [
            Patch(
                kind="trace",
                id=trace_id,
                clock=clock,
                last={},
                first={"timestamp": (implied, start), "environment": (IMPLIED, environment)},
            )
            for trace_id, ((implied, clock, environment), start) in self._earliest.items()
            if trace_id not in first_told or (implied, clock, environment) < first_told[trace_id]
        ]


def _root_patch(reading: Reading, observation: Patch) -> Patch:
    last = trace_fields(reading.attributes, reading.keys)
    if "name" not in last and (name := observation.last.get("name")):
        last["name"] = name
    given, made = trace_io(reading.span, (observation.input, observation.output))
    return Patch(
        kind="trace",
        id=reading.span.trace_id,
        clock=(reading.times.micros, ROOT_ORDER),
        last=last | _versions(reading),
        first=_first(reading, implied=reading.environment is None),
        input=given,
        output=made,
        metadata=root_trace_metadata(reading, observation.metadata or ""),
        tags=tags_of(reading.attributes, reading.keys),
    )


def _words(reading: Reading) -> Words:
    said, keys = reading.attributes, reading.keys
    return Words(reading, child_fields(said, keys), tags_of(said, keys), *trace_io(reading.span))


def _child_patch(words: Words) -> Patch:
    reading = words.reading
    return Patch(
        kind="trace",
        id=reading.span.trace_id,
        clock=(reading.times.micros, CHILD_ORDER),
        last=words.last | _versions(reading),
        first=_first(reading, implied=IMPLIED),
        input=words.given,
        output=words.made,
        metadata=trace_metadata(reading),
        tags=words.tags,
    )


def _versions(reading: Reading) -> dict[str, str]:
    given = {"version": reading.version, "release": reading.release}
    return {name: value for name, value in given.items() if value is not None}


def _first(reading: Reading, *, implied: bool) -> dict[str, tuple[bool, Any]]:
    return {
        "timestamp": (reading.times.implied, reading.times.start),
        "environment": (implied, reading.environment or DEFAULT_ENVIRONMENT),
    }
