"""Scores of one project in, rows of `scores` written or removed: few statements, however many scores."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from psycopg import sql

from accounts.audit import Author, record
from langfuse_site.lib.ids import key_of
from scoring.fold import ScoreState
from scoring.rows import COLUMN_TYPES, from_row, to_row
from tracing.store.dirty import mark_dirty
from tracing.store.tombstones import bury

_NAMES = sql.SQL(", ").join(map(sql.Identifier, COLUMN_TYPES))
_READ_NAMES = sql.SQL(", ").join(
    sql.SQL("{}::text" if kind == "jsonb" else "{}").format(sql.Identifier(name))
    for name, kind in COLUMN_TYPES.items()
)
_GIVEN = sql.SQL(", ").join(
    sql.SQL("given.{}::jsonb" if kind == "jsonb" else "given.{}").format(sql.Identifier(name))
    for name, kind in COLUMN_TYPES.items()
)
_ARRAYS = sql.SQL(", ").join(
    sql.SQL("%s::text[]" if kind == "jsonb" else "%s::{}[]").format(sql.SQL(kind))
    for kind in COLUMN_TYPES.values()
)

_ASSIGNMENTS = sql.SQL(", ").join(
    sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in COLUMN_TYPES if name != "id"
)

READ_SCORES = sql.SQL(
    "select {names} from scores where project_id = %s and id = any(%s) order by id for update"
).format(names=_READ_NAMES)

INSERT_SCORES = sql.SQL(
    "insert into scores (project_id, {names})"
    " select %s, {given} from unnest({arrays}) as given ({names})"
    " on conflict (project_id, id) do nothing returning id"
).format(names=_NAMES, given=_GIVEN, arrays=_ARRAYS)

# No join: a plan of one may compare each score with each.
UPDATE_SCORES = sql.SQL(
    "insert into scores (project_id, {names})"
    " select %s, {given} from unnest({arrays}) as given ({names})"
    " on conflict (project_id, id) do update set {assignments}"
).format(names=_NAMES, given=_GIVEN, arrays=_ARRAYS, assignments=_ASSIGNMENTS)

SHARE_LOCK = "select pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
OWN_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"

DELETE_SCORE = "delete from scores where project_id = %s and id = %s returning timestamp"
DELETE_OF_TRACES = "delete from scores where project_id = %s and trace_id = any(%s) returning timestamp"


def hold_off_deletions(project_id: str) -> None:
    """Keep deletions of scores out until the transaction ends.

    A row that isn't there yet can't be locked, so a deletion could miss the one we are about to insert.
    """
    with connection.cursor() as cursor:
        cursor.execute(SHARE_LOCK, [_lock_name(project_id)])


def read_scores(project_id: str, keys: Sequence[str]) -> dict[str, ScoreState]:
    """Return the stored ones of these scores by key, locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(READ_SCORES, [project_id, sorted(keys)])
        return {row[0]: from_row(row) for row in cursor.fetchall()}


def insert_scores(project_id: str, states: Iterable[ScoreState]) -> set[str]:
    """Insert the scores that do not exist and return their keys."""
    arrays = _arrays(states)
    if not arrays:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(INSERT_SCORES, [project_id, *arrays])
        return {row[0] for row in cursor.fetchall()}


def update_scores(project_id: str, states: Iterable[ScoreState]) -> None:
    """Overwrite scores that exist and are locked."""
    arrays = _arrays(states)
    if not arrays:
        return
    with connection.cursor() as cursor:
        cursor.execute(UPDATE_SCORES, [project_id, *arrays])


def delete_score(project_id: str, score_id: str, *, author: Author) -> None:
    """Delete a score (wire id), and what its events that wait for their digest would bring back."""
    key = key_of(score_id)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OWN_LOCK, [_lock_name(project_id)])
        bury(project_id, "score", [key])
        cursor.execute(DELETE_SCORE, [project_id, key])
        mark_dirty(project_id, scores=[row[0] for row in cursor.fetchall()])
        record(author, "delete", resource_type="score", resource_id=score_id, project_id=project_id)


def delete_scores_of_traces(project_id: str, trace_keys: Sequence[str]) -> list[datetime]:
    """Delete the scores of these traces and of their observations; the traces are locked and buried.

    Returns the times of the scores.
    """
    with connection.cursor() as cursor:
        cursor.execute(OWN_LOCK, [_lock_name(project_id)])
        cursor.execute(DELETE_OF_TRACES, [project_id, list(trace_keys)])
        return [timestamp for (timestamp,) in cursor.fetchall()]


def _arrays(states: Iterable[ScoreState]) -> list[list[object]]:
    rows = sorted((to_row(state) for state in states), key=lambda row: row[0])
    return [list(column) for column in zip(*rows, strict=True)]


def _lock_name(project_id: str) -> str:
    return f"scores of {project_id}"
