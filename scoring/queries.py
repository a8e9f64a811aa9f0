"""A project and what is asked of its scores in, rows of scores and of their traces out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet, TextField, Window
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Left, RowNumber

from langfuse_site.lib.cursors import Moment, Place
from langfuse_site.lib.ids import key_of
from scoring.models import Score, ScoreDataType
from tracing.models import Trace
from tracing.models.traces import INDEXED_PREFIX
from tracing.queries.pages import Page, read_page

COLUMNS = (
    *("id", "long_ids", "timestamp", "name", "value", "string_value", "long_string_value", "data_type"),
    *("source", "comment", "trace_id", "observation_id", "session_id", "dataset_run_id", "config_id"),
    *("queue_id", "author_user_id", "execution_trace_id", "environment", "created_at", "updated_at"),
    Cast("metadata", TextField()),
)

IDS_OF_TRACES = """
    select trace_id, array_agg(coalesce(long_ids ->> 'id', id) order by timestamp, id)
    from scores
    where project_id = %s and trace_id = any(%s) and data_type <> 'CORRECTION'
    group by trace_id
"""
AFTER_SQL = "(scores.timestamp, scores.id) < (%s::timestamptz, %s::text)"
NEWEST_FIRST = ("-timestamp", "-id")


class ScoreRow(msgspec.Struct, frozen=True, gc=False):
    """A score as it is read: its columns, with metadata as JSON text."""

    id: str
    long_ids: dict[str, str] | None
    timestamp: datetime
    name: str
    value: float | None
    string_value: str | None
    long_string_value: str
    data_type: str
    source: str
    comment: str | None
    trace_id: str | None
    observation_id: str | None
    session_id: str | None
    dataset_run_id: str | None
    config_id: str | None
    queue_id: str | None
    author_user_id: str | None
    execution_trace_id: str | None
    environment: str
    created_at: datetime
    updated_at: datetime
    metadata: str


class TraceOfScore(msgspec.Struct, frozen=True, gc=False):
    """What lists of scores show of a trace."""

    user_id: str | None
    tags: list[str]
    environment: str
    session_id: str | None
    long_ids: dict[str, str] | None


class ScorePlace(Place, frozen=True):
    """Where a score stands among the newest."""

    last_timestamp: Moment
    last_id: str


@dataclass(frozen=True, slots=True)
class ScoreSlice:
    """Scores of a page, and the place of the last one where more come after it."""

    rows: list[ScoreRow]
    end: ScorePlace | None


def scores_of(project_id: str) -> QuerySet[Score]:
    """Return all scores of the project, to be narrowed by filters."""
    return Score.objects.filter(project_id=project_id)


def only_of_traces(scores: QuerySet[Score]) -> QuerySet[Score]:
    """Return the scores that the first version of the API knows: of traces, no corrections."""
    return scores.filter(trace_id__isnull=False).exclude(data_type=ScoreDataType.CORRECTION)


def list_scores(scores: QuerySet[Score], *, offset: int, limit: int) -> Page[ScoreRow]:
    """Return a page of `scores`, the newest first."""
    ordered = scores.order_by(*NEWEST_FIRST)
    return read_page(ordered, COLUMNS, into=ScoreRow, offset=offset, limit=limit)


def list_scores_after(scores: QuerySet[Score], *, after: ScorePlace | None, limit: int) -> ScoreSlice:
    """Return up to `limit` of `scores`, the newest first, that come after a place."""
    if after:
        place = (after.last_timestamp, after.last_id)
        scores = scores.filter(RawSQL(AFTER_SQL, place, output_field=BooleanField()))  # noqa: S611
    found = scores.order_by(*NEWEST_FIRST).values_list(*COLUMNS)[: limit + 1]
    rows = [ScoreRow(*row) for row in found]
    if len(rows) <= limit:
        return ScoreSlice(rows, None)
    last = rows[limit - 1]
    return ScoreSlice(rows[:limit], ScorePlace(last_timestamp=last.timestamp, last_id=last.id))


def get_score(scores: QuerySet[Score], score_id: str) -> ScoreRow | None:
    """Return the one of `scores` with this wire id."""
    row: Any = scores.filter(id=key_of(score_id)).values_list(*COLUMNS).first()
    return ScoreRow(*row) if row else None


def list_traces_of_scores(project_id: str, rows: Sequence[ScoreRow]) -> dict[str, TraceOfScore]:
    """Return, by key, the traces of these scores that exist."""
    keys = {row.trace_id for row in rows if row.trace_id}
    if not keys:
        return {}
    traces = Trace.objects.filter(project_id=project_id, id__in=keys)
    columns = ("id", "user_id", "tags", "environment", "session_id", "long_ids")
    return {key: TraceOfScore(*rest) for key, *rest in traces.values_list(*columns)}


def list_ids_of_traces(project_id: str, trace_keys: Sequence[str]) -> dict[str, list[str]]:
    """Return the wire ids of the scores on each trace and its observations, but for corrections."""
    with connection.cursor() as cursor:
        cursor.execute(IDS_OF_TRACES, (project_id, list(trace_keys)))
        return dict(cursor.fetchall())


def traces_with_score(
    project_id: str, name: str, *, start: datetime | None, end: datetime | None
) -> QuerySet[Score, Any]:
    """Return the keys of the traces with a score of this name, given from `start` to before `end`."""
    rows = scores_of(project_id).filter(name=name, trace_id__isnull=False)
    rows = rows.alias(name_prefix=Left("name", INDEXED_PREFIX)).filter(name_prefix=name[:INDEXED_PREFIX])
    rows = rows.filter(timestamp__gte=start) if start else rows
    return (rows.filter(timestamp__lt=end) if end else rows).values_list("trace_id", flat=True)


def list_scores_of_trace(project_id: str, trace_key: str) -> list[ScoreRow]:
    """Return the scores on a trace and its observations, but for corrections, the oldest first."""
    rows = scores_of(project_id).filter(trace_id=trace_key).exclude(data_type=ScoreDataType.CORRECTION)
    return [ScoreRow(*row) for row in rows.order_by("timestamp", "id").values_list(*COLUMNS)]


def list_scores_of_runs(project_id: str, run_keys: Sequence[str], *, limit: int) -> dict[str, list[ScoreRow]]:
    """Return, by key, the newest `limit` scores on each of these dataset runs themselves."""
    found: dict[str, list[ScoreRow]] = defaultdict(list)
    for row in _newest(
        scores_of(project_id).filter(dataset_run_id__in=run_keys), "dataset_run_id", limit=limit
    ):
        found[row.dataset_run_id or ""].append(row)
    return found


def list_scores_of_items(
    project_id: str, items: Sequence[tuple[str, str]], *, limit: int
) -> dict[tuple[str, str], list[ScoreRow]]:
    """Return the newest `limit` scores on each of these (trace, observation), keys, or on the trace as a whole."""
    traces, observations = zip(*items, strict=True) if items else ((), ())
    own = Q(observation_id__isnull=True) | Q(observation_id__in=observations)
    scores = scores_of(project_id).filter(own, trace_id__in=traces)
    found: dict[tuple[str, str], list[ScoreRow]] = {item: [] for item in items}
    of_trace: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for item in items:
        of_trace[item[0]].append(item)
    for row in _newest(scores, "trace_id", "observation_id", limit=limit):
        for item in of_trace[row.trace_id or ""]:
            if row.observation_id in {None, item[1]} and len(found[item]) < limit:
                found[item].append(row)
    return found


def _newest(scores: QuerySet[Score], *target: str, limit: int) -> list[ScoreRow]:
    """Return the newest `limit` scores of each target, all of them the newest first."""
    number = Window(RowNumber(), partition_by=list(target), order_by=list(NEWEST_FIRST))
    rows = scores.annotate(number=number).filter(number__lte=limit).order_by(*NEWEST_FIRST)
    return [ScoreRow(*row) for row in rows.values_list(*COLUMNS)]


def having_trace(scores: QuerySet[Score], **conditions: Any) -> QuerySet[Score]:
    """Return the scores whose trace exists and meets the conditions."""
    return scores.filter(Exists(_trace_of_score().filter(**conditions)))


def _trace_of_score() -> QuerySet[Trace]:
    return Trace.objects.filter(project_id=OuterRef("project_id"), id=OuterRef("trace_id"))
