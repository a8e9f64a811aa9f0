"""POST /ingestion and the older forms, from the request to what a read shows."""

import gzip
import json
from typing import Any

import pytest
from django.test import Client

from accounts import keys
from tests.cast import Cast
from tests.tracing.ingest.pipeline import event
from tracing.ingest import spool
from tracing.ingest.drain import drain_spool
from tracing.models import Observation, RejectedEvents, SpooledBatch, Trace

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/public/ingestion"


def post(client: Client, body: Any, auth: dict[str, Any], **extra: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(URL, raw, content_type="application/json", **auth, **extra)


def test_each_event_is_answered_creates_before_updates(client: Client, cast: Cast) -> None:
    events = [
        event("span-update", {"id": "s"}, id_="update", at="2026-01-01T00:00:00Z"),
        event("span-create", {"id": "s"}, id_="create", at="2026-01-01T00:00:01Z"),
        event("nonsense", {"id": "s"}, id_="wrong"),
        event("sdk-log", {"log": 1}, id_="log"),
    ]
    response = post(
        client, {"batch": events, "metadata": {"sdk_name": "python", "sdk_version": "2.0"}}, cast.a.auth
    )
    assert response.status_code == 207
    assert response.json()["successes"] == [{"id": "create", "status": 201}, {"id": "update", "status": 201}]
    assert [(item["id"], item["status"]) for item in response.json()["errors"]] == [("wrong", 400)]
    batch = SpooledBatch.objects.get()
    assert (batch.rejected, batch.sdk_name, batch.sdk_version, batch.event_count) == ([2], "python", "2.0", 2)
    assert RejectedEvents.objects.get().reason == "unknown-type"


def test_an_empty_batch_is_fine(client: Client, cast: Cast) -> None:
    assert post(client, {"batch": []}, cast.a.auth).json() == {"successes": [], "errors": []}
    assert not SpooledBatch.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"batch":{}}', b'{"metadata":{}}', b""])
def test_a_body_that_is_no_batch_is_refused_and_changes_nothing(
    client: Client, cast: Cast, body: bytes
) -> None:
    response = post(client, body, cast.a.auth)
    assert response.status_code == 400
    assert response.json()["message"]
    assert not SpooledBatch.objects.exists()


def test_a_body_stays_gzip_in_the_spool(client: Client, cast: Cast) -> None:
    packed = gzip.compress(json.dumps({"batch": [event("trace-create", {"id": "t"})]}).encode())
    assert post(client, packed, cast.a.auth, HTTP_CONTENT_ENCODING="gzip").status_code == 207
    assert bytes(SpooledBatch.objects.get().body) == packed
    drain_spool()
    assert Trace.objects.get().id == "t"


def test_a_key_is_asked_for_in_ingestions_own_words(client: Client, cast: Cast) -> None:
    assert post(client, {"batch": []}, {}).json() == {
        "error": "UnauthorizedError",
        "message": "No authorization header",
    }
    assert client.get(URL, **cast.a.auth).status_code == 405


def test_a_suspended_project_takes_nothing(client: Client, cast: Cast) -> None:
    cast.a.project.ingestion_suspended = True
    cast.a.project.save()
    keys.forget_all()
    response = post(client, {"batch": [event("trace-create", {"id": "t"})]}, cast.a.auth)
    assert (response.status_code, response.json()["error"]) == (403, "ForbiddenError")
    assert post(client, {"batch": []}, cast.b.auth).status_code == 207


@pytest.mark.parametrize("limit", ["SPOOL_MAX_BATCHES", "SPOOL_MAX_BYTES"])
def test_too_large_a_backlog_is_answered_with_429(
    client: Client, cast: Cast, settings: Any, limit: str
) -> None:
    setattr(settings, limit, 0)
    post(client, {"batch": [event("trace-create", {"id": "t"})]}, cast.a.auth)
    spool._depth._until = 0.0
    response = post(client, {"batch": [event("trace-create", {"id": "t"})]}, cast.a.auth)
    assert (response.status_code, response["Retry-After"]) == (429, "5")
    spool._depth._until = 0.0


def test_older_forms_go_the_same_way(client: Client, cast: Cast) -> None:
    def send(method: str, route: str, body: dict[str, Any]) -> Any:
        call = getattr(client, method)
        url = f"/api/public/{route}"
        return call(url, json.dumps(body), content_type="application/json", **cast.a.auth)

    assert send("post", "traces", {"id": "t", "name": "old"}).json() == {"id": "t"}
    assert (
        send("post", "generations", {"id": "g", "traceId": "t", "prompt": "p", "completion": "c"}).status_code
        == 200
    )
    assert send("patch", "generations", {"generationId": "g", "name": "later"}).json() == {"id": "g"}
    assert send("post", "events", {"traceId": "t", "id": 7}).status_code == 400
    drain_spool()
    row = Observation.objects.get(id="g")
    assert (row.input, row.output, row.name, Trace.objects.get().name) == ("p", "c", "later", "old")


@pytest.mark.parametrize(
    ("route", "body", "name"),
    [
        ("spans", {"name": "no id"}, "spanId"),
        ("spans", {"spanId": None}, "spanId"),
        ("spans", {"spanId": 7}, "spanId"),
        ("spans", {"id": 7}, "id"),
        ("spans", {"spanId": "s", "endTime": "never"}, "endTime"),
        ("generations", {}, "generationId"),
    ],
)
def test_older_forms_complain_in_the_callers_words(
    client: Client, cast: Cast, route: str, body: dict[str, Any], name: str
) -> None:
    url = f"/api/public/{route}"
    response = client.patch(url, json.dumps(body), content_type="application/json", **cast.a.auth)
    [told] = json.loads(response.json()["error"])
    assert (response.status_code, told["path"]) == (400, ["body", name])
    assert "`id`" not in told["message"]


def test_scores_ride_along(client: Client, cast: Cast) -> None:
    events = [
        event("trace-create", {"id": "t"}),
        event("score-create", {"id": "s", "traceId": "t", "name": "quality", "value": 0.9}),
    ]
    assert post(client, {"batch": events}, cast.a.auth).status_code == 207
    drain_spool()
    shown = client.get("/api/public/traces/t", **cast.a.auth).json()
    assert [(score["name"], score["value"]) for score in shown["scores"]] == [("quality", 0.9)]
