"""A deleted project takes its rows along, and nobody else's."""

import pytest

from accounts.audit import SYSTEM
from accounts.services.projects import delete_project, purge_project
from scoring.models import Score
from tests.cast import Cast
from tests.tracing.ingest.pipeline import accept, event, ingest
from tracing.ingest.drain import drain_spool
from tracing.models import Observation, Session, SpooledBatch, Trace

pytestmark = pytest.mark.django_db(transaction=True)

EVENTS = [
    event("trace-create", {"id": "t", "sessionId": "s"}),
    event("span-create", {"id": "o", "traceId": "t"}),
    event("score-create", {"id": "c", "traceId": "t", "name": "n", "value": 1}),
]


def test_rows_go_with_their_project(cast: Cast) -> None:
    ingest(cast.a, EVENTS)
    ingest(cast.b, EVENTS)
    delete_project(cast.a.project, author=SYSTEM)
    purge_project(cast.a.project)
    for model in (Trace, Observation, Session, Score):
        assert [row.project_id for row in model.objects.all()] == [cast.b.project_id]


def test_what_waits_for_a_deleted_project_is_dropped(cast: Cast) -> None:
    accept(cast.a, EVENTS)
    delete_project(cast.a.project, author=SYSTEM)
    drain_spool()
    assert not SpooledBatch.objects.exists()
    assert not Trace.objects.exists()
