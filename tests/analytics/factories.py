"""Rows for tests of numbers, their slices marked as a digest does it, and queries about them."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from scoring.models import Score
from tests.tracing import factories
from tests.tracing.factories import NOON
from tracing.models import Observation, Trace
from tracing.store.dirty import mark_dirty

FROM, TO = "2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z"
NOW = datetime(2026, 5, 6, tzinfo=UTC)
_numbers = count(1)


def make_trace(project_id: str, **values: Any) -> Trace:
    """Insert a trace of noon."""
    row = factories.make_trace(project_id, **values)
    mark_dirty(project_id, traces=[row.timestamp])
    return row


def make_observation(project_id: str, **values: Any) -> Observation:
    """Insert a span of noon."""
    row = factories.make_observation(project_id, **values)
    mark_dirty(project_id, observations=[row.start_time])
    return row


def make_generation(project_id: str, *, seconds: float = 1, **values: Any) -> Observation:
    """Insert a generation that took this long."""
    start = values.get("start_time", NOON)
    defaults = {"type": "GENERATION", "model": "gpt", "end_time": start + timedelta(seconds=seconds)}
    return make_observation(project_id, **(defaults | values))


def make_score(project_id: str, **values: Any) -> Score:
    """Insert a numeric score of noon."""
    defaults = {
        "id": f"score-{next(_numbers)}",
        "timestamp": NOON,
        "created_at": NOON,
        "updated_at": NOON,
        "name": "quality",
        "value": 1.0,
        "data_type": "NUMERIC",
        "source": "API",
        "trace_id": "trace",
    }
    row = Score.objects.create(project_id=project_id, **(defaults | values))
    mark_dirty(project_id, scores=[row.timestamp])
    return row


def query_of(view: str, *metrics: str, **values: Any) -> dict[str, Any]:
    """Return a query of the API for the fourth of May; a metric is `aggregation_measure`, a dimension its name."""
    named = [one.split("_", 1) for one in metrics or ["count_count"]]
    dimensions = [{"field": field} for field in values.pop("dimensions", [])]
    return {
        "view": view,
        "metrics": [{"aggregation": aggregation, "measure": measure} for aggregation, measure in named],
        "dimensions": dimensions,
        "fromTimestamp": FROM,
        "toTimestamp": TO,
        **values,
    }
