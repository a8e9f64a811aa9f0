"""DELETE /traces and /traces/{id}: gone at once, with all that belongs to them, and they stay gone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.audit import SYSTEM
from accounts.models import AuditLog
from scoring.models import Score
from tests.cast import Cast
from tests.tracing.factories import NOON, long, make_observation, make_trace
from tests.tracing.ingest.pipeline import accept, event, ingest
from tracing.ingest.drain import drain_spool
from tracing.models import DirtySlice, MediaLink, Observation, Tombstone, Trace
from tracing.store.deletion import delete_traces

URL = "/api/public/traces"


def delete_many(cast: Cast, body: Any) -> Any:
    return Client().delete(URL, body, content_type="application/json", **cast.a.auth)


def test_one_trace_is_gone_at_once(cast: Cast) -> None:
    project = cast.a.project_id
    make_trace(project, id="t")
    make_trace(project, id="kept")
    make_observation(project, id="o", trace_id="t", start_time=NOON + timedelta(minutes=7))
    make_observation(project, id="kept-o", trace_id="kept")
    MediaLink.objects.create(project_id=project, media_id="m", trace_id="t", field="input")
    response = Client().delete(f"{URL}/t", **cast.a.auth)
    assert (response.status_code, response.json()) == (200, {"message": "Trace deleted successfully"})
    assert Client().get(f"{URL}/t", **cast.a.auth).status_code == 404
    assert list(Trace.objects.values_list("id", flat=True)) == ["kept"]
    assert list(Observation.objects.values_list("id", flat=True)) == ["kept-o"]
    assert not MediaLink.objects.exists()
    buried = Tombstone.objects.filter(project_id=project).order_by("kind").values_list("kind", "id")
    assert list(buried) == [("observation", "o"), ("trace", "t")]
    slices = DirtySlice.objects.order_by("slice_start").values_list("slice_start", flat=True)
    assert list(slices) == [NOON, NOON + timedelta(minutes=7)]
    line = AuditLog.objects.get(resource_type="trace")
    assert (line.action, line.resource_id, line.project_id) == ("delete", "t", project)
    assert line.api_key_id == cast.a.api_key.id


def test_a_trace_that_has_not_come_yet_is_buried(cast: Cast) -> None:
    response = Client().delete(f"{URL}/later", **cast.a.auth)
    assert response.status_code == 200
    assert Tombstone.objects.get().id == "later"
    assert not Trace.objects.exists()
    assert not DirtySlice.objects.exists()


def test_many_traces(cast: Cast) -> None:
    wire_id = "😀" * 800
    make_trace(cast.a.project_id, **long("id", wire_id))
    make_trace(cast.a.project_id, id="t")
    make_trace(cast.b.project_id, id="t")
    response = delete_many(cast, {"traceIds": [wire_id, "t", "t", "nope"]})
    assert (response.status_code, response.json()) == (200, {"message": "Traces deleted successfully"})
    assert list(Trace.objects.values_list("project_id", "id")) == [(cast.b.project_id, "t")]


def test_statements_do_not_grow_with_observations(cast: Cast) -> None:
    def statements(observations: int) -> int:
        make_trace(cast.a.project_id, id="t", observation_count=observations)
        for number in range(observations):
            make_observation(cast.a.project_id, id=f"o{number}", trace_id="t")
        with CaptureQueriesContext(connection) as captured:
            delete_traces(cast.a.project_id, ["t"], author=SYSTEM)
        assert not Observation.objects.exists()
        return len(captured)

    statements(1)
    assert statements(20) == statements(1)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"traceIds": []},
        {"traceIds": "t"},
        {"traceIds": [1]},
        {"traceIds": ["t"], "more": 1},
        {"traceIds": [str(number) for number in range(1001)]},
        ["t"],
    ],
)
def test_bodies_that_delete_nothing(cast: Cast, body: Any) -> None:
    make_trace(cast.a.project_id, id="t")
    response = delete_many(cast, body)
    assert response.status_code == 400
    assert response.json()["message"] == "Invalid request data"
    assert Trace.objects.exists()


def test_events_accepted_before_do_not_bring_a_trace_back_and_later_ones_do(cast: Cast) -> None:
    accept(cast.a, [event("trace-create", {"id": "t"}), event("span-create", {"id": "o", "traceId": "t"})])
    Client().delete(f"{URL}/t", **cast.a.auth)
    drain_spool()
    assert not Trace.objects.exists()
    assert not Observation.objects.exists()
    ingest(cast.a, [event("trace-create", {"id": "t", "name": "again"})])
    assert Client().get(f"{URL}/t", **cast.a.auth).json()["name"] == "again"


def test_scores_go_with_their_trace(cast: Cast) -> None:
    score = {"id": "s", "traceId": "t", "name": "n", "value": 1}
    ingest(cast.a, [event("trace-create", {"id": "t"}), event("score-create", score, id_="e2")])
    assert Client().get(f"{URL}/t", **cast.a.auth).json()["scores"][0]["id"] == "s"
    Client().delete(f"{URL}/t", **cast.a.auth)
    assert not Score.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_deletion_while_a_worker_digests_the_same_traces(cast: Cast) -> None:
    ids = [f"t{number}" for number in range(5)]
    events = [event("span-create", {"id": f"o-{id_}", "traceId": id_}, id_=id_) for id_ in ids]

    def write() -> None:
        for _ in range(20):
            ingest(cast.a, events)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not writing.done():
            assert delete_many(cast, {"traceIds": ids[::-1]}).status_code == 200
        writing.result()
    assert delete_many(cast, {"traceIds": ids}).status_code == 200
    drain_spool()
    assert not Trace.objects.exists()
    assert not Observation.objects.exists()
