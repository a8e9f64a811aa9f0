"""What tracing hands to its companions in, scores merged, shown and deleted along with traces."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from msgspec import Struct

from scoring.columns import LENT
from scoring.digest import apply_scores
from scoring.loose import delete_loose_scores
from scoring.models import Score
from scoring.patches import body_of
from scoring.queries import list_ids_of_traces, list_scores_of_trace, traces_with_score
from scoring.shapes import score_shape
from scoring.store import delete_scores_of_traces
from scoring.wire import ScoreBody
from tracing.companions import Companion, Loose, SourcedEvent
from tracing.queries.filters import Column

SCORE_CREATE = "score-create"
RIDES_ON = {
    "traces": """
        exists (select from scores where scores.project_id = traces.project_id and scores.trace_id = traces.id)
    """,
    "sessions": """
        exists (
            select from scores where scores.project_id = sessions.project_id and scores.session_id = sessions.id
        )
    """,
}


class ScoreCompanion:
    """Scores ride on traces: their events come in the same batches."""

    bodies: Mapping[str, type[Struct]] = {SCORE_CREATE: ScoreBody}
    public_types = frozenset({SCORE_CREATE})
    filter_columns: Mapping[str, Sequence[Column]] = LENT
    rides_on: Mapping[str, str] = RIDES_ON

    def trace_ids(self, events: Sequence[SourcedEvent]) -> set[str]:
        bodies = (body_of(one.event) for one in events)
        return {body.trace_id for body in bodies if body.trace_id}

    def apply(self, project_id: str, events: Sequence[SourcedEvent]) -> Sequence[datetime]:
        return apply_scores(project_id, events)

    def ids_for_traces(self, project_id: str, trace_ids: Sequence[str]) -> dict[str, list[str]]:
        return list_ids_of_traces(project_id, trace_ids)

    def for_trace(self, project_id: str, trace_id: str) -> list[dict[str, Any]]:
        return [score_shape(project_id, score) for score in list_scores_of_trace(project_id, trace_id)]

    def traces_with(
        self, project_id: str, name: str, *, start: datetime | None, end: datetime | None
    ) -> QuerySet[Score, Any]:
        return traces_with_score(project_id, name, start=start, end=end)

    def delete_for(self, project_id: str, trace_ids: Sequence[str]) -> Sequence[datetime]:
        return delete_scores_of_traces(project_id, trace_ids)

    def delete_loose(
        self,
        project_id: str,
        *,
        before: datetime,
        cutoffs: Mapping[str | None, datetime],
        after: tuple[datetime, str],
        keep_experiments: bool,
    ) -> Loose:
        return delete_loose_scores(
            project_id, before=before, cutoffs=cutoffs, after=after, keep_runs=keep_experiments
        )


COMPANION: Companion = ScoreCompanion()
