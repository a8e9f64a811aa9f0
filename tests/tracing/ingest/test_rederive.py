"""Kept exports, mapped anew: what an older mapping has left in rows gives way, what others wrote stays."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tests.cast import Cast, Side
from tests.tracing.ingest.pipeline import SENDER, access_of, event, ingest
from tracing.ingest.accept import accept_export
from tracing.ingest.drain import drain_spool
from tracing.models import KeptBatch, Observation, Trace
from tracing.models.pipeline import BatchKind

pytestmark = pytest.mark.django_db(transaction=True)

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ATTRIBUTES = {
    "gen_ai.request.model": "gpt-4o",
    "langfuse.observation.metadata.team": "blue",
    "user.id": "ada",
}


def export(**more: str) -> bytes:
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in (ATTRIBUTES | more).items()]
    span = {
        "traceId": TRACE_ID,
        "spanId": SPAN_ID,
        "name": "chat",
        "startTimeUnixNano": "1714564800123000000",
        "endTimeUnixNano": "1714564801123000000",
        "attributes": attributes,
    }
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"scope": {}, "spans": [span]}]}]}).encode()


def send(side: Side, body: bytes) -> None:
    accept_export(access_of(side), BatchKind.OTLP_JSON, body, encoding="", cap=1_000_000, sender=SENDER)
    drain_spool()


def rederive(*arguments: str) -> str:
    output = StringIO()
    call_command("rederive_observations", *arguments, stdout=output, stderr=output)
    return output.getvalue()


@pytest.fixture
def side(cast: Cast) -> Side:
    cast.a.project.keep_raw_bodies = True
    cast.a.project.save()
    return cast.a


def rows() -> dict[str, Any]:
    columns = ("type", "model", "metadata", "name", "level", "end_time", "input", "output", "otel")
    observation, trace = Observation.objects.get(), Trace.objects.get()
    return {column: getattr(observation, column) for column in columns} | {"user_id": trace.user_id}


def test_rows_become_what_todays_mapping_makes_of_them(side: Side) -> None:
    send(side, export())
    expected = rows()
    assert (expected["type"], expected["model"], expected["user_id"]) == ("GENERATION", "gpt-4o", "ada")
    Observation.objects.update(type="SPAN", model="zzz", name="an older name", metadata={"older": "mapping"})
    Trace.objects.update(user_id="zzz")
    assert "1 of 1 exports" in rederive(side.project_id)
    assert rows() == expected
    rederive()
    assert rows() == expected


def test_what_other_events_wrote_stays(side: Side) -> None:
    send(side, export())
    body = {"id": SPAN_ID, "traceId": TRACE_ID, "name": "renamed", "metadata": {"more": 1}}
    ingest(side, [event("span-update", body, at="2026-01-01T00:00:00.000Z")])
    Observation.objects.update(type="SPAN", model="zzz")
    rederive(side.project_id)
    found = rows()
    assert (found["type"], found["model"], found["name"]) == ("GENERATION", "gpt-4o", "renamed")
    assert found["metadata"]["team"] == "blue"
    assert found["metadata"]["more"] == 1


def test_what_was_deleted_stays_away(side: Side, client: Client) -> None:
    send(side, export())
    assert client.delete(f"/api/public/traces/{TRACE_ID}", **side.auth).status_code == 200
    rederive(side.project_id)
    assert not Observation.objects.exists()


def test_a_stretch_of_time_and_a_project_narrow_it(cast: Cast, side: Side) -> None:
    send(side, export())
    kept = KeptBatch.objects.get()
    Observation.objects.update(model="zzz")
    assert "no exports are kept" in rederive(side.project_id, "--until", kept.received_at.isoformat())
    assert "no exports are kept" in rederive(cast.b.project_id)
    assert Observation.objects.get().model == "zzz"
    rederive(side.project_id, "--since", kept.received_at.isoformat())
    assert Observation.objects.get().model == "gpt-4o"


def test_an_export_that_would_be_refused_today_stops_no_other(side: Side) -> None:
    for _ in range(3):
        send(side, export())
    bad = KeptBatch.objects.order_by("id")[1]
    KeptBatch.objects.filter(pk=bad.pk).update(body=b"{")
    Observation.objects.update(model="zzz")
    told = rederive(side.project_id)
    assert f"export {bad.pk} is left as it is: Failed to parse OTel JSON Trace" in told
    assert "2 of 3 exports" in told
    assert Observation.objects.get().model == "gpt-4o"


def test_a_project_that_is_none_is_named() -> None:
    with pytest.raises(CommandError, match="no project nowhere"):
        rederive("nowhere")
