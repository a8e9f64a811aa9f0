"""What tracing hands to its companions in, scores merged, shown and deleted along with traces."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from msgspec import Struct

from scoring.columns import LENT
from scoring.digest import apply_scores
from scoring.models import Score
from scoring.patches import body_of
from scoring.queries import list_ids_of_traces, list_scores_of_trace, traces_with_score
from scoring.shapes import score_shape
from scoring.store import delete_scores_of_traces
from scoring.wire import ScoreBody
from tracing.companions import Companion, SourcedEvent
from tracing.queries.filters import Column

SCORE_CREATE = "score-create"


class ScoreCompanion:
    """Scores ride on traces: their events come in the same batches."""

    bodies: Mapping[str, type[Struct]] = {SCORE_CREATE: ScoreBody}
    public_types = frozenset({SCORE_CREATE})
    filter_columns: Mapping[str, Sequence[Column]] = LENT

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


COMPANION: Companion = ScoreCompanion()
