"""What the pages of a project show: its latest traces, and the tree of one, without payloads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
from django.db import connection
from django.db.models import Q

from tracing.models import Observation, Trace
from tracing.queries.narrowing import Asked, narrow

LISTED = (
    *("id", "long_ids", "timestamp", "name", "user_id", "session_id", "environment", "tags", "bookmarked"),
    *("observation_count", "warning_count", "error_count", "latency", "total_tokens", "total_cost"),
)
NODE = (
    *("id", "long_ids", "parent_observation_id", "type", "name", "level", "start_time", "end_time"),
    *("model", "total_tokens", "total_cost"),
)

# The limit makes each project's key be looked up: nothing else finds a trace by its id alone.
PUBLIC_ANYWHERE = """
    select p.id from projects p
    cross join lateral (
        select from traces t where t.project_id = p.id and t.id = %s and t.public limit 1
    ) as found
    where p.deleted_at is null
    order by p.id
    limit 1
"""


class ListedTrace(msgspec.Struct, frozen=True, gc=False):
    id: str
    long_ids: dict[str, str] | None
    timestamp: datetime
    name: str | None
    user_id: str | None
    session_id: str | None
    environment: str
    tags: list[str]
    bookmarked: bool
    observation_count: int
    warning_count: int
    error_count: int
    latency: float
    total_tokens: int
    total_cost: Decimal

    @property
    def wire_id(self) -> str:
        return (self.long_ids or {}).get("id", self.id)

    @property
    def wire_session_id(self) -> str | None:
        return (self.long_ids or {}).get("session_id", self.session_id)


class Node(msgspec.Struct, frozen=True, gc=False):
    id: str
    long_ids: dict[str, str] | None
    parent_id: str | None
    type: str
    name: str | None
    level: str
    start_time: datetime
    end_time: datetime | None
    model: str | None
    total_tokens: int
    total_cost: Decimal | None

    @property
    def wire_id(self) -> str:
        return (self.long_ids or {}).get("id", self.id)


@dataclass(frozen=True, slots=True)
class TreeRow:
    """A node in its place: so deep below the trace, after its parent and elder siblings."""

    node: Node
    depth: int

    @property
    def duration(self) -> timedelta | None:
        return self.node.end_time - self.node.start_time if self.node.end_time else None


def list_latest_traces(
    project_id: str,
    *,
    limit: int,
    before: tuple[datetime, str] | None = None,
    asked: Asked | None = None,
) -> list[ListedTrace]:
    """Return the latest traces, the newest first, that are older than `before` (a time and a key)."""
    rows = Trace.objects.filter(project_id=project_id)
    if asked is not None:
        rows = narrow(project_id, rows, asked)
    if before is not None:
        moment, key = before
        rows = rows.filter(Q(timestamp=moment, id__lt=key) | Q(timestamp__lt=moment), timestamp__lte=moment)
    ordered = rows.order_by("-timestamp", "-id").values_list(*LISTED)[:limit]
    return [ListedTrace(*row) for row in ordered]


def newest_trace_id(project_id: str) -> str | None:
    """Return the id of the newest trace, as its client gave it, if there is one."""
    newest = list_latest_traces(project_id, limit=1)
    return newest[0].wire_id if newest else None


def projects_of_trace(trace_id: str, project_ids: Iterable[str]) -> list[str]:
    """Return which of these projects hold a trace with this key."""
    rows = Trace.objects.filter(project_id__in=list(project_ids), id=trace_id)
    return list(rows.values_list("project_id", flat=True))


def is_public(project_id: str, trace_id: str) -> bool:
    """Say whether a trace (key) is open to everybody."""
    return Trace.objects.filter(project_id=project_id, id=trace_id, public=True).exists()


def project_of_public_trace(trace_id: str) -> str | None:
    """Return a project that holds a public trace with this key: one look at the key of each project's traces."""
    with connection.cursor() as cursor:
        cursor.execute(PUBLIC_ANYWHERE, [trace_id])
        row = cursor.fetchone()
        return row[0] if row else None


def list_tree(project_id: str, trace_id: str) -> list[TreeRow]:
    """Return the observations of a trace (key), each below its parent, siblings by start."""
    rows = Observation.objects.filter(project_id=project_id, trace_id=trace_id)
    nodes = [Node(*row) for row in rows.order_by("start_time", "id").values_list(*NODE)]
    return arrange(nodes)


def arrange(nodes: Sequence[Node]) -> list[TreeRow]:
    """Put nodes in the order of their tree; those with an unknown parent, or in a circle, stand at the top."""
    known = {node.id for node in nodes}
    children: dict[str | None, list[Node]] = {}
    for node in nodes:
        children.setdefault(node.parent_id if node.parent_id in known else None, []).append(node)
    placed: set[str] = set()
    rows: list[TreeRow] = []
    for root in [*children.get(None, ()), *nodes]:
        if root.id not in placed:
            _place(root, children, placed, rows)
    return rows


def _place(root: Node, children: dict[str | None, list[Node]], placed: set[str], rows: list[TreeRow]) -> None:
    waiting = [TreeRow(root, 0)]
    while waiting:
        row = waiting.pop()
        if row.node.id in placed:
            continue
        placed.add(row.node.id)
        rows.append(row)
        waiting += [TreeRow(child, row.depth + 1) for child in reversed(children.get(row.node.id, ()))]
