"""What monitors see of the backlog, and who may."""

from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast
from tests.tracing.ingest.pipeline import accept, event

pytestmark = pytest.mark.django_db(transaction=True)


def test_there_is_no_route_without_a_token(client: Client) -> None:
    assert client.get("/metrics").status_code == 404


def test_the_backlog_is_told_to_who_knows_the_token(client: Client, cast: Cast, settings: Any) -> None:
    settings.METRICS_TOKEN = "s3cret"
    accept(cast.a, [event("trace-create", {"id": "t"}), event("trace-create", {"id": "u"})])
    assert client.get("/metrics").status_code == 401
    text = client.get("/metrics", HTTP_AUTHORIZATION="Bearer s3cret").content.decode()
    assert "langfuse_spool_batches 1.0" in text
    assert "langfuse_spool_events 2.0" in text
    assert "langfuse_spool_dead_letters 0.0" in text
