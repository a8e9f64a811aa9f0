"""The one seam against the arrow of the apps: what rides on traces registers here (settings.COMPANIONS)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol

import msgspec
from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from tracing.wire.decode import WireEvent


@dataclass(frozen=True, slots=True)
class Source:
    """Who wrote an event: the key and SDK of its batch, and when the batch was accepted."""

    api_key_id: str | None
    sdk_name: str | None
    sdk_version: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class SourcedEvent:
    event: WireEvent
    source: Source


@dataclass(frozen=True, slots=True)
class Loose:
    """What one step of `delete_loose` did: the moments of what it deleted, the last row seen by time and key."""

    moments: Sequence[datetime]
    reached: tuple[datetime, str] | None


class Companion(Protocol):
    """What an app above tracing does with the events and traces of a project.

    All calls run inside the caller's transaction; `apply` runs with the touched traces locked.
    """

    bodies: Mapping[str, type[msgspec.Struct]]
    """The body of each of its wire event types."""

    public_types: frozenset[str]
    """The event types that a public key alone may send."""

    filter_columns: Mapping[str, Sequence[Any]]
    """By view, the `tracing.queries.filters.Column`s that it lends to the JSON `filter` of lists."""

    rides_on: Mapping[str, str]
    """For `traces` and `sessions`, the SQL condition on a row of that table that something of it rides there."""

    def trace_ids(self, events: Sequence[SourcedEvent]) -> set[str]:
        """Return the wire ids of traces that these events belong to; they are locked before `apply`."""
        ...

    def apply(self, project_id: str, events: Sequence[SourcedEvent]) -> Sequence[datetime]:
        """Merge the events into the app's rows, by a number of statements that does not grow with them.

        Returns the moments whose aggregates of scores no longer agree with the rows.
        """
        ...

    def ids_for_traces(self, project_id: str, trace_ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the ids of what rides on each trace (keys, not wire ids), as trace lists show them."""
        ...

    def for_trace(self, project_id: str, trace_id: str) -> list[dict[str, Any]]:
        """Return what rides on a trace and its observations, in the API's shape."""
        ...

    def traces_with(
        self, project_id: str, name: str, *, start: datetime | None, end: datetime | None
    ) -> QuerySet[Any, Any]:
        """Return the ids (keys) of the traces that something of this name rides on, from `start` to before `end`."""
        ...

    def delete_for(self, project_id: str, trace_ids: Sequence[str]) -> Sequence[datetime]:
        """Delete what rides on these traces (keys); return the moments of it."""
        ...

    def delete_loose(
        self,
        project_id: str,
        *,
        before: datetime,
        cutoffs: Mapping[str | None, datetime],
        after: tuple[datetime, str],
        keep_experiments: bool,
    ) -> Loose:
        """Delete what rides on no stored trace, of the next rows of a walk by time and key, up to `before`.

        A row goes that is older than the cutoff of its environment, or than that of None where it has none.
        """
        ...


@cache
def companions() -> tuple[Companion, ...]:
    """Return the registered companions."""
    return tuple(import_string(path) for path in settings.COMPANIONS)
